import { cosine, type UnitVector } from '../domain/unit-vector.js';
import type { RgbImage } from '../images/decode-image.js';

/** The built-in caption, which shows whether a model still gives the same embeddings as when it was added. */
export const PROBE_CAPTION = 'A Street View photo in Japan.';

/** Below this cosine to what was recorded, a model is refused. */
export const PROBE_COSINE_MIN = 0.999;

/** With a lower cosine to the processor's embedding, a card with float weights is not used. */
export const CARD_COSINE_MIN = 0.9999;

/** The built-in picture: a sky, a street and houses with windows, drawn with integers so that it is the same everywhere. */
export function probePicture(): RgbImage {
  const width = 480;
  const height = 360;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const house = y > 120 + ((x >> 6) % 3) * 30 && y < 260;
      const window = house && (x & 31) > 10 && (y & 31) > 12;
      const grain = (x * 7 + y * 13 + ((x * y) >> 4)) & 15;
      data[at] = (window ? 40 : house ? 120 + (((x >> 6) * 37) % 120) : y < 260 ? 90 + (y >> 2) : 100) + grain;
      data[at + 1] = (window ? 60 : house ? 90 + (((x >> 6) * 23) % 110) : y < 260 ? 140 + (y >> 2) : 100) + grain;
      data[at + 2] = (window ? 80 : house ? 70 + (((x >> 6) * 11) % 90) : y < 260 ? 215 : 105) + grain;
    }
  }
  return { data, width, height };
}

/** The lower of the two cosines with what was recorded; NaN where the dimensions differ. */
export function probeCosine(
  now: { readonly image: UnitVector; readonly text: UnitVector },
  recorded: { readonly image: readonly number[]; readonly text: readonly number[] },
): number {
  // What was recorded were unit vectors; of others the cosine tells.
  const one = (vector: UnitVector, other: readonly number[]) =>
    vector.length === other.length ? cosine(vector, Float32Array.from(other) as UnitVector) : Number.NaN;
  return Math.min(one(now.image, recorded.image), one(now.text, recorded.text));
}
