import { fault } from '../../domain/errors.js';
import type { GeoPoint } from '../../domain/geo-point.js';
import { present } from '../../domain/present.js';
import type { Reference } from '../../domain/reference.js';
import type { Locator } from '../../locate/locator.js';
import { capturedMs } from '../../references/captured-time.js';
import { NearCells } from '../../references/near-cells.js';
import type { ReferenceFilter } from '../../references/reader.js';
import type { OpenIndex } from '../../references/store.js';
import { everyReference } from '../every-reference.js';
import { Decoys } from './decoys.js';
import { gatherEvidence, type PlaceEvidence } from './evidence.js';
import type { EvidenceCache } from './evidence-cache.js';
import { falseAlarmProbabilities, type Surprise } from './false-alarms.js';
import { type Mistake, nameMistake } from './name-mistake.js';
import { bestPlace, type CountryOrder, placeFit, type Spot } from './place-fit.js';
import { Tracks } from './tracks.js';

export interface Audit {
  readonly index: Pick<OpenIndex, 'reader'>;
  readonly locator: Locator;
  readonly cache: EvidenceCache;
  /** Which photos are questioned; all references speak. */
  readonly filter: ReferenceFilter;
  /** For each photo that has any, the ids of its copies. */
  readonly copies: ReadonlyMap<string, readonly string[]>;
  /** Probability up to which a photo is listed. */
  readonly falseAlarms: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A photo that does not look as if it was taken where it says. */
export interface Implausible {
  readonly reference: Reference;
  readonly mistake: Mistake;
  readonly suggested: GeoPoint | null;
  /** How many times as well the suggested place fits; null where none does. */
  readonly ratio: number | null;
  /** That a photo which is where it says would fit as ill. */
  readonly falseAlarmProbability: number;
  /** No other reference is near the stated place, so that little but its country could be checked. */
  readonly countryOnly: boolean;
}

export interface AuditReport {
  /** The least probable first. */
  readonly implausible: readonly Implausible[];
  readonly photos: number;
  /** Of the photos, those of which little but the country could be checked. */
  readonly countryOnly: number;
  /** How many photos would be listed if all were where they say. */
  readonly expectedFalseAlarms: number;
  /** Who took more than half of the photos, and so was not left out of the evidence; null for nobody. */
  readonly authorLeftIn: string | null;
}

const NEAR_KM = 25;
const VISITS_MAX = 5_000;
const BATCH = 64;

/**
 * Asks of each photo how well the place that it states fits what the other photos and the captions say of it: without itself, its
 * walk, its author and its copies. What is around the stated place is never left out: without it no place could be confirmed.
 * @throws `interrupted`; what is known then is in the cache
 */
export async function auditIndex(audit: Audit): Promise<AuditReport> {
  const { locator, index, cache, falseAlarms } = audit;
  const all: Reference[] = [];
  for await (const page of everyReference(index.reader, {})) all.push(...page);
  const authorLeftIn = dominantAuthor(all);
  const order = new Map(locator.captionCountries.flatMap(({ iso2 }, i) => (iso2 === null ? [] : [[iso2, i]])));
  const countryAt = (point: GeoPoint) => locator.gazetteer.countryAt(point);
  const { asked, surprises } = await surprisesOf(audit, authorLeftIn, order, countryAt);
  const probabilities = falseAlarmProbabilities(surprises);
  const isAlone = aloneTest(all, authorLeftIn);
  const alone = asked.map(isAlone);
  const listed = asked.map((_, i) => i).filter((i) => present(probabilities[i]) <= falseAlarms);
  const tracks = new Tracks();
  for (const { author, capturedAt, point } of all) tracks.add(author, timeOf(capturedAt), point);
  const implausible = walksOf(asked, listed).flatMap((members) => {
    const doubted = members.map((i) => {
      const reference = present(asked[i]);
      const { id, author, capturedAt } = reference;
      const evidence = present(cache.get(id) ?? undefined);
      return { stated: reference, evidence, author, capturedMs: timeOf(capturedAt) };
    });
    const { mistake, suggested, ratio } = nameMistake(doubted, { order, tracks, countryAt });
    return members.map((i, at) => ({
      ...{ reference: present(asked[i]), mistake, ratio, suggested: suggested[at] ?? null },
      ...{ falseAlarmProbability: present(probabilities[i]), countryOnly: present(alone[i]) },
    }));
  });
  implausible.sort(leastProbableFirst);
  return {
    implausible,
    photos: asked.length,
    countryOnly: alone.filter(Boolean).length,
    expectedFalseAlarms: falseAlarms * asked.length,
    authorLeftIn,
  };
}

/** Evidence is kept and not held: of a million photos it takes gigabytes. */
async function surprisesOf(
  audit: Audit,
  authorLeftIn: string | null,
  order: CountryOrder,
  countryAt: (point: GeoPoint) => string | null,
): Promise<{ readonly asked: readonly Reference[]; readonly surprises: readonly Surprise[] }> {
  const { index, locator, cache, filter, copies, onProgress, signal } = audit;
  const wanted: Reference[] = [];
  for await (const page of everyReference(index.reader, filter)) wanted.push(...page);
  const decoys = new Decoys(wanted, countryAt);
  const asked: Reference[] = [];
  const surprises: Surprise[] = [];
  for (let from = 0; from < wanted.length; from += BATCH) {
    if (signal?.aborted)
      throw fault(
        'interrupted',
        `The audit was stopped after ${from} of ${wanted.length} photos; the same command goes on.`,
      );
    const some = wanted.slice(from, from + BATCH);
    const vectors = await index.reader.vectors(some.map(({ id }) => id));
    const fresh: [string, PlaceEvidence][] = [];
    for (const reference of some) {
      const vector = vectors.get(reference.id);
      let evidence = cache.get(reference.id);
      if (evidence === null) {
        if (vector === undefined) continue;
        evidence = await gatherEvidence(locator, vector, { exclude: leftOut(reference, copies, authorLeftIn) });
        fresh.push([reference.id, evidence]);
      }
      asked.push(reference);
      surprises.push(surpriseOf(reference, evidence, decoys.of(reference), order, countryAt));
    }
    cache.put(fresh);
    onProgress?.(Math.min(from + BATCH, wanted.length), wanted.length);
  }
  return { asked, surprises };
}

function leftOut(
  { id, sequence, author }: Reference,
  copies: Audit['copies'],
  authorLeftIn: string | null,
): NonNullable<ReferenceFilter['exclude']> {
  return {
    ids: [id, ...(copies.get(id) ?? [])],
    ...(sequence === null ? {} : { sequence: [sequence] }),
    ...(author === null || author === authorLeftIn ? {} : { author: [author] }),
  };
}

/** Without the one who took most of it a collection could not speak of itself. */
function dominantAuthor(all: readonly Reference[]): string | null {
  const photos = new Map<string, number>();
  for (const { author } of all) if (author !== null) photos.set(author, (photos.get(author) ?? 0) + 1);
  const [most] = [...photos].sort(([, a], [, b]) => b - a);
  return most !== undefined && most[1] > all.length / 2 ? most[0] : null;
}

function surpriseOf(
  stated: Spot,
  evidence: PlaceEvidence,
  decoys: readonly Spot[],
  order: CountryOrder,
  countryAt: (point: GeoPoint) => string | null,
): Surprise {
  const surprise = (spot: Spot) => -Math.log(placeFit(evidence, spot, order));
  const best = bestPlace(evidence, order, countryAt);
  return {
    stated: surprise(stated),
    decoys: decoys.map(surprise),
    support: best === null ? 0 : placeFit({ ...evidence, countries: new Float32Array(0) }, best, order),
  };
}

/** Whether nothing that may speak for a photo is near the place that it states. */
function aloneTest(all: readonly Reference[], authorLeftIn: string | null): (photo: Reference) => boolean {
  const near = new NearCells<Reference>(NEAR_KM);
  for (const reference of all) near.add(reference.point.lat, reference.point.lon, reference);
  return ({ id, point, author, sequence }) => {
    let visits = 0;
    return !near.visit(point.lat, point.lon, (other) => {
      const sameAuthor = author !== null && author !== authorLeftIn && other.author === author;
      const sameWalk = sequence !== null && other.sequence === sequence;
      // Where one author is all around, looking at all of it would tell no more.
      return visits++ >= VISITS_MAX || !(other.id === id || sameAuthor || sameWalk);
    });
  };
}

/** Listed photos of one walk together, others alone. */
function walksOf(asked: readonly Reference[], listed: readonly number[]): number[][] {
  const walks = new Map<string, number[]>();
  for (const i of listed) {
    const { id, sequence } = present(asked[i]);
    const key = sequence === null ? `photo ${id}` : `walk ${sequence}`;
    const members = walks.get(key);
    if (members === undefined) walks.set(key, [i]);
    else members.push(i);
  }
  return [...walks.values()];
}

function leastProbableFirst(a: Implausible, b: Implausible): number {
  const less = a.falseAlarmProbability - b.falseAlarmProbability || (b.ratio ?? 0) - (a.ratio ?? 0);
  return less !== 0 ? less : a.reference.id < b.reference.id ? -1 : 1;
}

function timeOf(capturedAt: string | null): number | null {
  return capturedAt === null ? null : capturedMs(capturedAt);
}
