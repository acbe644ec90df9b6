import sharp from 'sharp';
import type { ModelSamples } from '../../src/clip/import/model-samples.js';
import { seeded } from './random-clip.js';

/** The fewest that precisions are compared with, each a handful of coloured patches, and 40 captions. */
export async function modelSamples(seed = 5): Promise<ModelSamples> {
  const random = seeded(seed);
  const picture = () => {
    const patches = Buffer.from(Array.from({ length: 5 * 4 * 3 }, () => Math.floor(256 * random())));
    const raw = { width: 5, height: 4, channels: 3 as const };
    return sharp(patches, { raw }).resize(60, 48, { fit: 'fill', kernel: 'cubic' }).png().toBuffer();
  };
  const pictures = await Promise.all(Array.from({ length: 44 }, picture));
  const captions = Array.from({ length: 40 }, (_, i) => ({
    text: `A Street View photo ${i < 20 ? 'in' : 'close to'} ${Math.floor(1e9 * random()).toString(36)}.`,
    country: i < 20,
  }));
  return { pictures, provenance: '44 made-up pictures', captions };
}
