import type { FilterValue } from 'weaviate-client';
import { fault } from '../../domain/errors.js';
import type { BoundingBox } from '../../domain/geo-point.js';
import { boxAround, boxWithin, splitBox } from '../../geo/box.js';
import { distanceKm } from '../../geo/distance.js';
import { boundMs } from '../captured-time.js';
import type { ReferenceFilter, StoredReference } from '../reader.js';
import type { Objects } from './cluster-client.js';

type Conditions = Omit<ReferenceFilter, 'exclude'>;
export type Tested = Pick<StoredReference, 'point'> & { readonly paths: readonly string[] };

/** A filter for the server, which may let too much through, and a test that removes the rest. */
export interface ClusterFilter {
  /** null: nothing passes, so there is nothing to ask. undefined: everything does. */
  readonly filter: FilterValue | null | undefined;
  /** Applied to what the server answers; null where that is exact. */
  readonly test: ((one: Tested) => boolean) | null;
}

interface Part {
  /** The server's part of a condition; `false`: nothing passes; `true`: everything does. */
  readonly ask: FilterValue | boolean;
  readonly test?: (one: Tested) => boolean;
}

/** More ids than these would be megabytes of a question, and minutes of an answer. */
const IDS_MAX = 10_000;

/**
 * @param uuidOf gives the uuid of a reference's id
 * @throws `filter_too_wide`
 */
export function clusterFilter(
  objects: Objects,
  wanted: ReferenceFilter | undefined,
  uuidOf: (id: string) => string,
): ClusterFilter {
  const { exclude = {}, ...include } = wanted ?? {};
  const ids = Math.max(include.ids?.length ?? 0, exclude.ids?.length ?? 0);
  if (ids > IDS_MAX) {
    throw fault(
      'filter_too_wide',
      `Expected a filter of at most ${IDS_MAX} references, as a cluster takes, got one of ${ids}: a filter by tags names each of them. Ask for more of the label, or copy the index to a folder (streetdex index copy).`,
    );
  }
  const asked: FilterValue[] = [];
  const tests: ((one: Tested) => boolean)[] = [];
  for (const { ask, test } of conditions(objects, include, uuidOf, 'cover')) {
    if (ask === false) return { filter: null, test: null };
    if (ask !== true) asked.push(ask);
    if (test) tests.push(test);
  }
  for (const { ask, test } of conditions(objects, exclude, uuidOf, 'within')) {
    if (ask === true && !test) return { filter: null, test: null };
    // Where a test follows, the server removes only what surely has to go.
    if (typeof ask !== 'boolean') asked.push(not(ask));
    if (test) tests.push((one) => !test(one));
  }
  const filter = asked.length > 1 ? and(...asked) : asked[0];
  return { filter, test: tests.length === 0 ? null : (one) => tests.every((test) => test(one)) };
}

/** @param areas whether the server's boxes have to cover a circle, or to lie within it */
function conditions(
  objects: Objects,
  wanted: Conditions,
  uuidOf: (id: string) => string,
  areas: 'cover' | 'within',
): Part[] {
  const parts: Part[] = [];
  const { filter } = objects;
  const among = (name: 'sequence' | 'author' | 'iso2' | 'rootIds', values: readonly string[] | undefined) => {
    if (values !== undefined)
      parts.push({ ask: values.length > 0 && filter.byProperty(name).containsAny([...values]) });
  };
  if (wanted.ids) parts.push({ ask: wanted.ids.length > 0 && filter.byId().containsAny(wanted.ids.map(uuidOf)) });
  among('sequence', wanted.sequence);
  among('author', wanted.author);
  among(
    'iso2',
    wanted.country?.map((code) => code.toUpperCase()),
  );
  among('rootIds', wanted.sourceRoot);
  if (wanted.hasSequence !== undefined) parts.push({ ask: filter.byProperty('sequence').isNull(!wanted.hasSequence) });
  if (wanted.capturedAfter !== undefined)
    parts.push({
      ask: filter.byProperty('capturedMs').greaterOrEqual(boundMs('captured_after', wanted.capturedAfter).first),
    });
  if (wanted.capturedBefore !== undefined)
    parts.push({
      ask: filter.byProperty('capturedMs').lessOrEqual(boundMs('captured_before', wanted.capturedBefore).last),
    });
  const inBoxes = (boxes: readonly BoundingBox[]): FilterValue | boolean => {
    const asked = boxes.map(({ west, south, east, north }) =>
      and(
        ...[filter.byProperty('lat').greaterOrEqual(south), filter.byProperty('lat').lessOrEqual(north)],
        ...[filter.byProperty('lon').greaterOrEqual(west), filter.byProperty('lon').lessOrEqual(east)],
      ),
    );
    return asked.length > 1 ? or(...asked) : (asked[0] ?? false);
  };
  if (wanted.bbox) parts.push({ ask: inBoxes(withMeridian(wanted.bbox)) });
  if (wanted.near) {
    const { near } = wanted;
    const test = ({ point }: Tested) => distanceKm(near, point) <= near.km;
    const box = areas === 'cover' ? padded(boxAround(near, near.km)) : boxWithin(near, near.km);
    parts.push({ ask: box !== null && inBoxes(withMeridian(box)), test });
  }
  if (wanted.source) {
    const { source } = wanted;
    const test = ({ paths }: Tested) => paths.some((path) => source.some((start) => path.startsWith(start)));
    // A star or question mark in a prefix can't be escaped: what comes back is tested.
    const asked = source.map((start) => filter.byProperty('paths').like(`${start}*`));
    const like = asked.length > 1 ? or(...asked) : (asked[0] ?? false);
    parts.push(
      source.includes('') ? { ask: areas === 'cover', test } : { ask: areas === 'cover' ? like : false, test },
    );
  }
  return parts;
}

/** Boxes that do not cross 180°; one that touches it includes both 180° and −180°, which are one meridian. */
function withMeridian(box: BoundingBox): readonly BoundingBox[] {
  const { south, north } = box;
  const boxes = splitBox(box);
  const touches = boxes.some(({ west, east }) => west === -180 || east === 180);
  if (!touches) return boxes;
  return [...boxes, { south, north, west: -180, east: -180 }, { south, north, west: 180, east: 180 }];
}

/** The box, a little larger, so that rounding leaves nothing out: a test follows. */
function padded({ west, south, east, north }: BoundingBox): BoundingBox {
  return {
    west: Math.max(-180, west - 1e-6),
    south: south - 1e-6,
    east: Math.min(180, east + 1e-6),
    north: north + 1e-6,
  };
}

// The same objects as the client makes, whose loading takes longer than a command that needs nothing else of it.
export const and = (...filters: FilterValue[]): FilterValue => ({ operator: 'And', filters, value: null });
const or = (...filters: FilterValue[]): FilterValue => ({ operator: 'Or', filters, value: null });
const not = (filter: FilterValue): FilterValue => ({ operator: 'Not', filters: [filter], value: null });
