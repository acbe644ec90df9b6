import { isDeepStrictEqual } from 'node:util';
import { fault } from '../../domain/errors.js';
import { isGeoPoint, SPOT_KM } from '../../domain/geo-point.js';
import type { Reference, Source } from '../../domain/reference.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { distanceKm } from '../../geo/distance.js';
import { checkVector } from '../check-vector.js';
import type { Step } from '../decide-change.js';
import { bySourceKey, isSameSource } from '../has-the-say.js';
import type { FailureState, SourceKey } from '../known-files.js';
import type { StoredReference } from '../reader.js';
import { copiedProperties, factProperties, type Properties, sourceUuid } from './cluster-objects.js';

/** A reference's copy of its source keys, so that a filter by source needs no other collection. */
export function copies({ sources }: Pick<StoredReference, 'sources'>): Properties {
  const conflict = sources.some((a, i) => sources.slice(i + 1).some((b) => distanceKm(a.point, b.point) > SPOT_KM));
  return copiedProperties(sources, conflict);
}

/** What was read, with the changes of a batch applied one after the other, and what is to be written then. */
export class Draft {
  readonly references: Map<string, StoredReference>;
  readonly added = new Map<string, UnitVector>();
  /** References whose facts changed. */
  readonly corrected = new Set<string>();
  readonly removed = new Set<string>();
  /** By uuid. */
  readonly putSources = new Map<string, { readonly of: string; readonly source: Source }>();
  readonly removedSources = new Set<string>();
  readonly failed = new Map<string, SourceKey & FailureState>();
  readonly cleared = new Map<string, SourceKey>();
  readonly #sourceOf: Map<string, string>;
  readonly #before: ReadonlyMap<string, StoredReference>;

  readonly #dimension: number;

  constructor(
    dimension: number,
    references: ReadonlyMap<string, StoredReference>,
    sourceOf: ReadonlyMap<string, string>,
  ) {
    this.#dimension = dimension;

    this.references = new Map(references);
    this.#before = references;
    // A source that names a missing reference counts as new.
    this.#sourceOf = new Map([...sourceOf].filter(([, id]) => references.has(id)));
  }

  sourceOf(key: SourceKey): string | null {
    return this.#sourceOf.get(sourceUuid(key)) ?? null;
  }

  /** A node's own sums tell it, and its replicas have the row. */
  isAsWritten(): boolean {
    return true;
  }

  reference(id: string): StoredReference | null {
    return this.references.get(id) ?? null;
  }

  perform(step: Step): void {
    if ('put' in step) this.#put(step.put, step.vector);
    else if ('update' in step) {
      const { facts, iso2 } = step;
      checkPoint(facts);
      this.#edit(step.update, (one) => ({ ...one, ...onlyFacts(facts), iso2 }));
      this.corrected.add(step.update);
    } else if ('putSource' in step) this.#putSource(step.putSource, step.of);
    else if ('removeSource' in step) this.#removeSource(step.removeSource);
    else if ('remove' in step) {
      for (const source of this.references.get(step.remove)?.sources ?? []) this.#removeSource(source);
      this.references.delete(step.remove);
      this.added.delete(step.remove);
      this.removed.add(step.remove);
    } else if ('putFailure' in step) {
      const key = sourceUuid(step.putFailure);
      this.cleared.delete(key);
      this.failed.set(key, step.putFailure);
    } else {
      const key = sourceUuid(step.clearFailure);
      this.failed.delete(key);
      this.cleared.set(key, step.clearFailure);
    }
  }

  #put(reference: Reference, vector: UnitVector): void {
    checkVector(vector, this.#dimension);
    checkPoint(reference);
    this.references.set(reference.id, { ...reference, sources: [] });
    this.added.set(reference.id, vector);
    this.removed.delete(reference.id);
  }

  #putSource(source: Source, of: string): void {
    const key = sourceUuid(source);
    const before = this.#sourceOf.get(key);
    const without = (one: StoredReference) => one.sources.filter((other) => !isSameSource(other, source));
    if (before !== undefined && before !== of) this.#edit(before, (one) => ({ ...one, sources: without(one) }));
    this.#edit(of, (one) => ({ ...one, sources: [...without(one), source].sort(bySourceKey) }));
    this.#sourceOf.set(key, of);
    this.putSources.set(key, { of, source });
    this.removedSources.delete(key);
  }

  #removeSource(key: SourceKey): void {
    const uuid = sourceUuid(key);
    const of = this.#sourceOf.get(uuid);
    if (of !== undefined) {
      this.#edit(of, (one) => ({ ...one, sources: one.sources.filter((other) => !isSameSource(other, key)) }));
    }
    this.#sourceOf.delete(uuid);
    this.putSources.delete(uuid);
    this.removedSources.add(uuid);
  }

  #edit(id: string, change: (one: StoredReference) => StoredReference): void {
    const one = this.references.get(id);
    if (one === undefined) return;
    this.references.set(id, change(one));
  }

  /**
   * Patches of references that were there. They hold facts only where these changed, so that two writers who each link a source
   * do not overwrite a third's correction.
   */
  patches(): { readonly id: string; readonly properties: Properties }[] {
    return [...this.references.values()].flatMap((reference) => {
      const { id, iso2 } = reference;
      const before = this.#before.get(id);
      if (before === undefined || this.added.has(id)) return [];
      const corrected = this.corrected.has(id);
      const copied = copies(reference);
      if (!corrected && isDeepStrictEqual(copied, copies(before))) return [];
      return [{ id, properties: { ...(corrected ? factProperties(reference, iso2) : {}), ...copied } }];
    });
  }
}

function onlyFacts<T extends Parameters<typeof factProperties>[0]>(facts: T) {
  const { point, headingDeg, altitudeM, capturedAt, author, sequence, licence, attribution, url } = facts;
  return { point, headingDeg, altitudeM, capturedAt, author, sequence, licence, attribution, url };
}

function checkPoint({ point }: { readonly point: { readonly lat: number; readonly lon: number } }): void {
  if (isGeoPoint(point)) return;
  throw fault(
    'bad_position',
    `Expected a latitude in -90..90 and a longitude in -180..180, got ${point.lat}, ${point.lon}.`,
  );
}
