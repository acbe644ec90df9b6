import { isDeepStrictEqual } from 'node:util';
import { fault } from '../../domain/errors.js';
import { present as checked } from '../../domain/present.js';
import type { Reference } from '../../domain/reference.js';
import type { Gazetteer } from '../../gazetteer/gazetteer.js';
import type { ReferenceFilter, ReferenceReader } from '../../references/reader.js';
import type { LabelSet } from '../label-set.js';
import { LabelStore } from '../labels/label-store.js';
import { labelledPrefix, type Sample, samplesOf } from '../labels/samples.js';
import type { Collection } from '../open-collection.js';
import { population, populationIds } from '../population.js';
import { heldOutOf, type Probe, probeStamp, readProbe } from '../probes/probe.js';
import { shiftedShares } from '../statistics/shifted-shares.js';
import { probabilityOf } from '../tags/tag-scale.js';
import type { TagTable } from '../tags/tag-table.js';
import type { Tags } from '../tags/tags.js';
import { type EstimatedShare, estimateShares, type ShareGroup } from './estimate-shares.js';
import { type ShareBy, shareGroups } from './share-groups.js';
import { shiftedIntervals } from './shifted-interval.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

export interface ShareQuery {
  readonly set: LabelSet;
  readonly filter: ReferenceFilter | undefined;
  /** As `shareGroups` takes it. */
  readonly by: string | null;
}

export interface SharesAnswer {
  readonly set: string;
  readonly photos: number;
  /**
   * `sample`: from labels of photos drawn at random among these. `shifted`: from a probe alone, assuming that photos of a label
   * look like the labelled ones.
   */
  readonly method: 'sample' | 'shifted';
  readonly groups: readonly ShareGroup[];
  /** Sentences on their limits. */
  readonly notices: readonly string[];
}

/**
 * Shares of a set's labels among the photos that a filter lets through.
 * @param parts the gazetteer is opened only where it names regions
 * @throws `shares_need_labels` where there is neither a random sample with labels nor a probe, and as `shareGroups`
 */
export async function sharesOfSet(
  { set, filter, by }: ShareQuery,
  parts: {
    readonly collection: Collection;
    readonly reader: ReferenceReader;
    readonly tags: Tags;
    readonly gazetteer: () => Promise<Pick<Gazetteer, 'nearest'>>;
  },
): Promise<SharesAnswer> {
  const { collection, reader, tags } = parts;
  const groupOf = shareGroups(by, by === 'region' ? await parts.gazetteer() : null);
  const photos = await population(reader, filter);
  const inQuestion = new Set(photos.map(({ id }) => id));
  const store = new LabelStore(collection);
  const labels = store.of(set.id);
  const labelsOf = new Map(labels.map((one) => [one.id, one.labels]));
  const notices: string[] = [];
  const samples = await usable(await samplesOf(collection, set.id, reader), filter, inQuestion, reader);
  const labelled = new Map<string, readonly string[]>();
  for (const sample of samples) {
    const { prefix, beyond } = labelledPrefix(sample, labelsOf);
    for (const id of prefix) if (inQuestion.has(id)) labelled.set(id, present(labelsOf.get(id)));
    if (beyond > 0) {
      notices.push(
        `${beyond} labels of sample ${sample.id} are not used: photos drawn before them have none. Label in the order drawn.`,
      );
    }
    if (isDeepStrictEqual(sample.filter, filter ?? null) && sample.photos !== photos.length) {
      notices.push(
        `Sample ${sample.id} was drawn from ${sample.photos} photos, and there are ${photos.length} now: those that came since are spoken for by the others.`,
      );
    }
  }
  const table = tags.tableIfAny(set.id, reader.modelId);
  notices.push('These are shares of the photos, not of the streets: where more photos were taken counts for more.');
  const names = set.labels.map(({ name }) => name);
  if (labelled.size >= 2) {
    const predicted = predictor(table, names, photos);
    const own = heldOutOf(collection, set.id, table?.state.stamp ?? '');
    const heldOut = (photo: number, k: number) => {
      const values = own.get(present(photos[photo]).id);
      const at = table?.state.labels.indexOf(present(names[k])) ?? -1;
      // No model of the probe was fitted to a photo with another label.
      return at < 0 ? 0 : (values?.[at] ?? predicted(photo, k));
    };
    const groups = estimateShares({ photos, labels: names, labelled, predicted, heldOut }, groupOf);
    return { set: set.id, photos: photos.length, method: 'sample', groups, notices };
  }
  const probe = readProbe(collection, set.id, reader.modelId);
  if (probe === null || table === null || table.state.stamp !== probeStamp(probe)) {
    throw fault(
      'shares_need_labels',
      `Expected labels of photos that were drawn at random, of which there are none for ${set.id} among these photos. Draw some: streetdex share label --n 200 --set ${set.id}. (A probe that the index is tagged with gives shares, too, if less surely.)`,
    );
  }
  notices.unshift(
    'Without labels of photos drawn at random this assumes that photos of a label look as the labelled ones do. Where they don’t, the interval is too narrow.',
  );
  const groups = await shifted(probe, table, labels, photos, groupOf, reader);
  return { set: set.id, photos: photos.length, method: 'shifted', groups, notices };
}

/** Samples whose photos include all photos in question. */
async function usable(
  samples: readonly Sample[],
  filter: ReferenceFilter | undefined,
  inQuestion: ReadonlySet<string>,
  reader: ReferenceReader,
): Promise<readonly Sample[]> {
  const found: Sample[] = [];
  for (const sample of samples) {
    if (sample.filter === null || isDeepStrictEqual(sample.filter, filter)) found.push(sample);
    else {
      const drawnFrom = new Set(await populationIds(reader, sample.filter ?? {}));
      if ([...inQuestion].every((id) => drawnFrom.has(id))) found.push(sample);
    }
  }
  return found;
}

/**
 * Probabilities of the tags, by the numbers of photo and label; 0 where a photo has no tag, or the tags no such label.
 */
function predictor(
  table: TagTable | null,
  names: readonly string[],
  photos: readonly Reference[],
): (photo: number, label: number) => number {
  // Sentences of an independent set give no probabilities.
  if (table === null || (table.state.madeBy === 'sentences' && table.state.kind === 'independent')) return () => 0;
  const places = Int32Array.from(photos, ({ id }) => table.places.of(id) ?? -1);
  const labels = names.map((name) => {
    const k = table.state.labels.indexOf(name);
    return k < 0 ? null : { column: present(table.columns[k]), byByte: table.byteProbabilities(k) };
  });
  return (photo, label) => {
    const [place, tags] = [present(places[photo]), present(labels[label])];
    // A place that came since the table was read has no tag in it.
    return tags === null || place < 0 || place >= tags.column.length
      ? 0
      : present(tags.byByte[present(tags.column[place])]);
  };
}

async function shifted(
  probe: Probe,
  table: TagTable,
  labelled: ReturnType<LabelStore['of']>,
  photos: readonly Reference[],
  groupOf: ShareBy,
  reader: ReferenceReader,
): Promise<readonly ShareGroup[]> {
  const groups = new Map<string, Reference[]>();
  for (const photo of photos) {
    const known = groups.get(groupOf(photo));
    if (known === undefined) groups.set(groupOf(photo), [photo]);
    else known.push(photo);
  }
  const intervals = await shiftedIntervals(probe, labelled, photos, groupOf, reader);
  return [...groups]
    .map(([group, own]) => {
      const tagged = own.filter(({ id }) => table.isTagged(table.places.of(id) ?? 0));
      const values = probe.tasks.flatMap((task) => {
        const asked = task.labels.map((label) => table.labelNumber(label));
        const rows = tagged.map(({ id }) =>
          asked.map((k) => probabilityOf(table.score(k, present(table.places.of(id))))),
        );
        const classes = Math.max(2, asked.length);
        const given = Float64Array.from(
          rows.flatMap((row) => (row.length === 1 ? [1 - present(row[0]), present(row[0])] : row)),
        );
        const all = task.photos.reduce((a, b) => a + b, 0);
        const found = shiftedShares(
          given,
          Float64Array.from(task.photos, (count) => count / all),
        );
        return [...(classes === 2 && asked.length === 1 ? found.subarray(1) : found)];
      });
      const shares = probe.tasks
        .flatMap(({ labels }) => labels)
        .map((label, k): EstimatedShare => {
          const { low = null, high = null } = intervals.get(group)?.[k] ?? {};
          return { ...{ label, share: present(values[k]), low, high }, interval: null, lambda: 1, walks: null };
        });
      return { group, photos: own.length, labelled: 0, shares };
    })
    .sort((a, b) => b.photos - a.photos || (a.group < b.group ? -1 : 1));
}
