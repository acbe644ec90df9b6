import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../../store/make-folder.js';
import { FLOAT_PRECISIONS, type Precision, type WriteTowersOptions, writeTowers } from '../graph/write-towers.js';
import { calibrate } from './calibrate.js';
import {
  type FittedPrecision,
  FLOAT_SHARES,
  fitPrecision,
  ROUNDED_SUFFIXES,
  type RoundedPrecision,
} from './fit-precision.js';
import { embedSample, measureParity, type ParityRecord, type ParitySample } from './measure-parity.js';

export interface ChoosePrecisionOptions extends Pick<WriteTowersOptions, 'checkpoint' | 'architecture' | 'folder'> {
  /** `auto`: the fastest of float32, int8-block and int8 that holds. */
  readonly precision: Precision | 'auto';
  /** For the strengths of smoothing; 8 to 16 are enough. */
  readonly calibration: {
    readonly images: readonly Float32Array[];
    readonly captions: readonly (readonly number[])[];
    /** Their origin, to be recorded, such as "16 photos of ~/streets" or "16 rendered scenes". */
    readonly provenance: string;
  };
  /** For the comparison with float32; without the calibration's. */
  readonly sample: ParitySample;
  /** `what` is a few words for a progress bar. */
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

export interface ChosenPrecision {
  readonly precision: Precision;
  /** exp of the checkpoint's logit_scale. */
  readonly logitScale: number;
  /**
   * For each precision that was compared, and float32 with its times. `auto` leaves out what is slower than what it would
   * replace.
   */
  readonly parity: Readonly<Partial<Record<Precision, ParityRecord>>>;
  readonly fitted: Readonly<Partial<Record<RoundedPrecision, FittedPrecision>>>;
  readonly compared: { readonly images: number; readonly captions: number };
  /** Null where nothing was rounded. */
  readonly calibrated: { readonly images: number; readonly captions: number; readonly provenance: string } | null;
}

/** What `auto` chooses between besides float32, the faster first. Half precision computes in float32, so it is never faster. */
const ROUNDED: readonly RoundedPrecision[] = ['int8', 'int8-block'];
const TIMED_PICTURES = 4;
/**
 * For large models: after so long, nothing is tried that would be slower than a precision that holds, or less exact than one
 * that fails.
 */
const TRY_ALL_SECONDS = 150;
/** A comparison that takes less than this is made even for a precision that can't be chosen. */
const CHEAP_SECONDS = 10;

/**
 * Writes the graphs of the precision that is asked for, or of all that `auto` chooses between, compares each with float32, and
 * leaves only the chosen one's graphs in `folder`. `auto` never chooses an int8 precision that fails on any count; one that is
 * asked for by name is taken, with its figures.
 */
export async function choosePrecision(options: ChoosePrecisionOptions): Promise<ChosenPrecision> {
  const { checkpoint, architecture, folder, precision, calibration, onProgress } = options;
  const started = performance.now();
  // Float32 alone is only timed, for which a few pictures are enough.
  const sample = precision === 'fp32' ? firstOf(options.sample, TIMED_PICTURES) : options.sample;
  const isLate = () => performance.now() - started > 1000 * TRY_ALL_SECONDS;
  const total = sample.images.length + sample.captions.length;
  await writeTowers({
    ...{ checkpoint, architecture, folder, precision: FLOAT_PRECISIONS.fp32 },
    onProgress: (done, all) => onProgress?.('writing float32', done, all),
  });
  const reference = await embedSample(folder, '', sample, (done) => onProgress?.('float32', done, total));
  const compare = async (suffix: string, name: Precision) => {
    const measured = await embedSample(folder, suffix, sample, (done) => onProgress?.(name, done, total));
    return measureParity(reference, measured, sample, architecture.logitScale);
  };
  const parity: Partial<Record<Precision, ParityRecord>> = {
    fp32: measureParity(reference, reference, sample, architecture.logitScale),
  };
  const fitted: Partial<Record<RoundedPrecision, FittedPrecision>> = {};
  if (precision === 'fp16') {
    await writeTowers({ checkpoint, architecture, folder, precision: FLOAT_PRECISIONS.fp16 });
    parity.fp16 = await compare(FLOAT_PRECISIONS.fp16.suffix, 'fp16');
  }
  const rounded = ROUNDED.filter((name) => precision === 'auto' || precision === name);
  if (rounded.length > 0) {
    const calibrated = await calibrateIn(options);
    for (const name of rounded) {
      if (isLate() && fastestThatHolds(parity) !== 'fp32') break;
      // A precision that fails may hold with more layers in float, and still be faster than float32.
      for (const firstShare of precision === 'auto' ? FLOAT_SHARES.keys() : [0]) {
        const former = fitted[name];
        if (former !== undefined && (isLate() || isWithin(former, firstShare, architecture))) continue;
        onProgress?.(`writing ${name}`, 0, 1);
        fitted[name] = await fitPrecision(name, {
          ...{ checkpoint, architecture, folder, calibration: calibrated, firstShare },
          ...{ images: calibration.images, captions: calibration.captions },
        });
        const { seconds } = fitted[name].vision;
        const least = parity[fastestThatHolds(parity)]?.secondsPerImage ?? Number.POSITIVE_INFINITY;
        const isDear = seconds * sample.images.length > CHEAP_SECONDS;
        if (precision === 'auto' && isDear && seconds >= least) {
          await removeGraphs(folder, name);
          break;
        }
        parity[name] = await compare(ROUNDED_SUFFIXES[name], name);
        if (parity[name].holds) break;
      }
    }
  }
  const chosen = precision === 'auto' ? fastestThatHolds(parity) : precision;
  for (const name of Object.keys(parity) as Precision[]) if (name !== chosen) await removeGraphs(folder, name);
  return {
    ...{ precision: chosen, logitScale: architecture.logitScale, parity, fitted },
    compared: { images: sample.images.length, captions: sample.captions.length },
    calibrated:
      rounded.length === 0
        ? null
        : {
            images: calibration.images.length,
            captions: calibration.captions.length,
            provenance: calibration.provenance,
          },
  };
}

/** The fastest for a picture among those that hold on every count; float32 always does. */
export function fastestThatHolds(parity: Readonly<Partial<Record<Precision, ParityRecord>>>): Precision {
  let chosen: Precision = 'fp32';
  for (const [name, record] of Object.entries(parity) as [Precision, ParityRecord][]) {
    const least = parity[chosen]?.secondsPerImage ?? Number.POSITIVE_INFINITY;
    if (record.holds && record.secondsPerImage < least) chosen = name;
  }
  return chosen;
}

/** Whether a fit has at least this share of both towers' layers in float already. */
function isWithin({ vision, text }: FittedPrecision, share: number, shape: ChoosePrecisionOptions['architecture']) {
  const layers = (count: number) => Math.ceil((FLOAT_SHARES[share] ?? 1) * count);
  return vision.floatLayers >= layers(shape.vision.layers) && text.floatLayers >= layers(shape.text.layers);
}

function firstOf({ images, captions }: ParitySample, count: number): ParitySample {
  return { images: images.slice(0, count), captions };
}

async function calibrateIn({ checkpoint, architecture, folder, calibration, onProgress }: ChoosePrecisionOptions) {
  const scratch = join(folder, 'calibration');
  makeFolder(scratch);
  try {
    return await calibrate({
      ...{ checkpoint, architecture, folder: scratch },
      ...{ images: calibration.images, captions: calibration.captions },
      onProgress: (done, all) => onProgress?.('calibrating', done, all),
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function removeGraphs(folder: string, precision: Precision): Promise<void> {
  const suffix =
    precision === 'fp32' || precision === 'fp16' ? FLOAT_PRECISIONS[precision].suffix : ROUNDED_SUFFIXES[precision];
  for (const tower of ['vision', 'text']) {
    for (const end of ['.onnx', '.onnx_data']) await rm(join(folder, `${tower}_model${suffix}${end}`), { force: true });
  }
}
