import { classify, type LabelScore } from '../../clip/zero-shot.js';
import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';

/** The label that won, and the scores of all. */
export interface Probed {
  /** Index of the winner; the first of equal ones. */
  readonly winner: number;
  /** Softmax over the labels, in their order. */
  readonly scores: readonly LabelScore[];
}

/**
 * One stage of StreetCLIP's hierarchical linear probing: softmax over the captions.
 * @param captions at least one
 * @param logitScale exp(logit_scale), 100 for StreetCLIP
 */
export function probe(vector: UnitVector, captions: readonly UnitVector[], logitScale: number): Probed {
  const scores = classify(vector, captions, logitScale);
  let winner = 0;
  scores.forEach(({ logit }, i) => {
    if (logit > present(scores[winner]).logit) winner = i;
  });
  return { winner, scores };
}

/**
 * Both stages (Haas, Alberti and Skreta 2023, arXiv 2302.00275): a country by its caption, then one of its cities.
 * @param citiesOf captions of the cities of the country with this index
 */
export function linearProbe(
  vector: UnitVector,
  countries: readonly UnitVector[],
  citiesOf: (country: number) => readonly UnitVector[],
  logitScale: number,
): { readonly country: Probed; readonly city: Probed } {
  const country = probe(vector, countries, logitScale);
  return { country, city: probe(vector, citiesOf(country.winner), logitScale) };
}
