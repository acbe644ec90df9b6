import { useEffect } from 'preact/hooks';
import type { LocateAnswer } from '../api/types.js';
import { openComparison } from '../compare/comparison.js';
import { chosenCandidate, clicked } from '../map/overlay.js';
import { ShareTools } from '../share/share-tools.js';
import { kilometres, percent } from '../text/format.js';
import { t } from '../text/language.js';
import { placeName } from '../text/place-name.js';
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

/** The answer, and beside it what it rests on. */
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
      <Doubts answer={answer} />
      <CandidateList answer={answer} />
      <SideList answer={answer} />
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

/** Place and circles of the first candidate: they are known before the rest of the answer is there again. */
export function Headline({ photo, answer }: { readonly photo: QueuedPhoto; readonly answer: AnswerSummary }) {
  const text = t.value.answer;
  const best = answer.candidates[0];
  return (
    <header class="headline">
      <Preview photo={photo} class="headline-photo" />
      <div>
        <div class="headline-top">
          <p class="quiet-text headline-name">{photo.name}</p>
          <RemoveAlone photo={photo} />
        </div>
        <h2>{best === undefined ? text.none : placeName(best.place)}</h2>
        {best !== undefined && (
          <p>
            {text.within100(percent(best.probability))}
            <br />
            {text.radii(kilometres(best.radius_50_km), kilometres(best.radius_90_km))}
          </p>
        )}
      </div>
    </header>
  );
}

/** Everything that should make one careful, in sentences. */
function Doubts({ answer }: { readonly answer: LocateAnswer }) {
  const text = t.value.answer;
  const coverage = answer.index_coverage ?? null;
  const lines = [
    answer.confident || !answer.calibrated ? null : text.unsure,
    answer.query.reference_id === null ? null : text.isReference,
    coverage === null ? null : coverage.covered ? text.covered : text.notCovered,
    text.notIndexed(percent(answer.blend.not_indexed_probability)),
    answer.calibrated ? null : text.uncalibrated,
  ].filter((line) => line !== null);
  const warn = !answer.confident || coverage?.covered === false;
  return (
    <ul class={`doubts ${warn ? 'warn' : ''}`}>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
