import type { Place } from '../domain/place.js';
import { present } from '../domain/present.js';
import type { CaptionTree } from '../locate/caption-tree.js';
import type { Located } from '../locate/judge.js';
import type { CaptionScores } from '../locate/score-captions.js';
import { topIndicesInOrder } from '../locate/top-indices.js';
import type { ShownEvidence } from './query-result.js';

/** Text of a place's caption; null where it has none. */
export type CaptionText = (placeId: string) => string | null;

const NEIGHBOURS = 5;
const CAPTIONS_PER_LEVEL = 2;

/** The best evidence of an answer: little enough to be kept for thousands of queries. */
export function shownEvidence(located: Located, textOf: CaptionText): ShownEvidence {
  const { groups, tree, scores } = located;
  return {
    neighbours: groups.slice(0, NEIGHBOURS).map(({ representative: { id, score, point } }) => ({ id, score, point })),
    captions: tree === null || scores === null ? [] : bestCaptions(tree, scores, textOf),
  };
}

function bestCaptions(tree: CaptionTree, scores: CaptionScores, textOf: CaptionText): ShownEvidence['captions'] {
  const best = (mass: Float64Array, placeOf: (i: number) => Place) =>
    Array.from(topIndicesInOrder(mass, CAPTIONS_PER_LEVEL), (i) => ({
      text: textOf(placeOf(i).id) ?? placeOf(i).name,
      probability: present(mass[i]),
    }));
  return [
    ...best(scores.countries, (i) => present(tree.countries[i])),
    ...best(scores.cityMass, (i) => present(tree.cities[present(scores.cities[i])])),
  ];
}
