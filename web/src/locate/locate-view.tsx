import { useSignalEffect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { chosenCandidate, clicked, type HintShape, shownAnswer, shownAnswers, shownHint } from '../map/overlay.js';
import { indexFacts } from '../state/index-facts.js';
import { SIGMAS } from '../text/hint-words.js';
import { t } from '../text/language.js';
import { AnswerView, Headline } from './answer-view.js';
import { DropZone } from './drop-zone.js';
import { FirstStep } from './first-step.js';
import { addressKeeper, answerLooker } from './locate-address.js';
import { ModelNote } from './model-note.js';
import { kind, listed, words } from './order-photos.js';
import { PhotoProgress } from './photo-progress.js';
import { changes, chosenKey, endedOf, find, glance, queue, type Tally, tally } from './photo-queue.js';
import { PhotoQueue } from './photo-queue-list.js';
import { Samples } from './samples.js';

const NO_HINT: HintShape = { box: null, circle: null };

export function LocateView() {
  const keepAddress = useMemo(addressKeeper, []);
  const lookAtAnswer = useMemo(answerLooker, []);
  const showAll = useMemo(allShower, []);
  useSignalEffect(keepAddress);
  useSignalEffect(lookAtAnswer);
  useSignalEffect(showChosen);
  useSignalEffect(showAll);
  useSignalEffect(() => {
    if (clicked.value?.kind !== 'answer') return;
    chosenKey.value = Number(clicked.value.id.replace('photo-', ''));
    clicked.value = null;
  });
  useEffect(
    () => () => {
      shownAnswer.value = null;
      shownAnswers.value = [];
      shownHint.value = NO_HINT;
      chosenCandidate.value = 0;
    },
    [],
  );
  const photo = find(chosenKey.value);
  return (
    <>
      <h2 class="unseen">{t.value.header.view.locate}</h2>
      <DropZone small={queue.value.length > 0} />
      <PhotoQueue />
      {photo !== null && <PhotoProgress photo={photo} />}
      {photo?.answer != null && <AnswerView key={photo.key} photo={photo} answer={photo.answer} />}
      {photo?.answer === null && photo.summary !== null && (
        <article class="answer" aria-busy="true" aria-label={t.value.answer.title}>
          <Headline photo={photo} answer={photo.summary} />
        </article>
      )}
      {photo === null && <p class="lead">{t.value.locate.what}</p>}
      {photo === null && <Samples />}
      {indexFacts.value?.references === 0 && <FirstStep />}
      <ModelNote />
    </>
  );
}

/** Shows the chosen photo on the map. What did not change is not drawn again. */
function showChosen(): void {
  const photo = find(chosenKey.value);
  shownAnswer.value = photo?.answer ?? null;
  const { bbox = null, near } = photo?.hints ?? {};
  const circle = near ? { centre: near, km: near.uncertainty_km * SIGMAS } : null;
  const shape = bbox === null && circle === null ? NO_HINT : { box: bbox, circle };
  if (JSON.stringify(shape) !== JSON.stringify(shownHint.peek())) shownHint.value = shape;
}

/**
 * While answers come, the map of all is redrawn only when there are this many times more: drawing takes longer than an answer.
 */
const GROWTH = 1.25;

/** Returns a function that shows the answers of all listed photos on the map; a single photo has its own answer there. */
function allShower(): () => void {
  let asked = '';
  return () => {
    changes.value;
    const spots = queue.value.length < 2 ? [] : listed.value.flatMap(spotOf);
    const before = shownAnswers.peek();
    const asking = `${kind.value} ${words.value}`;
    const grows = spots.length > before.length && asking === asked;
    if (grows && !isAtRest(tally.peek()) && spots.length < GROWTH * before.length) return;
    asked = asking;
    const same = spots.length === before.length && spots.every(({ point }, i) => point === before[i]?.point);
    if (!same) shownAnswers.value = spots;
  };
}

const isAtRest = (now: Tally): boolean => endedOf(now) === now.all;

function spotOf(key: number) {
  const point = glance(key)?.summary?.candidates[0]?.point;
  return point === undefined ? [] : [{ photo: key, point }];
}
