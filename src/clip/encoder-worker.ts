import { workerData } from 'node:worker_threads';
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { callerError, ours } from '../domain/errors.js';
import { sessionOptions } from './encoder-session.js';
import { serveJobs } from './serve-jobs.js';
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
}

export type EncoderJob = { readonly tensor: Float32Array } | { readonly texts: readonly string[] };

export interface EncoderResult {
  /** As the model gives it, finite, not yet normalised; row after row for several captions. */
  readonly values: Float32Array;
  readonly encodeMs: number;
}

/** 32 are no faster, and a batch holds up the pictures that wait behind it. */
const BATCH_MAX = 16;

const data = workerData as EncoderData;

void serveJobs<EncoderJob, EncoderResult>(async () => {
  checkProvider();
  const tokenizer = ClipTokenizer.read(data.tokenizer, data.lengthMax);
  const vision = await openTower(data.visionFile, 'image_embeds', ['pixel_values']);
  const text = await openTower(data.textFile, 'text_embeds', ['input_ids', 'attention_mask']);
  return {
    answer: async (job) => {
      const started = performance.now();
      const values =
        'tensor' in job
          ? await run(vision, pictureFeeds(job.tensor), 1)
          : await runTexts(
              text,
              job.texts.map((one) => tokenizer.encode(one)),
            );
      return { result: { values, encodeMs: performance.now() - started }, transfer: [values.buffer] };
    },
    close: async () => {
      await vision.session.release();
      await text.session.release();
    },
  };
});

/** One that the runtime was not built with is left out without a word, and everything would run on the processor. */
function checkProvider(): void {
  const known = listSupportedBackends().map(({ name }) => name);
  if (!known.includes(data.provider)) throw noProvider(`the installed ONNX Runtime has ${known.join(', ')}`);
}

function noProvider(reason: string, cause?: unknown): Error {
  return callerError(
    'provider_unavailable',
    `Expected the encoder to run on ${data.provider}, but ${reason.split('\n')[0]}. Install what it needs, or leave execution_provider at cpu.`,
    { cause },
  );
}

interface Tower {
  readonly session: InferenceSession;
  readonly output: string;
  readonly file: string;
}

async function openTower(file: string, output: string, inputs: readonly string[]): Promise<Tower> {
  const session = await InferenceSession.create(file, sessionOptions(data.threads, data.provider)).catch((cause) => {
    if (data.provider !== 'cpu') throw noProvider(cause.message, cause);
    throw callerError(
      'model_unreadable',
      `Expected an ONNX graph with its data in ${file}, but it cannot be loaded: ${cause.message}`,
    );
  });
  if (!session.outputNames.includes(output)) {
    throw unsupported(file, `an output ${output}`, session.outputNames.join(', '));
  }
  const strange = session.inputNames.filter((name) => !inputs.includes(name));
  if (strange.length > 0 || !session.inputNames.includes(inputs[0] as string)) {
    throw unsupported(file, `the inputs ${inputs.join(', ')}`, session.inputNames.join(', '));
  }
  for (const input of session.inputMetadata) {
    const wanted = input.name === 'pixel_values' ? ['float32'] : ['int64', 'int32'];
    if (input.isTensor && !wanted.includes(input.type))
      throw unsupported(file, `${input.name} as ${wanted.join(' or ')}`, input.type);
  }
  return { session, output, file };
}

function unsupported(file: string, wanted: string, got: string): Error {
  return callerError(
    'model_unsupported',
    `Expected ${wanted} of ${file}, got ${got}; export the model as transformers.js has it.`,
  );
}

type Feeds = Record<string, Tensor>;

function pictureFeeds(tensor: Float32Array): Feeds {
  const side = data.imageSize;
  if (tensor.length !== 3 * side * side) {
    throw callerError(
      'tensor_wrong_size',
      `Expected 3 x ${side} x ${side} = ${3 * side * side} values, got ${tensor.length}.`,
    );
  }
  for (let i = 0; i < tensor.length; i++) {
    if (!Number.isFinite(tensor[i])) {
      throw ours('vector_not_finite', `Expected finite values after preprocessing, got ${tensor[i]} at ${i}.`);
    }
  }
  return { pixel_values: new Tensor('float32', tensor, [1, 3, side, side]) };
}

/** Captions of equal length, without padding. */
function textFeeds(text: Tower, captions: readonly (readonly number[])[]): Feeds {
  const shape = [captions.length, captions[0]?.length ?? 0];
  const ids = captions.flat();
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

async function runTexts(text: Tower, captions: readonly (readonly number[])[]): Promise<Float32Array<ArrayBuffer>> {
  const byLength = new Map<number, number[]>();
  captions.forEach((ids, i) => {
    const alike = byLength.get(ids.length);
    if (alike) alike.push(i);
    else byLength.set(ids.length, [i]);
  });
  const most = data.isBatchSafe && takesBatches(text) ? BATCH_MAX : 1;
  const rows = new Float32Array(captions.length * data.dimension);
  for (const alike of byLength.values()) {
    for (let from = 0; from < alike.length; from += most) {
      const batch = alike.slice(from, from + most);
      const feeds = textFeeds(
        text,
        batch.map((i) => captions[i] as readonly number[]),
      );
      const values = await run(text, feeds, batch.length);
      batch.forEach((i, row) => {
        rows.set(values.subarray(row * data.dimension, (row + 1) * data.dimension), i * data.dimension);
      });
    }
  }
  return rows;
}

/** A graph may have been exported for one caption at a time. */
function takesBatches({ session }: Tower): boolean {
  return session.inputMetadata.every((input) => input.isTensor && typeof input.shape[0] === 'string');
}

async function run(tower: Tower, feeds: Feeds, batch: number): Promise<Float32Array<ArrayBuffer>> {
  const outputs = await tower.session.run(feeds, [tower.output]);
  const output = outputs[tower.output] as Tensor;
  const values = Float32Array.from(output.data as Float32Array);
  for (const tensor of [output, ...Object.values(feeds)]) tensor.dispose();
  if (values.length !== batch * data.dimension) {
    throw callerError(
      'model_unsupported',
      `Expected ${batch * data.dimension} values of ${tower.output} (projection_dim), got ${values.length} from ${tower.file}.`,
    );
  }
  if (!values.every(Number.isFinite)) {
    throw ours('vector_not_finite', `The graph ${tower.file} gave a value that is not finite for finite input.`);
  }
  return values;
}
