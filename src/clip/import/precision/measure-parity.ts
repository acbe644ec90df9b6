import { join } from 'node:path';
import type { UnitVector } from '../../../domain/unit-vector.js';
import { type Embedded, failedCounts, type ParityCount, type ParityFigures, parityOf } from './parity.js';
import { type TowerInput, TowerSession } from './tower-session.js';

/** A caption as token ids, without padding. */
export interface ParityCaption {
  readonly ids: readonly number[];
  /** Whether it names a country and nothing smaller: the best of these is compared. */
  readonly country: boolean;
}

export interface ParitySample {
  /** float32, CHW, normalised, as `preprocess` makes them; at least 32 for a comparison that means something. */
  readonly images: readonly Float32Array[];
  /** At least 64 for a comparison that means something. */
  readonly captions: readonly ParityCaption[];
}

/** A precision's embeddings, and its times. */
export interface Measured extends Embedded {
  /** Median time for one picture, on all cores. */
  readonly secondsPerImage: number;
  readonly secondsPerCaption: number;
}

/** A precision's figures as printed and recorded. */
export interface ParityRecord extends ParityFigures {
  readonly secondsPerImage: number;
  readonly secondsPerCaption: number;
  readonly holds: boolean;
  readonly failedOn: readonly ParityCount[];
}

/** Embeds the sample with the two graphs of a suffix. */
export async function embedSample(
  folder: string,
  suffix: string,
  sample: ParitySample,
  onProgress: (done: number) => void = () => undefined,
): Promise<Measured> {
  const pictures = sample.images.map((tensor) => ({ tensor }));
  const texts = sample.captions.map(({ ids }) => ({ ids }));
  const images = await embedAll(join(folder, `vision_model${suffix}.onnx`), pictures, onProgress);
  const captions = await embedAll(join(folder, `text_model${suffix}.onnx`), texts, (done) =>
    onProgress(pictures.length + done),
  );
  return {
    ...{ images: images.vectors, secondsPerImage: images.seconds },
    ...{ captions: captions.vectors, secondsPerCaption: captions.seconds },
  };
}

/** How a precision compares with float32 on the same sample. */
export function measureParity(
  reference: Embedded,
  measured: Measured,
  sample: ParitySample,
  logitScale: number,
): ParityRecord {
  const countries = sample.captions.flatMap(({ country }, i) => (country ? [i] : []));
  const figures = parityOf(reference, measured, { logitScale, countries });
  const failedOn = failedCounts(figures);
  const { secondsPerImage, secondsPerCaption } = measured;
  return { ...figures, secondsPerImage, secondsPerCaption, holds: failedOn.length === 0, failedOn };
}

/** Embeds one at a time; the first is run once before without timing, since a session's first run allocates its memory. */
export async function embedAll(
  file: string,
  inputs: readonly TowerInput[],
  onProgress: (done: number) => void = () => undefined,
): Promise<{ readonly vectors: readonly UnitVector[]; readonly seconds: number }> {
  const session = await TowerSession.open(file);
  try {
    const [first] = inputs;
    if (first !== undefined) await session.embed(first);
    const vectors: UnitVector[] = [];
    const seconds: number[] = [];
    for (const input of inputs) {
      const started = performance.now();
      vectors.push(await session.embed(input));
      seconds.push((performance.now() - started) / 1000);
      onProgress(vectors.length);
    }
    seconds.sort((a, b) => a - b);
    return { vectors, seconds: seconds[seconds.length >> 1] ?? 0 };
  } finally {
    await session.close();
  }
}
