import { useEffect } from 'preact/hooks';
import type { LocateAnswer } from '../api/types.js';
import { openComparison } from '../compare/comparison.js';
import { chosenCandidate, clicked } from '../map/overlay.js';
import { ShareTools } from '../share/share-tools.js';
import { indexFacts } from '../state/index-facts.js';
import { hintWords } from '../text/hint-words.js';
import { t } from '../text/language.js';
import { modelNotice } from '../text/model-notice.js';
import { coverageSentence, headlineOf, knownSentence, rollUpRows, verdictSentence } from '../text/verdict-words.js';
import type { AnswerSummary } from './answer-summary.js';
import { CandidateList } from './candidate-list.js';
import { CaptionList } from './caption-list.js';
import { HintForm } from './hint-form.js';
import { NeighbourList } from './neighbour-list.js';
import type { QueuedPhoto } from './photo-queue.js';
import { RemoveAlone } from './photo-queue-list.js';
import { Preview } from './preview.js';
import { SideList } from './side-list.js';

interface AnswerProps {
  readonly photo: QueuedPhoto;
  readonly answer: LocateAnswer;
}

/** The answer with its evidence. */
export function AnswerView({ photo, answer }: AnswerProps) {
  useEffect(() => {
    chosenCandidate.value = 0;
  }, [answer]);
  useEffect(
    () =>
      clicked.subscribe((click) => {
        if (click === null) return;
        const i = Number(click.id.replace('candidate-', ''));
        if (click.kind === 'candidate') chosenCandidate.value = i;
        else if (click.kind === 'spot') openComparison(photo, answer, click.id);
        else return;
        clicked.value = null;
      }),
    [photo.key, answer],
  );
  return (
    <article class="answer" aria-busy={photo.state !== 'done'} aria-label={t.value.answer.title}>
      <Headline photo={photo} answer={answer} />
      <CandidateList answer={answer} />
      <Agreement answer={answer} />
      <NeighbourList photo={photo} answer={answer} />
      <CaptionList captions={answer.captions} />
      <HintForm photo={photo} answer={answer} />
      <ShareTools photo={photo} answer={answer} />
      <p class="quiet-text took">
        {t.value.answer.took(answer.model.slice(0, 12), Math.round(answer.took_ms.total ?? 0))}
      </p>
    </article>
  );
}

/**
 * The verdict, what it names, and all cautions, each once. All of this is kept, so it shows before the rest of the answer is
 * loaded again.
 */
export function Headline({ photo, answer }: { readonly photo: QueuedPhoto; readonly answer: AnswerSummary }) {
  const text = t.value.verdict;
  const { word } = answer.verdict;
  const hints = hintWords(photo.hints);
  const notice = modelNotice(answer.model_notice, indexFacts.value?.model_name);
  const lines = [
    notice,
    hints.length === 0 ? null : text.given(hints.join('; ')),
    knownSentence(answer),
    coverageSentence(answer),
    answer.incomplete === undefined ? null : t.value.answer.incomplete[answer.incomplete],
    answer.query.reference_id === null ? null : t.value.answer.isReference,
    answer.calibrated || answer.verdict.unchecked !== null ? null : t.value.answer.uncalibrated,
  ].filter((line) => line !== null);
  return (
    <header class="headline">
      <Preview photo={photo} class="headline-photo" />
      <div>
        <div class="headline-top">
          <p class="quiet-text headline-name">{photo.name}</p>
          <RemoveAlone photo={photo} />
        </div>
        <p class={`verdict ${word}`}>{text.word[word]}</p>
        <h2>{answer.candidates.length === 0 ? t.value.answer.none : (headlineOf(answer) ?? text.noPlace)}</h2>
        <p>{verdictSentence(answer.verdict)}</p>
      </div>
      {lines.length > 0 && (
        <ul class={`doubts ${notice !== null || hints.length > 0 ? 'warn' : ''}`}>
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </header>
  );
}

/** The probability within 25 and 200 km, in the country and on the continent; folded. */
function Agreement({ answer }: { readonly answer: LocateAnswer }) {
  return (
    <details class="agreement">
      <summary>{t.value.verdict.agreement}</summary>
      <table>
        <tbody>
          {rollUpRows(answer).map(([name, share]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="figure">{share}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <SideList answer={answer} />
    </details>
  );
}
