import { present as checked } from '../../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const TURNS_MAX = 10_000;
const SETTLED = 1e-9;

/**
 * Shares of classes among photos whose mix differs from that of the photos a calibrated model was fitted to: maximum likelihood
 * by the EM of Saerens, Latinne and Decaestecker (2002). It assumes that photos of a class look alike in both (label shift),
 * and is wrong where they do not.
 *
 * @param probabilities one for each photo and class, by photos
 * @param trained shares of the classes that the model was fitted to, none of them 0
 */
export function shiftedShares(probabilities: Float64Array, trained: Float64Array): Float64Array {
  const classes = trained.length;
  const photos = probabilities.length / classes;
  let shares = Float64Array.from(trained);
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const ratios = shares.map((share, k) => share / present(trained[k]));
    const sums = new Float64Array(classes);
    for (let at = 0; at < probabilities.length; at += classes) {
      let whole = 0;
      for (let k = 0; k < classes; k++) whole += present(probabilities[at + k]) * present(ratios[k]);
      for (let k = 0; k < classes; k++) {
        sums[k] = present(sums[k]) + (present(probabilities[at + k]) * present(ratios[k])) / whole;
      }
    }
    const next = sums.map((sum) => sum / photos);
    const moved = next.reduce((most, share, k) => Math.max(most, Math.abs(share - present(shares[k]))), 0);
    shares = next;
    if (moved < SETTLED) break;
  }
  return shares;
}

/** Shares by counting each photo in its likeliest class. */
export function countedShares(given: Int32Array, classes: number): Float64Array {
  const shares = new Float64Array(classes);
  for (const k of given) shares[k] = present(shares[k]) + 1 / given.length;
  return shares;
}

/** The mean probability of each class. @param probabilities one for each photo and class, by photos */
export function meanProbabilities(probabilities: Float64Array, classes: number): Float64Array {
  const shares = new Float64Array(classes);
  const photos = probabilities.length / classes;
  probabilities.forEach((p, at) => {
    shares[at % classes] = present(shares[at % classes]) + p / photos;
  });
  return shares;
}
