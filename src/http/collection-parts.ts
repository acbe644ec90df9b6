import type { App } from '../app.js';
import { type LabelSet, unknownLabel } from '../collection/label-set.js';
import { listLabelSets, readLabelSet } from '../collection/label-sets.js';
import { type Chosen, LabelStore } from '../collection/labels/label-store.js';
import { drawSample, labelledPrefix, type Sample, samplesOf } from '../collection/labels/samples.js';
import { population, populationIds } from '../collection/population.js';
import { chooseNext } from '../collection/probes/choose-next.js';
import { learnSet } from '../collection/probes/learn-set.js';
import { listProbes, type Probe, readProbe } from '../collection/probes/probe.js';
import { taggerOf } from '../collection/probes/tagger-of.js';
import { shareGroups } from '../collection/shares/share-groups.js';
import { type SharesAnswer, sharesOfSet } from '../collection/shares/shares-of-set.js';
import { CellShares } from '../collection/tags/cell-shares.js';
import { tagIndex } from '../collection/tags/tag-index.js';
import type { TagTable } from '../collection/tags/tag-table.js';
import { fault } from '../domain/errors.js';
import type { Reference } from '../domain/reference.js';
import type { ReferenceFilter } from '../references/reader.js';

/** How far a tagging is. */
export interface TagRun {
  readonly set: string;
  readonly done: number;
  readonly total: number;
  readonly error: string | null;
  readonly ended: boolean;
}

/** Photos of the index, where the answer to who asks about all of them is kept while nothing changes. */
interface AllPhotos {
  readonly version: string;
  readonly photos: readonly Reference[];
  cells?: CellShares;
}

/** What the calls about a whole collection do. */
export class CollectionParts {
  run: TagRun | null = null;
  readonly #app: App;
  readonly #ending = new AbortController();
  #all: AllPhotos | null = null;

  constructor(app: App) {
    this.#app = app;
  }

  /** A filter that also holds what these conditions on tags say. @throws as `Tags.narrow` */
  async narrow(
    filter: ReferenceFilter | undefined,
    conditions: readonly string[],
  ): Promise<ReferenceFilter | undefined> {
    if (conditions.length === 0) return filter;
    const { reader } = await this.#app.index();
    return (await this.#app.tags()).narrow(filter, conditions, reader.modelId);
  }

  /** @throws `label_set_not_found` */
  set(name: string): LabelSet {
    return readLabelSet(this.#app.config.data_dir, name);
  }

  async sets() {
    const [{ reader, catalogue }, collection, tags] = await this.#parts();
    const states = new Map(tags.states(reader.modelId).map((state) => [state.name, state]));
    const probes = new Set(listProbes(collection));
    const labels = new LabelStore(collection);
    return {
      references: (await catalogue.counts()).references,
      run: this.run,
      sets: listLabelSets(this.#app.config.data_dir).flatMap(({ name, own, set }) => {
        if (set === null) return [];
        const { title, subject, kind, zero_shot, known } = set;
        const state = states.get(name);
        return {
          ...{ name, title, subject, kind, zero_shot, known, own },
          labels: set.labels.map((label) => ({ name: label.name, meaning: label.meaning })),
          tags: state === undefined ? null : pickTags(state),
          labelled: labels.count(name),
          probe: probes.has(name),
        };
      }),
    };
  }

  /** Begins to tag; what is tagged shows in `run`. @throws `tagging_running` (later), `label_set_needs_labels` */
  async tag(name: string): Promise<void> {
    if (this.run !== null && !this.run.ended) {
      throw fault('tagging_running', `Photos are being tagged with ${this.run.set}. Try again when that is over.`);
    }
    const [{ reader }, collection] = await this.#parts();
    const tagger = taggerOf(this.set(name), collection, reader.modelId, await this.#app.model());
    const begun = { set: name, done: 0, total: 0, error: null, ended: false };
    this.run = begun;
    void tagIndex(
      [tagger],
      { collection, reader },
      {
        signal: this.#ending.signal,
        onProgress: (done, total) => {
          this.run = { ...begun, done, total };
        },
      },
    ).then(
      () => {
        this.run = { ...(this.run ?? begun), ended: true };
      },
      (error: Error) => {
        this.run = { ...(this.run ?? begun), error: error.message, ended: true };
      },
    );
  }

  async table(name: string): Promise<TagTable> {
    const [{ reader }, , tags] = await this.#parts();
    return tags.table(name, reader.modelId);
  }

  /** All photos, and where they lie. */
  async cells(): Promise<CellShares> {
    const all = await this.#photos();
    all.cells ??= new CellShares(all.photos);
    return all.cells;
  }

  /** Ids of the photos that a filter lets through; null for all. */
  async ids(filter: ReferenceFilter | undefined): Promise<ReadonlySet<string> | null> {
    if (filter === undefined) return null;
    const { reader } = await this.#app.index();
    return new Set(await populationIds(reader, filter));
  }

  async labels(name: string) {
    const set = this.set(name);
    const [{ reader }, collection] = await this.#parts();
    const labelled = new LabelStore(collection).of(name);
    const known = new Set(labelled.map(({ id }) => id));
    return {
      photos: labelled.length,
      counts: set.labels.map((label) => ({
        label: label.name,
        photos: labelled.filter(({ labels }) => labels.includes(label.name)).length,
      })),
      samples: (await samplesOf(collection, name, reader)).map((sample) => ({
        ...{ id: sample.id, drawn: sample.ids.length, photos: sample.photos },
        labelled: labelledPrefix(sample, known).prefix.length,
      })),
      probe: readProbe(collection, name, reader.modelId),
    };
  }

  /** What somebody said of photos, by id. */
  async labelsOf(name: string): Promise<ReadonlyMap<string, readonly string[]>> {
    return new Map(new LabelStore(await this.#app.collection()).of(name).map(({ id, labels }) => [id, labels]));
  }

  /** @throws `label_unknown`, `labels_differ` for several labels where one holds, `reference_not_found` */
  async label(
    name: string,
    {
      id,
      labels,
      chosen,
      sample,
    }: { id: string; labels: readonly string[] | null; chosen: Chosen; sample: number | null },
  ): Promise<void> {
    const set = this.set(name);
    const store = new LabelStore(await this.#app.collection());
    if (labels === null) {
      store.remove(name, [id]);
      return;
    }
    checkLabels(set, labels);
    const { reader } = await this.#app.index();
    if ((await reader.get(id)) === null) {
      throw fault('reference_not_found', `Expected the id of a reference, got ${id}, which the index does not have.`);
    }
    store.put(name, [{ id, labels, chosen, sample }]);
  }

  /** Photos to label: of a sample those that have no label, else those whose label would teach most. */
  async toLabel(name: string, { sample, like, limit }: { sample?: number; like?: string; limit: number }) {
    const [{ reader }, collection, tags] = await this.#parts();
    const known = new Set(new LabelStore(collection).of(name).map(({ id }) => id));
    if (sample !== undefined) {
      const drawn = (await samplesOf(collection, name, reader)).find(({ id }) => id === sample);
      const open = drawn?.ids.filter((id) => !known.has(id)) ?? [];
      return { ids: open.slice(0, limit), left: open.length };
    }
    const table = tags.tableIfAny(name, reader.modelId);
    const { photos } = await this.#photos();
    const asked = { n: limit, ...(like === undefined || table === null ? {} : { like }) };
    return { ids: (await chooseNext(table, photos, known, reader, asked)).map(({ id }) => id), left: null };
  }

  async draw(name: string, n: number, filter: ReferenceFilter | undefined): Promise<Sample> {
    this.set(name);
    const [{ reader }, collection] = await this.#parts();
    const photos = filter === undefined ? (await this.#photos()).photos : await population(reader, filter);
    return drawSample(collection, name, { photos, filter, n });
  }

  /** @throws `labels_too_few` */
  async train(name: string, force: boolean): Promise<Probe> {
    const set = this.set(name);
    const [{ reader }, collection] = await this.#parts();
    return learnSet(set, { collection, reader, model: () => this.#app.model() }, force);
  }

  async shares(name: string, by: string | null, filter: ReferenceFilter | undefined): Promise<SharesAnswer> {
    const [{ reader }, collection, tags] = await this.#parts();
    const groupOf = shareGroups(by, by === 'region' ? await this.#app.gazetteer() : null);
    return sharesOfSet({ set: this.set(name), filter, groupOf }, { collection, reader, tags });
  }

  /** Stops a tagging, which goes on when it is begun again. */
  close(): void {
    this.#ending.abort();
  }

  async #parts() {
    return [await this.#app.index(), await this.#app.collection(), await this.#app.tags()] as const;
  }

  async #photos(): Promise<AllPhotos> {
    const index = await this.#app.index();
    const version = JSON.stringify([await index.engine(), await index.catalogue.counts()]);
    if (this.#all?.version !== version) this.#all = { version, photos: await population(index.reader) };
    return this.#all;
  }
}

function pickTags({
  made_by,
  labels,
  tagged,
  stale,
  tagged_at,
}: ReturnType<Awaited<ReturnType<App['tags']>>['states']>[number]) {
  return { made_by, labels: [...labels], tagged, stale, tagged_at };
}

function checkLabels(set: LabelSet, labels: readonly string[]): void {
  const names = set.labels.map(({ name }) => name);
  for (const label of labels) if (!names.includes(label)) throw unknownLabel(set.id, label, names);
  if (set.kind === 'exclusive' && labels.length !== 1) {
    throw fault(
      'labels_differ',
      `Expected one label of the exclusive set ${set.id} for a photo, got ${labels.length}.`,
    );
  }
}
