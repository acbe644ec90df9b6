import { availableParallelism } from 'node:os';
import { DECODE_MEMORY_MB } from '../config/decode-memory.js';
import type { Device } from '../config/devices.js';
import { workerFile } from '../config/package-root.js';
import { fault, hasCode } from '../domain/errors.js';
import { toUnitVector, type UnitVector } from '../domain/unit-vector.js';
import { DECODE_LIMITS, type DecodeLimits, type DecodeOptions, decodeImage } from '../images/decode-image.js';
import { DecodeMemory } from '../images/decode-memory.js';
import { imageFormat } from '../images/image-format.js';
import type { ToldFacts } from '../images/known-facts.js';
import { CardEncoder } from './card-encoder.js';
import { type CardSearch, chooseDevice } from './choose-device.js';
import type { CallOptions, ClipModel, EncoderState, PreparedImage } from './clip-model.js';
import type { EncoderData, EncoderJob, EncoderResult } from './encoder-worker.js';
import { FLOAT_PRECISIONS, type ModelFolder, openModelFolder } from './model-folder.js';
import { type FactsJob, type PrepareJob, type PrepareOptions, prepare, readFacts } from './prepare.js';
import { preprocess } from './preprocess.js';
import { CARD_COSINE_MIN, PROBE_CAPTION, PROBE_COSINE_MIN, probeCosine, probePicture } from './probe.js';
import { type PoolHealth, type RunOptions, WorkerPool } from './worker-pool.js';

const COPIES_BYTES_MAX = 2 ** 30;

const DECODE_BYTES_MAX = DECODE_MEMORY_MB.command * 2 ** 20;

export interface OpenOptions {
  /** The model's name; by default its folder's. */
  readonly name?: string;
  /** One of those that the folder holds; by default the recorded one. */
  readonly precision?: string;
  /**
   * For many pictures, as in an ingest: several encoders in parallel, each with its share of the threads and its own weights,
   * as many as fit into a further gigabyte. Threads of one encoder wait for each other between operators: two encoders of one
   * thread took 1.2 to 1.3 times as many pictures of ViT-B/32 a second as one of two (same bits). Without it one encoder has
   * all threads, which is fastest for a single picture.
   */
  readonly throughput?: boolean;
  /** Threads of all encoders together; 0 (the default) means all cores. */
  readonly threads?: number;
  /** The encoder's device (`cpu` by default): see `chooseDevice`. */
  readonly device?: Device;
  /** Called with a sentence on what `auto` and `gpu` chose and why, and when a card is replaced by the processor. */
  readonly onNotice?: (sentence: string) => void;
  /** Pictures in one run of a card; by default the fastest number, measured at the start. */
  readonly batch?: number;
  /** How cards are searched for; replaced in tests. */
  readonly search?: CardSearch;
  /**
   * Threads that decode and preprocess; by default one for each core, at most 4 on a processor and 64 beside a card. With 0 the
   * caller's own thread does it.
   */
  readonly prepareWorkers?: number;
  /** Pictures and captions that may wait for the encoder, and pictures for preparation (default 64 each). */
  readonly queueMax?: number;
  /** Most pixels of a picture. */
  readonly pixelsMax?: number;
  /** Memory for decoding; by default of its own. */
  readonly memory?: DecodeMemory;
  /** The HEIC decoder; by default the process's own. */
  readonly heic?: DecodeOptions['heic'];
}

/**
 * Checks the folder, starts the threads, and embeds the built-in picture and caption. A card whose embeddings of the two differ
 * from the processor's is not used: an error where it was asked for by name, else a notice.
 * @throws `model_not_found`, `model_file_missing`, `model_file_altered`, `model_unsupported`, `model_unreadable`,
 * `model_differs`, `provider_unavailable`
 */
export async function openClipModel(folder: string, options: OpenOptions = {}): Promise<ClipModel> {
  const found = await openModelFolder(folder, options.name, options.precision);
  const asked = options.device ?? 'cpu';
  const { provider, because } = await chooseDevice(asked, found.info.precision, options.search);
  if (provider === 'cpu') {
    if (because !== null) options.onNotice?.(because);
    return await openChecked(found, provider, options);
  }
  try {
    const model = await openChecked(found, provider, options);
    if (because !== null) options.onNotice?.(because);
    return model;
  } catch (error) {
    if (because === null) throw error;
    options.onNotice?.(`The model runs on the processor: ${(error as Error).message}`);
    return await openChecked(found, 'cpu', options);
  }
}

async function openChecked(found: ModelFolder, provider: string, options: OpenOptions): Promise<ClipModel> {
  const model = await OpenModel.start(found, provider, options);
  try {
    await checkProbe(model, found, options).catch((cause) => {
      if (!hasCode(cause, 'encoder_crashed')) throw cause;
      throw fault(
        'provider_unavailable',
        `Expected the model to run on ${provider}, but its first run fails. ${cause.message} --device cpu does without.`,
        { cause },
      );
    });
    model.trustCard();
    return model;
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** Embeds the built-in picture and caption, to be recorded in streetdex.json as `probe` when a model is added. */
export async function measureProbe(
  model: ClipModel,
  folder: Pick<ModelFolder, 'preprocess'>,
): Promise<{ image: UnitVector; text: UnitVector }> {
  const image = await model.encode(preprocess(probePicture(), folder.preprocess), { wait: true });
  const text = await model.embedText(PROBE_CAPTION, { wait: true });
  return { image: image.vector, text: text.vector };
}

/** Runs even where nothing was recorded: it warms up the graphs, and shows that they run. */
async function checkProbe(model: OpenModel, folder: ModelFolder, options: OpenOptions): Promise<void> {
  const now = await measureProbe(model, folder);
  const { device } = model.encoderState();
  const onCard = device !== 'cpu';
  const wanted = folder.probe ?? (onCard ? await probeOfProcessor(folder, options) : undefined);
  if (wanted === undefined) return;
  const lowest = probeCosine(now, wanted);
  if (lowest >= (onCard ? CARD_COSINE_MIN : PROBE_COSINE_MIN)) return;
  const { name, precision } = model.info;
  const got = `got a cosine of ${lowest.toFixed(5)}`;
  throw fault(
    'model_differs',
    onCard
      ? `Expected ${device} to embed the built-in picture and caption as the processor does, ${got} (at least ${CARD_COSINE_MIN} is asked for): what it computes can't be used. A newer driver may mend it; --device cpu does without.`
      : `Expected the model ${name} to embed the built-in picture and caption as when it was added, ${got} (at least ${PROBE_COSINE_MIN} is asked for); its precision ${precision} differs on this processor. Add it again here, or with --precision fp32: streetdex model add ${name}.`,
  );
}

async function probeOfProcessor(folder: ModelFolder, { threads = 0 }: OpenOptions) {
  const model = await OpenModel.start(folder, 'cpu', { threads, prepareWorkers: 0 });
  try {
    const { image, text } = await measureProbe(model, folder);
    return { image: [...image], text: [...text] };
  } finally {
    await model.close();
  }
}

/** One encoder, and as many more as fit into the memory for further copies of the weights; at most one for each thread. */
function encodersWithin(graphBytes: number, threads: number): number {
  return Math.min(threads, 1 + Math.floor(COPIES_BYTES_MAX / graphBytes));
}

/** Decodes, preprocesses and reads metadata. */
interface Preparing {
  prepare(job: PrepareJob, options: RunOptions): Promise<PreparedImage>;
  facts(job: FactsJob, options: RunOptions): Promise<ToldFacts>;
  readonly health: PoolHealth;
  close(): Promise<void>;
}

const ALIVE: PoolHealth = { alive: true, problem: null };

async function startPreparing(
  workerData: PrepareOptions,
  memory: DecodeMemory,
  workers: number,
  queueMax: number,
): Promise<Preparing> {
  if (workers === 0) {
    return {
      prepare: (job) => memory.during((share) => prepare(job, workerData, share)),
      facts: async (job) => readFacts(job),
      close: async () => {},
      health: ALIVE,
    };
  }
  const pool = await WorkerPool.start<PrepareJob | FactsJob, PreparedImage | ToldFacts>({
    ...{ file: workerFile('clip/prepare-worker'), workerData, workers, ahead: 1, queueMax, what: 'decoder' },
    kindOf: kindOfPicture,
    perWorker: () => {
      const { part, end } = memory.part();
      return { data: { memory: part }, gone: end };
    },
  });
  return {
    // Each kind of job is answered by its own kind of result.
    prepare: (job, options) => pool.run(job, options) as Promise<PreparedImage>,
    facts: (job, options) => pool.run(job, options) as Promise<ToldFacts>,
    close: () => pool.close(),
    get health() {
      return pool.health;
    },
  };
}

/** The kind of a job, for messages about a thread that ended on it. */
function kindOfPicture(job: PrepareJob | FactsJob): string {
  if ('image' in job) return 'a decoded picture';
  if (!('of' in job)) return imageFormat(job.bytes).name;
  return job.of === 'xmp' ? 'an XMP sidecar' : `the metadata of ${imageFormat(job.bytes).name}`;
}

/** Starts threads with a session each on the processor, or one process with the card's session. */
async function startEncoder(
  folder: ModelFolder,
  provider: string,
  options: OpenOptions,
): Promise<{ readonly pool: WorkerPool<EncoderJob, EncoderResult>; readonly encoders: number }> {
  const threads = options.threads || availableParallelism();
  const onCard = provider !== 'cpu';
  const encoders = options.throughput === true && !onCard ? encodersWithin(folder.graphBytes, threads) : 1;
  const { visionFile, textFile, tokenizer, lengthMax, info } = folder;
  const pool = await WorkerPool.start<EncoderJob, EncoderResult>({
    file: workerFile('clip/encoder-worker'),
    workerData: {
      visionFile,
      textFile,
      tokenizer,
      lengthMax,
      imageSize: info.imageSize,
      dimension: info.dimension,
      threads: Math.floor(threads / encoders),
      provider,
      isBatchSafe: FLOAT_PRECISIONS.has(info.precision),
      batch: onCard ? (options.batch ?? null) : 1,
    } satisfies EncoderData,
    workers: encoders,
    inProcesses: onCard,
    ahead: 2,
    queueMax: options.queueMax ?? 64,
    what: 'encoder',
    onRestart: (reason) => {
      if (onCard) options.onNotice?.(`The model is started again on ${provider}, since ${reason}.`);
    },
  });
  return { pool, encoders };
}

class OpenModel implements ClipModel {
  readonly #limits: DecodeLimits;
  readonly #memory: DecodeMemory;
  readonly #heic: DecodeOptions;
  readonly #preparing: Preparing;
  readonly #encoder: Pick<WorkerPool<EncoderJob, EncoderResult>, 'run' | 'close' | 'health'>;

  private constructor(
    readonly info: ClipModel['info'],
    limits: DecodeLimits,
    memory: DecodeMemory,
    heic: DecodeOptions,
    preparing: Preparing,
    encoder: Pick<WorkerPool<EncoderJob, EncoderResult>, 'run' | 'close' | 'health'>,
    readonly encoderState: () => EncoderState,
    /** From now on a card that fails is replaced by the processor. */
    readonly trustCard: () => void,
  ) {
    this.#limits = limits;
    this.#memory = memory;
    this.#heic = heic;
    this.#preparing = preparing;
    this.#encoder = encoder;
  }

  static async start(folder: ModelFolder, provider: string, options: OpenOptions): Promise<OpenModel> {
    const { pool, encoders } = await startEncoder(folder, provider, options);
    const onProcessor = async () => (await startEncoder(folder, 'cpu', options)).pool;
    const card = provider === 'cpu' ? null : new CardEncoder(pool, provider, onProcessor, options.onNotice);
    const state = (): EncoderState => ({
      device: card?.device ?? 'cpu',
      encoders,
      batch: pool.batch,
      restarts: pool.restarts,
    });
    const limits = { pixelsMax: options.pixelsMax ?? DECODE_LIMITS.pixelsMax };
    try {
      // Beside a card the cores are free for decoding.
      const workers = options.prepareWorkers ?? Math.min(card === null ? 4 : 64, availableParallelism());
      const { queueMax = 64, memory = new DecodeMemory(DECODE_BYTES_MAX) } = options;
      const preparing = await startPreparing({ preprocess: folder.preprocess, ...limits }, memory, workers, queueMax);
      const heic = options.heic ? { heic: options.heic } : {};
      return new OpenModel(folder.info, limits, memory, heic, preparing, card ?? pool, state, () => {
        if (card !== null) card.trusted = true;
      });
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  async prepare(
    bytes: Uint8Array,
    { facts = false, ...options }: CallOptions & { readonly facts?: boolean } = {},
  ): Promise<PreparedImage> {
    if (imageFormat(bytes).kind !== 'heif') return this.#preparing.prepare({ bytes, facts }, options);
    const prepared = await this.#prepareHeif(bytes, options);
    return facts ? { ...prepared, facts: await this.photoFacts(bytes, { wait: true }) } : prepared;
  }

  #prepareHeif(bytes: Uint8Array, { signal, ...options }: CallOptions): Promise<PreparedImage> {
    // One HEIC at a time in the process, in a thread that can be stopped: not in a preparing worker.
    return this.#memory.during(async (share) => {
      if (signal?.aborted) throw fault('interrupted', 'Whoever waited for the picture went away.');
      let started = performance.now();
      const begun = () => {
        started = performance.now();
      };
      const image = await decodeImage(bytes, this.#limits, { ...this.#heic, ...options, begun, share });
      const job = { image, decodeMs: performance.now() - started };
      // libvips' buffers (AV1) can't be transferred.
      const handOver = Buffer.isBuffer(image.data) ? [] : [image.data.buffer as ArrayBuffer];
      return this.#preparing.prepare(job, { wait: true, handOver });
    });
  }

  photoFacts(bytes: Uint8Array, options: CallOptions = {}): Promise<ToldFacts> {
    return this.#preparing.facts({ of: 'photo', bytes }, options);
  }

  xmpFacts(bytes: Uint8Array, options: CallOptions = {}): Promise<ToldFacts> {
    return this.#preparing.facts({ of: 'xmp', bytes }, options);
  }

  encode(tensor: Float32Array, options: CallOptions & { readonly handOver?: boolean } = {}) {
    const { handOver = false, ...rest } = options;
    return this.#run({ tensor }, { ...rest, ...(handOver && { handOver: [tensor.buffer as ArrayBuffer] }) });
  }

  embedText(text: string, options: CallOptions = {}) {
    return this.#run({ texts: [text] }, options);
  }

  async embedTexts(texts: readonly string[], options: CallOptions = {}) {
    if (texts.length === 0) return [];
    const { values } = await this.#encoder.run({ texts }, options);
    const { dimension } = this.info;
    return texts.map((_, i) => toUnitVector(values.subarray(i * dimension, (i + 1) * dimension)));
  }

  problem(): string | null {
    return this.#preparing.health.problem ?? this.#encoder.health.problem;
  }

  async close(): Promise<void> {
    await this.#preparing.close();
    await this.#encoder.close();
  }

  async #run(job: EncoderJob, options: RunOptions) {
    const { values, encodeMs } = await this.#encoder.run(job, options);
    return { vector: toUnitVector(values), encodeMs };
  }
}
