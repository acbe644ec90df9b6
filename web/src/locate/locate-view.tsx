import { useSignalEffect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { chosenCandidate, shownAnswer, shownHint } from '../map/overlay.js';
import { indexFacts } from '../state/index-facts.js';
import { SIGMAS } from '../text/hint-words.js';
import { t } from '../text/language.js';
import { AnswerView } from './answer-view.js';
import { DropZone } from './drop-zone.js';
import { FirstStep } from './first-step.js';
import { addressKeeper, answerLooker } from './locate-address.js';
import { ModelNote } from './model-note.js';
import { PhotoProgress } from './photo-progress.js';
import { chosenKey, find, queue } from './photo-queue.js';
import { PhotoQueue } from './photo-queue-list.js';

export function LocateView() {
  const keepAddress = useMemo(addressKeeper, []);
  const lookAtAnswer = useMemo(answerLooker, []);
  useSignalEffect(keepAddress);
  useSignalEffect(lookAtAnswer);
  useSignalEffect(() => {
    const photo = queue.value.find(({ key }) => key === chosenKey.value) ?? null;
    shownAnswer.value = photo?.answer ?? null;
    const { bbox = null, near } = photo?.hints ?? {};
    shownHint.value = { box: bbox, circle: near ? { centre: near, km: near.uncertainty_km * SIGMAS } : null };
  });
  useEffect(
    () => () => {
      shownAnswer.value = null;
      shownHint.value = { box: null, circle: null };
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
      {photo === null && <p class="lead">{t.value.locate.what}</p>}
      {indexFacts.value?.references === 0 && <FirstStep />}
      <ModelNote />
    </>
  );
}
