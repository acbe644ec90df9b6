import { existsSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import type { ClipModel } from './clip/clip-model.js';
import { openClipModel } from './clip/open-clip-model.js';
import { Collection } from './collection/open-collection.js';
import { Tags } from './collection/tags/tags.js';
import { DECODE_MEMORY_MB } from './config/decode-memory.js';
import type { Config } from './config/settings.js';
import { fault, hasCode } from './domain/errors.js';
import type { Gazetteer } from './gazetteer/gazetteer.js';
import { openGazetteer } from './gazetteer/open-gazetteer.js';
import { DecodeMemory } from './images/decode-memory.js';
import { DEFAULT_PROFILE } from './locate/blend-profile.js';
import { Locator } from './locate/locator.js';
import { type ProfileInUse, profileFor, profileStamp } from './locate/profile-file.js';
import type { CaptionSet } from './references/caption-set.js';
import { captionSetFolder, openCaptionSet } from './references/embedded/caption-store.js';
import { indexModelChanged, indexModelMismatch, reembedCommand } from './references/index-model-errors.js';
import { noReferences } from './references/no-references.js';
import { openStore } from './references/open-store.js';
import type { OpenIndex, Store, WriteOptions } from './references/store.js';
import { isClusterAddress } from './references/weaviate/cluster-address.js';
import type { ReferenceWriter } from './references/writer.js';

export const DEFAULT_MODEL = 'pocket';

/** What a test may put in the place of a part. */
export interface AppOverrides {
  readonly model?: () => Promise<ClipModel>;
}

export interface AppOptions extends AppOverrides {
  /**
   * For a process that gives one answer and ends: it starts no thread that would pay only from the second answer on, and
   * sees a small index as it was when it was opened.
   */
  readonly once?: boolean;
  /** For a process that answers others: its memory is to stay within what they can't choose. */
  readonly serves?: boolean;
}

type Counted = (done: number, total: number) => void;

/**
 * The one place where the rooms are put together from a configuration. Parts open when first asked for and are shared;
 * `close` (or `await using`) closes those that were opened, the last first.
 */
export class App implements AsyncDisposable {
  readonly #parts = new Map<string, Promise<unknown>>();
  readonly #closers: (() => Promise<void> | void)[] = [];
  #writing: Promise<unknown> = Promise.resolve();
  #wrote = false;
  #weighed?: { readonly stamp: string | null; readonly inUse: ProfileInUse };
  #located?: Locator;
  #stored: Store | undefined;

  readonly #options: AppOptions;
  /** Of all that decodes in this process. */
  readonly decodeMemory: DecodeMemory;

  constructor(
    readonly config: Config,
    options: AppOptions = {},
  ) {
    this.#options = options;
    const { command, server } = DECODE_MEMORY_MB;
    const memoryMb = config.decode_memory_mb ?? (options.serves === true ? server : command);
    this.decodeMemory = new DecodeMemory(memoryMb * 2 ** 20);
  }

  /** Where the index is, as one would give it to `--index`. @throws `index_not_given` */
  indexLocation(): string {
    const { index } = this.config;
    if (index === undefined) {
      throw fault('index_not_given', 'Expected the folder of an index: give --index DIR or set STREETDEX_INDEX.');
    }
    return isClusterAddress(index) ? index : resolve(index);
  }

  /** Of what lies beside the index: its own folder, or one of this machine for a cluster. @throws `index_not_given` */
  indexFolder(): string {
    const location = this.indexLocation();
    return isClusterAddress(location) ? join(this.config.data_dir, 'clusters', basename(location)) : location;
  }

  /** Where the references are kept; nothing is opened by it. @throws `index_not_given` */
  store(): Store {
    if (this.#stored === undefined) {
      const { weaviate_api_key: key, cluster_quantisation: quantisation } = this.config;
      const store = openStore(this.indexLocation(), { folder: this.indexFolder(), key, quantisation });
      this.#closers.push(() => store.close());
      this.#stored = store;
    }
    return this.#stored;
  }

  async hasIndex(): Promise<boolean> {
    return (await this.store().identity()) !== null;
  }

  /**
   * The folder of `name`: a path, or a folder below `models_dir`. `ofIndex`: it is the one that the index needs.
   * @throws `model_not_found`
   */
  modelFolder(name: string, ofIndex = false): string {
    const below = join(this.config.models_dir, name);
    if (existsSync(below)) return below;
    if ((isAbsolute(name) || name.startsWith('.')) && existsSync(name)) return resolve(name);
    throw fault(
      'model_not_found',
      `Expected the model ${name} in ${below}, but there is no such folder. \`streetdex model list\` shows what is there; give --model a name or a path.${ofIndex ? ` The index ${this.indexLocation()} holds vectors of it; where it is lost, bring the index over to another one: ${reembedCommand(this.indexLocation(), 'NAME')}` : ''}`,
    );
  }

  /**
   * The model that was asked for, else the one that the index was made with, else the pocket model.
   * @param use what it is opened for where nothing has opened it yet: see `throughput` of `openClipModel`
   */
  model(use: 'answers' | 'throughput' = 'answers'): Promise<ClipModel> {
    return this.#part('model', async () => {
      const made = this.config.index === undefined ? null : await this.store().identity();
      const name = this.config.model ?? made?.modelName ?? DEFAULT_MODEL;
      const model = await this.#openModel(name, made?.modelName === name, use === 'throughput');
      if (made !== null && made.modelId !== model.info.id) {
        throw indexModelMismatch(this.indexLocation(), made, { modelId: model.info.id, modelName: model.info.name });
      }
      return model;
    });
  }

  /** Refuses a model of another name than the index's own, also where the answer needs none. @throws as `model` */
  async checkModel(): Promise<void> {
    const asked = this.config.model;
    const own = (await this.store().identity())?.modelName;
    if (asked !== undefined && own !== undefined && own !== asked && own !== resolve(asked)) await this.model();
  }

  /**
   * The model that the index is to be brought over to, whatever it holds now.
   * @throws `usage` where none was named, `index_not_found`
   */
  nextModel(): Promise<ClipModel> {
    return this.#part('nextModel', async () => {
      if (!(await this.hasIndex())) {
        throw fault('index_not_found', `Expected an index at ${this.indexLocation()}, but there is none.`);
      }
      if (this.config.model === undefined) {
        throw fault(
          'usage',
          'Expected the model to bring the index over to: --model NAME. See `streetdex model list`.',
        );
      }
      return this.#openModel(this.config.model, false, true);
    });
  }

  async #openModel(name: string, ofIndex: boolean, throughput: boolean): Promise<ClipModel> {
    const model = await (this.#options.model?.() ??
      openClipModel(this.modelFolder(name, ofIndex), {
        // A path is kept whole, so that the index finds its model again from any working folder.
        name: existsSync(join(this.config.models_dir, name)) ? name : resolve(name),
        threads: this.config.threads,
        throughput,
        ...(this.#options.once === true ? { prepareWorkers: 0 } : {}),
        // A card takes longer to start than the processor for one picture.
        device: this.#options.once === true && this.config.device === 'auto' ? 'cpu' : this.config.device,
        onNotice: (sentence) => process.stderr.write(`${sentence}\n`),
        queueMax: this.config.queue_max,
        pixelsMax: this.config.pixels_max,
        memory: this.decodeMemory,
      }));
    this.#closers.push(() => model.close());
    return model;
  }

  gazetteer(): Promise<Gazetteer> {
    return this.#part('gazetteer', async () => {
      const gazetteer = await openGazetteer({
        file: this.gazetteerFile(),
        onNotice: (sentence) => process.stderr.write(`${sentence}\n`),
      });
      this.#closers.push(() => gazetteer.close());
      return gazetteer;
    });
  }

  gazetteerFile(): string {
    return join(this.config.data_dir, 'gazetteer.sqlite');
  }

  index(): Promise<OpenIndex> {
    return this.#part('index', async () => {
      const index = await this.store().open({ once: this.#options.once === true });
      this.#closers.push(() => index.close());
      return index;
    });
  }

  /**
   * What may speak for an answer beside the captions: the index's references, and none where there is no index yet but a
   * model was named. @throws `index_not_given`, `index_not_found`, and what opening an index throws
   */
  async evidence(): Promise<OpenIndex> {
    if (!(await this.answersByCaptionsAlone())) return this.index();
    return this.#part('noReferences', async () => {
      const { id, name, dimension } = (await this.model()).info;
      return noReferences({ modelId: id, modelName: name, dimension });
    });
  }

  /** Whether a model was named and there is no index to compare with. */
  async answersByCaptionsAlone(): Promise<boolean> {
    const { model, index } = this.config;
    return model !== undefined && (index === undefined || !(await this.hasIndex()));
  }

  /** Labels, tags and probes of the index. @throws `index_not_given` */
  collection(): Promise<Collection> {
    return this.#part('collection', async () => {
      const collection = new Collection(this.indexFolder());
      this.#closers.push(() => collection.close());
      return collection;
    });
  }

  tags(): Promise<Tags> {
    return this.#part('tags', async () => new Tags(await this.collection()));
  }

  /** The captions of this model and gazetteer, embedded when first needed: minutes with a large model. */
  captions(onProgress?: Counted, signal?: AbortSignal): Promise<CaptionSet> {
    return this.#part('captions', async () => {
      const [model, gazetteer] = [await this.model(), await this.gazetteer()];
      const captions = await openCaptionSet(captionSetFolder(this.config.data_dir, model.info, gazetteer.hash), {
        modelId: model.info.id,
        gazetteerHash: gazetteer.hash,
        templates: model.info.templates,
        captions: () => gazetteer.captions(model.info.templates),
        embed: (texts) => model.embedTexts(texts, { wait: true }),
        ...(onProgress ? { onProgress } : {}),
        ...(signal ? { signal } : {}),
      });
      this.#closers.push(() => captions.close());
      return captions;
    });
  }

  /**
   * How answers of the index are weighed: by the profile kept with it, where that was fitted for its model.
   * @throws `blend_profile_invalid`
   */
  async profile(): Promise<ProfileInUse> {
    if (await this.answersByCaptionsAlone()) return { profile: DEFAULT_PROFILE, refused: null };
    const { modelId } = (await this.index()).reader;
    const stamp = profileStamp(this.indexFolder());
    if (this.#weighed?.stamp !== stamp) {
      this.#weighed = { stamp, inUse: profileFor(this.indexFolder(), modelId) };
    }
    return this.#weighed.inUse;
  }

  /** What `locate` needs, prepared once; it follows a profile that `tune` has kept meanwhile. */
  async locator(): Promise<Locator> {
    const prepared = await this.#part(
      'locator',
      async () =>
        new Locator(
          await this.evidence(),
          await this.captions(),
          await this.gazetteer(),
          (await this.model()).info.logitScale,
        ),
    );
    const { profile } = await this.profile();
    if (this.#located?.profile !== profile) this.#located = prepared.withProfile(profile);
    return this.#located;
  }

  /** Opens the index for writing for the time of `work`; where another process has it, throws `index_busy`. */
  withWriter<T>(work: (writer: ReferenceWriter) => Promise<T>, options: WriteOptions = {}): Promise<T> {
    return this.#inTurn(async () => {
      const { id, name, dimension } = (await this.model()).info;
      const writing = (writer: ReferenceWriter) => {
        this.#wrote = true;
        return work(writer);
      };
      return this.store()
        .write({ modelId: id, modelName: name, dimension }, writing, options)
        .catch((error: unknown) => {
          // The model fitted the index when it was opened: one that no longer does was switched by another process.
          throw hasCode(error, 'index_model_mismatch') ? indexModelChanged() : error;
        });
    });
  }

  /** @throws `index_busy` (later) where another process writes the index. */
  deleteReferences(ids: readonly string[]): ReturnType<Store['maintenance']['remove']> {
    return this.#inTurn(() => {
      this.#wrote = true;
      return this.store().maintenance.remove(ids);
    });
  }

  /** Runs what writes the index one after the other within this process. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#writing.then(work);
    this.#writing = run.catch(() => undefined);
    return run;
  }

  /** Brings the graph's file up to what this process wrote, so that the next start has nothing to catch up with. */
  async saveGraph(): Promise<void> {
    if (this.#wrote) {
      await this.withWriter((writer) => writer.checkpoint()).catch((error: unknown) => {
        // Who brought the index over to another model has built its graph.
        if (!hasCode(error, 'index_model_changed')) throw error;
      });
    }
    this.#wrote = false;
  }

  async close(): Promise<void> {
    await this.#writing;
    for (const close of this.#closers.splice(0).reverse()) await close();
    this.#parts.clear();
    this.#stored = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Opens a part once; one that failed to open is tried again by the next who asks. */
  #part<T>(name: string, open: () => Promise<T>): Promise<T> {
    // A name stands for one type.
    const known = this.#parts.get(name) as Promise<T> | undefined;
    if (known) return known;
    const opening = open();
    this.#parts.set(name, opening);
    opening.catch(() => this.#parts.delete(name));
    return opening;
  }
}
