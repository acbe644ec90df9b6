import type { Hints, LocateAnswer } from '../api/types.js';
import { coordinates, day, decimals, kilometres, percent } from '../text/format.js';
import { hintWords } from '../text/hint-words.js';
import { t } from '../text/language.js';
import { modelNotice } from '../text/model-notice.js';
import { placeName } from '../text/place-name.js';
import { plainText } from '../text/plain-text.js';
import { coverageSentence, headlineOf, knownSentence, verdictSentence } from '../text/verdict-words.js';

/** An answer for a mail or a note: places with coordinates, cautions, and sources. */
export function answerText(name: string, answer: LocateAnswer, hints: Hints, modelName: string): string {
  const text = t.value;
  const doubts = [
    modelNotice(answer.model_notice, modelName),
    knownSentence(answer),
    coverageSentence(answer),
    answer.calibrated || answer.verdict.unchecked !== null ? null : text.answer.uncalibrated,
  ].filter((line) => line !== null);
  const given = hintWords(hints);
  const lines = [
    `${text.share.reportTitle} ${name}`,
    '',
    `${text.verdict.word[answer.verdict.word]}: ${headlineOf(answer) ?? text.verdict.noPlace}. ${verdictSentence(answer.verdict)}`,
    '',
    ...(given.length > 0 ? [`${text.share.given} ${given.join('; ')}.`, ''] : []),
    ...answer.candidates.map(
      ({ place, point, probability, radius_50_km, radius_90_km, radius_is }, i) =>
        `${i + 1}. ${placeName(place)} (${coordinates(point)}): ${text.answer.within100(percent(probability))}; ${text.answer.radii(kilometres(radius_50_km), kilometres(radius_90_km))}${radius_is === 'conditional' ? ` ${text.answer.conditional}` : ''}`,
    ),
    '',
    ...doubts,
    '',
    `${text.neighbours.title}:`,
    ...answer.neighbours
      .slice(0, 10)
      .map(
        ({ id, score, point, source }) =>
          `- ${plainText(source ?? id)}, ${text.neighbours.cosine} ${decimals(score, 3)}, ${coordinates(point)}`,
      ),
    '',
    `${text.captions.title}:`,
    ...answer.captions.slice(0, 5).map(({ text: words, probability }) => `- ${percent(probability)} ${words}`),
    '',
    text.share.made(day(new Date().toISOString()), modelName),
  ];
  return `${lines.join('\n').replaceAll('\n\n\n', '\n\n')}\n`;
}
