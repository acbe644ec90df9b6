import { seededRandom } from '../dist/domain/seeded-random.js';

/** Smooth shapes with grain, as photos have. */
export function grainyPicture(width: number, height: number, seed: number) {
  const data = new Uint8Array(width * height * 3);
  const random = seededRandom(seed);
  const [a, b] = [60 + (seed % 71), 40 + (seed % 53)];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++, at++) {
        data[at] = 128 + 90 * Math.sin((x + 31 * c) / a) * Math.cos(y / b) + Math.floor(16 * random());
      }
    }
  }
  return { data, width, height };
}
