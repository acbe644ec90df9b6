import type { App } from '../app.js';
import { AllPhotos } from '../collection/all-photos.js';
import { knownSets } from '../collection/known-sets.js';
import type { LabelSet } from '../collection/label-set.js';
import { readLabelSet } from '../collection/label-sets.js';
import { labelPhoto } from '../collection/labels/label-photo.js';
import { LabelStore } from '../collection/labels/label-store.js';
import { labelsOfSet } from '../collection/labels/labels-of-set.js';
import { drawSample, type Sample } from '../collection/labels/samples.js';
import { unlabelledOf } from '../collection/labels/unlabelled.js';
import { population, populationIds } from '../collection/population.js';
import { learnSet } from '../collection/probes/learn-set.js';
import { type Probe, readProbe } from '../collection/probes/probe.js';
import { taggerOf } from '../collection/probes/tagger-of.js';
import { teachingPhotos } from '../collection/probes/teaching-photos.js';
import { type SharesAnswer, sharesOfSet } from '../collection/shares/shares-of-set.js';
import { BackgroundTagging } from '../collection/tags/background-tagging.js';
import type { CellShares } from '../collection/tags/cell-shares.js';
import type { TagTable } from '../collection/tags/tag-table.js';
import type { ReferenceFilter } from '../references/reader.js';

/** The verbs of `collection/` on the application's parts. */
export class CollectionParts {
  readonly tagging = new BackgroundTagging();
  readonly #app: App;
  readonly #all = new AllPhotos();

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

  async sets() {
    const { index, ...parts } = await this.#parts();
    const { references } = await index.catalogue.counts();
    return { references, sets: knownSets(this.#app.config.data_dir, parts, index.reader.modelId) };
  }

  /** Begins to tag. @throws `tagging_running` (later), `label_set_not_found`, and as `taggerOf` */
  async tag(name: string): Promise<void> {
    const { reader, collection } = await this.#parts();
    const tagger = taggerOf(this.#set(name), collection, reader.modelId, await this.#app.model());
    this.tagging.begin(tagger, { collection, reader });
  }

  /** @throws as `Tags.table` */
  async table(name: string): Promise<TagTable> {
    const { reader, tags } = await this.#parts();
    return tags.table(name, reader.modelId);
  }

  /** All photos, and where they lie. */
  async cells(): Promise<CellShares> {
    return this.#all.cells(await this.#app.index());
  }

  /** Ids of the photos that a filter lets through; null for all. */
  async ids(filter: ReferenceFilter | undefined): Promise<ReadonlySet<string> | null> {
    if (filter === undefined) return null;
    const { reader } = await this.#app.index();
    return new Set(await populationIds(reader, filter));
  }

  /** @throws `label_set_not_found`, and as `readProbe` */
  async labels(name: string) {
    const set = this.#set(name);
    const { reader, collection } = await this.#parts();
    const labels = await labelsOfSet(set, collection, reader);
    return { ...labels, probe: readProbe(collection, name, reader.modelId) };
  }

  /** What somebody said of photos, by id. */
  async labelsOf(name: string): Promise<ReadonlyMap<string, readonly string[]>> {
    return new Map(new LabelStore(await this.#app.collection()).of(name).map(({ id, labels }) => [id, labels]));
  }

  /** @throws `label_set_not_found`, and as `labelPhoto` */
  async label(name: string, photo: Parameters<typeof labelPhoto>[1]): Promise<void> {
    await labelPhoto(this.#set(name), photo, await this.#parts());
  }

  /** Photos to label: of a sample those that have no label, else those whose label would teach most. @throws `label_set_not_found`, `sample_not_found`, and as `teachingPhotos` */
  async toLabel(name: string, { sample, like, limit }: { sample?: number; like?: string; limit: number }) {
    const set = this.#set(name);
    const { index, ...parts } = await this.#parts();
    if (sample !== undefined) {
      const open = await unlabelledOf(parts.collection, set.id, sample, parts.reader);
      return { ids: open.slice(0, limit), left: open.length };
    }
    const asked = { n: limit, ...(like === undefined ? {} : { like }) };
    return { ids: await teachingPhotos(set.id, await this.#all.photos(index), asked, parts), left: null };
  }

  /** @throws `label_set_not_found`, and as `drawSample` */
  async draw(name: string, n: number, filter: ReferenceFilter | undefined): Promise<Sample> {
    const set = this.#set(name);
    const { index, reader, collection } = await this.#parts();
    const photos = filter === undefined ? await this.#all.photos(index) : await population(reader, filter);
    return drawSample(collection, set.id, { photos, filter, n });
  }

  /** @throws `label_set_not_found`, `labels_too_few` */
  async train(name: string, force: boolean): Promise<Probe> {
    const set = this.#set(name);
    const { reader, collection } = await this.#parts();
    return learnSet(set, { collection, reader, model: () => this.#app.model() }, force);
  }

  /** @throws `label_set_not_found`, and as `sharesOfSet` */
  async shares(name: string, by: string | null, filter: ReferenceFilter | undefined): Promise<SharesAnswer> {
    const asked = { set: this.#set(name), filter, by };
    return sharesOfSet(asked, { ...(await this.#parts()), gazetteer: () => this.#app.gazetteer() });
  }

  close(): void {
    this.tagging.close();
  }

  #set(name: string): LabelSet {
    return readLabelSet(this.#app.config.data_dir, name);
  }

  async #parts() {
    const index = await this.#app.index();
    return { index, reader: index.reader, collection: await this.#app.collection(), tags: await this.#app.tags() };
  }
}
