import { present } from './present.js';

/** Tommy Ettinger's mulberry32: a small generator of seeded numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The first n of a shuffle (Fisher and Yates). @param random numbers in [0, 1) */
export function drawWithout<T>(all: readonly T[], n: number, random: () => number): readonly T[] {
  const copy = [...all];
  for (let i = 0; i < n; i++) {
    const j = i + Math.floor(random() * (copy.length - i));
    [copy[i], copy[j]] = [present(copy[j]), present(copy[i])];
  }
  return copy.slice(0, n);
}
