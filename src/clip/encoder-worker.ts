import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { graphForCard } from './card-graph.js';
import { sessionOptions } from './encoder-session.js';
import { runtimeReason } from './runtime-reason.js';
import { serveJobs } from './serve-jobs.js';
import { equalBatches, filledUp, packedBatches, TEXTS_DIM } from './text-batches.js';
import { ClipTokenizer, type TokenizerFiles } from './tokenizer.js';

export interface EncoderData {
  readonly visionFile: string;
  readonly textFile: string;
  readonly tokenizer: TokenizerFiles;
  readonly lengthMax: number;
  readonly imageSize: number;
  readonly dimension: number;
  readonly threads: number;
  readonly provider: string;
  /** Whether captions of equal length may share a batch: not where int8 products share a scale over it. */
  readonly isBatchSafe: boolean;
  /** Pictures that share a batch; null: the fastest number, measured at the start. */
  readonly batch: number | null;
}

export type EncoderJob = { readonly tensor: Float32Array } | { readonly texts: readonly string[] };

export interface EncoderResult {
  /** The model's output, finite, not yet normalised; one row after the other for several captions. */
  readonly values: Float32Array;
  readonly encodeMs: number;
}

/**
 * Captions in a run of a graph that does not pack them. On a processor 32 are no faster, and a batch holds up the pictures that
 * wait behind it.
 */
const CAPTIONS_MAX = 16;
/** Pictures that a card is tried with. */
const BATCHES = [2, 4, 8, 16, 32, 64];
/** A lone query waits for two batches at most. */
const BATCH_MS_MAX = 250;
/**
 * Memory for a batch's values between the layers on a card, whose free memory can't be asked: about 64 times the pictures' own,
 * as in a ViT-L/14 at 336 pixels (86 MB a picture); smaller networks take less.
 */
const BATCH_BYTES_MAX = 4 * 2 ** 30;
const BYTES_PER_INPUT_BYTE = 64;
/** Larger batches are tried as long as a picture takes this much less time in each. */
const BATCH_GAIN_MIN = 0.05;

const data = workerData as EncoderData;

void serveJobs<EncoderJob, EncoderResult>(async () => {
  checkProvider();
  const tokenizer = ClipTokenizer.read(data.tokenizer, data.lengthMax);
  const vision = await openTower(data.visionFile, 'image_embeds', ['pixel_values']);
  const text = await openTower(data.textFile, 'text_embeds', ['input_ids', 'attention_mask']);
  const batch =
    data.batch ??
    (await fastestBatch(vision).catch((cause) => {
      throw noProvider(`a first run fails: ${cause.message}`, cause);
    }));
  const answer = async (jobs: readonly EncoderJob[]) => {
    const first = present(jobs[0]);
    const started = performance.now();
    const values =
      'tensor' in first
        ? await run(vision, pictureFeeds(jobs.flatMap((job) => ('tensor' in job ? [job.tensor] : []))), jobs.length)
        : await runTexts(
            text,
            first.texts.map((one) => tokenizer.encode(one)),
            Math.max(batch, CAPTIONS_MAX),
          );
    const encodeMs = (performance.now() - started) / jobs.length;
    if (jobs.length === 1) return [{ result: { values, encodeMs }, transfer: [values.buffer] }];
    return jobs.map((_, i) => {
      const row = values.slice(i * data.dimension, (i + 1) * data.dimension);
      return { result: { values: row, encodeMs }, transfer: [row.buffer] };
    });
  };
  return {
    answer,
    together: { most: batch, suit: (one, other) => 'tensor' in one && 'tensor' in other },
    close: async () => {
      await vision.session.release();
      await text.session.release();
    },
  };
});

/**
 * Measures how many pictures a run should take: the next larger number as long as it is faster, the run stays short enough for
 * queries that wait behind it, and the device has the memory. 1 on a processor, where one picture fills the cores, and with
 * int8 products, which share a scale over a batch.
 */
async function fastestBatch(vision: Tower): Promise<number> {
  if (data.provider === 'cpu' || !data.isBatchSafe || !takesBatches(vision)) return 1;
  const picture = new Float32Array(3 * data.imageSize ** 2);
  const most = BATCH_BYTES_MAX / (BYTES_PER_INPUT_BYTE * picture.byteLength);
  let [best, bestMs] = [1, await timeOf(vision, picture, 1)];
  for (const batch of BATCHES) {
    // Twice the pictures take up to twice the time.
    if (batch > most || bestMs * batch > 2 * BATCH_MS_MAX) break;
    const ms = await timeOf(vision, picture, batch).catch(() => Number.POSITIVE_INFINITY);
    if (ms * batch > BATCH_MS_MAX || ms > bestMs * (1 - BATCH_GAIN_MIN)) break;
    [best, bestMs] = [batch, ms];
  }
  return best;
}

/** Milliseconds a picture; the first run compiles what the second one times. */
async function timeOf(vision: Tower, picture: Float32Array, batch: number): Promise<number> {
  const pictures = Array.from({ length: batch }, () => picture);
  await tryRun(vision, pictureFeeds(pictures));
  const started = performance.now();
  await tryRun(vision, pictureFeeds(pictures));
  return (performance.now() - started) / batch;
}

/** The runtime silently leaves out a provider that it was not built with, and everything would run on the processor. */
function checkProvider(): void {
  const known = listSupportedBackends().map(({ name }) => name);
  if (!known.includes(data.provider)) throw noProvider(`the installed ONNX Runtime has ${known.join(', ')}`);
}

function noProvider(reason: string, cause?: unknown): Error {
  return fault(
    'provider_unavailable',
    `Expected the encoder to run on ${data.provider}, but ${runtimeReason(reason)}. Install what it needs, or use --device cpu.`,
    { cause },
  );
}

interface Tower {
  readonly session: InferenceSession;
  readonly output: string;
  readonly file: string;
}

async function openTower(file: string, output: string, inputs: readonly string[]): Promise<Tower> {
  const session = await openSession(file, sessionOptions(data.threads, data.provider)).catch((cause) => {
    if (data.provider !== 'cpu') throw noProvider(cause.message, cause);
    throw fault(
      'model_unreadable',
      `Expected an ONNX graph with its data in ${file}, but it cannot be loaded: ${cause.message}`,
    );
  });
  if (!session.outputNames.includes(output)) {
    throw unsupported(file, `an output ${output}`, session.outputNames.join(', '));
  }
  const strange = session.inputNames.filter((name) => !inputs.includes(name));
  if (strange.length > 0 || !session.inputNames.includes(present(inputs[0]))) {
    throw unsupported(file, `the inputs ${inputs.join(', ')}`, session.inputNames.join(', '));
  }
  for (const input of session.inputMetadata) {
    const wanted = input.name === 'pixel_values' ? ['float32'] : ['int64', 'int32'];
    if (input.isTensor && !wanted.includes(input.type))
      throw unsupported(file, `${input.name} as ${wanted.join(' or ')}`, input.type);
  }
  return { session, output, file };
}

/** Opens a graph; for a card without the operators that cards compute wrongly. */
async function openSession(file: string, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  const graph = data.provider === 'cpu' ? null : graphForCard(await readFile(file));
  if (graph === null) return InferenceSession.create(file, options);
  // A graph in memory does not know where its weights are.
  const extra = { ...options.extra, 'session.model_external_initializers_file_folder_path': dirname(file) };
  return InferenceSession.create(graph, { ...options, extra });
}

function unsupported(file: string, wanted: string, got: string): Error {
  return fault(
    'model_unsupported',
    `Expected ${wanted} of ${file}, got ${got}; export the model as transformers.js has it.`,
  );
}

type Feeds = Record<string, Tensor>;

function pictureFeeds(tensors: readonly Float32Array[]): Feeds {
  const side = data.imageSize;
  const length = 3 * side * side;
  for (const tensor of tensors) {
    if (tensor.length !== length) {
      throw fault('tensor_wrong_size', `Expected 3 x ${side} x ${side} = ${length} values, got ${tensor.length}.`);
    }
    for (let i = 0; i < tensor.length; i++) {
      if (!Number.isFinite(tensor[i])) {
        throw fault('vector_not_finite', `Expected finite values after preprocessing, got ${tensor[i]} at ${i}.`);
      }
    }
  }
  let pixels = present(tensors[0]);
  if (tensors.length > 1) {
    pixels = new Float32Array(tensors.length * length);
    tensors.forEach((tensor, i) => {
      pixels.set(tensor, i * length);
    });
  }
  return { pixel_values: new Tensor('float32', pixels, [tensors.length, 3, side, side]) };
}

function textFeeds(text: Tower, captions: readonly (readonly number[])[]): Feeds {
  const { ids, length } = filledUp(captions);
  const shape = [captions.length, length];
  const feeds: Feeds = {};
  for (const input of text.session.inputMetadata) {
    const values = input.name === 'input_ids' ? ids : ids.map(() => 1);
    feeds[input.name] =
      input.isTensor && input.type === 'int32'
        ? new Tensor('int32', Int32Array.from(values), shape)
        : new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
  }
  return feeds;
}

async function runTexts(
  text: Tower,
  captions: readonly (readonly number[])[],
  batchMax: number,
): Promise<Float32Array<ArrayBuffer>> {
  const lengths = captions.map((ids) => ids.length);
  const most = data.isBatchSafe && takesBatches(text) ? batchMax : 1;
  const batches = packsTexts(text) ? packedBatches(lengths) : equalBatches(lengths, most);
  const rows = new Float32Array(captions.length * data.dimension);
  for (const batch of batches) {
    const feeds = textFeeds(
      text,
      batch.map((i) => present(captions[i])),
    );
    const values = await run(text, feeds, batch.length);
    batch.forEach((i, row) => {
      rows.set(values.subarray(row * data.dimension, (row + 1) * data.dimension), i * data.dimension);
    });
  }
  return rows;
}

/** Whether the graph packs texts: ours have this name for the first dimension, in every precision. */
function packsTexts({ session }: Tower): boolean {
  return session.inputMetadata.every((input) => input.isTensor && input.shape[0] === TEXTS_DIM);
}

/** A graph may have been exported for one caption at a time. */
function takesBatches({ session }: Tower): boolean {
  return session.inputMetadata.every((input) => input.isTensor && typeof input.shape[0] === 'string');
}

async function run(tower: Tower, feeds: Feeds, batch: number): Promise<Float32Array<ArrayBuffer>> {
  const values = await tryRun(tower, feeds).catch((error) => {
    if (data.provider === 'cpu') throw error;
    // A card that failed is not used again by this process: the pool starts another.
    return endProcess(error);
  });
  if (values.length !== batch * data.dimension) {
    throw fault(
      'model_unsupported',
      `Expected ${batch * data.dimension} values of ${tower.output} (projection_dim), got ${values.length} from ${tower.file}.`,
    );
  }
  if (!values.every(Number.isFinite)) {
    if (data.provider !== 'cpu') return endProcess(new Error('it gave a value that is not finite for finite input'));
    throw fault('vector_not_finite', `The graph ${tower.file} gave a value that is not finite for finite input.`);
  }
  return values;
}

async function tryRun(tower: Tower, feeds: Feeds): Promise<Float32Array<ArrayBuffer>> {
  const outputs = await tower.session.run(feeds, [tower.output]);
  const output = present(outputs[tower.output]);
  // Graphs in the layout of transformers.js give float32, also those in half precision.
  const values = Float32Array.from(output.data as Float32Array);
  for (const tensor of [output, ...Object.values(feeds)]) tensor.dispose();
  return values;
}

/** Ends this thread and with it its process, with the device's error as the last line. */
function endProcess(error: Error): never {
  process.stderr.write(`${runtimeReason(error.message)}\n`);
  process.exit(1);
}
