import { availableParallelism } from 'node:os';
import { workerFile } from '../config/package-root.js';
import { callerError } from '../domain/errors.js';
import { toUnitVector, type UnitVector } from '../domain/unit-vector.js';
import { DECODE_LIMITS, type DecodeLimits, type DecodeOptions, decodeImage } from '../images/decode-image.js';
import { imageFormat } from '../images/image-format.js';
import type { ClipModel, PreparedImage } from './clip-model.js';
import type { EncoderData, EncoderJob, EncoderResult } from './encoder-worker.js';
import { type ModelFolder, openModelFolder } from './model-folder.js';
import { type PrepareJob, type PrepareOptions, prepare } from './prepare.js';
import { preprocess } from './preprocess.js';
import { PROBE_CAPTION, PROBE_COSINE_MIN, probeCosine, probePicture } from './probe.js';
import { type RunOptions, WorkerPool } from './worker-pool.js';

const COPIES_BYTES_MAX = 2 ** 30;
/** Int8 products share a scale over the batch: there a caption's vector would depend on its neighbours. */
const BATCH_SAFE: ReadonlySet<string> = new Set(['fp32', 'fp16']);

export interface OpenOptions {
  /** What people call the model; by default its folder's name. */
  readonly name?: string;
  /** One of those that the folder holds; by default the recorded one. */
  readonly precision?: string;
  /**
   * For many pictures, such as an ingest: several encoders side by side, each with its share of the threads and its own
   * weights in memory, as many as a gigabyte more allows. Threads of one encoder wait for each other between operators:
   * two encoders of one thread took 1.2 to 1.3 times as many pictures of ViT-B/32 a second as one of two (same bits).
   * Without it one encoder has all threads, which answers a lone picture soonest.
   */
  readonly throughput?: boolean;
  /** Threads of all encoders together; 0 (the default) means all cores. */
  readonly threads?: number;
  /** What the encoder runs on: an execution provider of ONNX Runtime (`cpu` by default). */
  readonly provider?: string;
  /** Threads that decode and preprocess; by default as many as cores, at most 4. With 0 the caller's own does. */
  readonly prepareWorkers?: number;
  /** Pictures and captions that may wait for the encoder, and pictures for preparation (default 64 each). */
  readonly queueMax?: number;
  /** Most pixels of a picture. */
  readonly pixelsMax?: number;
  /** Decoder of HEIC; by default the process's own. */
  readonly heic?: DecodeOptions['heic'];
}

/**
 * Checks the folder, starts the threads, and embeds the built-in picture and caption.
 * @throws `model_not_found`, `model_file_missing`, `model_file_altered`, `model_unsupported`, `model_unreadable`,
 * `model_differs`, `provider_unavailable`
 */
export async function openClipModel(folder: string, options: OpenOptions = {}): Promise<ClipModel> {
  const found = await openModelFolder(folder, options.name, options.precision);
  const model = await OpenModel.start(found, options);
  try {
    await checkProbe(model, found);
    return model;
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** What the built-in picture and caption give: to be recorded in streetdex.json as `probe` when a model is added. */
export async function measureProbe(
  model: ClipModel,
  folder: Pick<ModelFolder, 'preprocess'>,
): Promise<{ image: UnitVector; text: UnitVector }> {
  const image = await model.encode(preprocess(probePicture(), folder.preprocess), { wait: true });
  const text = await model.embedText(PROBE_CAPTION, { wait: true });
  return { image: image.vector, text: text.vector };
}

/** Runs also where nothing was recorded: it warms the graphs, and shows at once that they run. */
async function checkProbe(model: ClipModel, folder: ModelFolder): Promise<void> {
  const now = await measureProbe(model, folder);
  if (folder.probe === undefined) return;
  const lowest = probeCosine(now, folder.probe);
  if (lowest >= PROBE_COSINE_MIN) return;
  const { name, precision } = model.info;
  throw callerError(
    'model_differs',
    `Expected the model ${name} to embed the built-in picture and caption as when it was added, got a cosine of ${lowest.toFixed(5)} (at least ${PROBE_COSINE_MIN} is asked for); its precision ${precision} differs on this processor. Add it again here, or with --precision fp32: streetdex model add ${name}.`,
  );
}

/** One, and as many more as fit into what may be spent on further copies of the weights; at most one for each thread. */
function encodersWithin(graphBytes: number, threads: number): number {
  return Math.min(threads, 1 + Math.floor(COPIES_BYTES_MAX / graphBytes));
}

/** What decodes and preprocesses. */
type Preparing = Pick<WorkerPool<PrepareJob, PreparedImage>, 'run' | 'close'>;

async function startPreparing(workerData: PrepareOptions, workers: number, queueMax: number): Promise<Preparing> {
  if (workers === 0) return { run: (job) => prepare(job, workerData), close: async () => {} };
  const file = workerFile('clip/prepare-worker');
  return WorkerPool.start({ file, workerData, workers, ahead: 1, queueMax, what: 'decoder' });
}

class OpenModel implements ClipModel {
  private constructor(
    readonly info: ClipModel['info'],
    private readonly limits: DecodeLimits,
    private readonly heic: DecodeOptions,
    private readonly preparing: Preparing,
    private readonly encoder: WorkerPool<EncoderJob, EncoderResult>,
  ) {}

  static async start(folder: ModelFolder, options: OpenOptions): Promise<OpenModel> {
    const queueMax = options.queueMax ?? 64;
    const threads = options.threads || availableParallelism();
    const encoders = options.throughput === true ? encodersWithin(folder.graphBytes, threads) : 1;
    const { visionFile, textFile, tokenizer, lengthMax, info } = folder;
    const encoder = await WorkerPool.start<EncoderJob, EncoderResult>({
      file: workerFile('clip/encoder-worker'),
      workerData: {
        visionFile,
        textFile,
        tokenizer,
        lengthMax,
        imageSize: info.imageSize,
        dimension: info.dimension,
        threads: Math.floor(threads / encoders),
        provider: options.provider ?? 'cpu',
        isBatchSafe: BATCH_SAFE.has(info.precision),
      } satisfies EncoderData,
      workers: encoders,
      ahead: 2,
      queueMax,
      what: 'encoder',
    });
    const limits = { pixelsMax: options.pixelsMax ?? DECODE_LIMITS.pixelsMax };
    try {
      const workers = options.prepareWorkers ?? Math.min(4, availableParallelism());
      const preparing = await startPreparing({ preprocess: folder.preprocess, ...limits }, workers, queueMax);
      return new OpenModel(info, limits, options.heic ? { heic: options.heic } : {}, preparing, encoder);
    } catch (error) {
      await encoder.close();
      throw error;
    }
  }

  async prepare(bytes: Uint8Array, options: { readonly wait?: boolean } = {}): Promise<PreparedImage> {
    if (imageFormat(bytes).kind !== 'heif') return this.preparing.run(bytes, options);
    // One HEIC at a time in the process, and in a thread that may be stopped: not in one of those that prepare.
    let started = performance.now();
    const begun = () => {
      started = performance.now();
    };
    const image = await decodeImage(bytes, this.limits, { ...this.heic, ...options, begun });
    const job = { image, decodeMs: performance.now() - started };
    // libvips' buffers (AV1) are not ours to give away.
    const handOver = Buffer.isBuffer(image.data) ? [] : [image.data.buffer as ArrayBuffer];
    return this.preparing.run(job, { wait: true, handOver });
  }

  encode(tensor: Float32Array, options: { readonly wait?: boolean; readonly handOver?: boolean } = {}) {
    const { handOver = false, ...rest } = options;
    return this.run({ tensor }, { ...rest, ...(handOver && { handOver: [tensor.buffer as ArrayBuffer] }) });
  }

  embedText(text: string, options: { readonly wait?: boolean } = {}) {
    return this.run({ texts: [text] }, options);
  }

  async embedTexts(texts: readonly string[], options: { readonly wait?: boolean } = {}) {
    if (texts.length === 0) return [];
    const { values } = await this.encoder.run({ texts }, options);
    const { dimension } = this.info;
    return texts.map((_, i) => toUnitVector(values.subarray(i * dimension, (i + 1) * dimension)));
  }

  async close(): Promise<void> {
    await this.preparing.close();
    await this.encoder.close();
  }

  private async run(job: EncoderJob, options: RunOptions) {
    const { values, encodeMs } = await this.encoder.run(job, options);
    return { vector: toUnitVector(values), encodeMs };
  }
}
