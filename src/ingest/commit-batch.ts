import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type GeoPoint, SPOT_KM } from '../domain/geo-point.js';
import type { FileState, PhotoFacts, Reference, Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { distanceKm } from '../geo/distance.js';
import type { ReferenceTransaction, ReferenceWriter } from '../references/writer.js';
import type { PhotoFailure, SourceConflict, Withdrawal } from './ingest-report.js';

/** One photo's, or one folder's, share of a transaction. */
export type Change =
  | {
      readonly kind: 'photo';
      readonly id: string;
      readonly facts: PhotoFacts;
      readonly iso2: string | null;
      readonly source: Source;
      /** The reference that this path held before. */
      readonly previousId: string | null;
      /** Set where the bytes are new to the index. */
      readonly embedded: { readonly reference: Reference; readonly vector: UnitVector } | null;
    }
  | {
      readonly kind: 'failure';
      readonly failure: PhotoFailure;
      readonly file: FileState;
      /** The id of its bytes, null where they were not read. */
      readonly photoId: string | null;
      /** Whether the place that gave the photo's stored position gives none any more. */
      readonly withdrawn: boolean;
    }
  /** Nothing says the position of a stored photo in this run, and what said it was not asked: it stays as it is. */
  | {
      readonly kind: 'kept';
      readonly root: string;
      readonly path: string;
      readonly file: FileState;
      readonly factsHash: string;
    }
  | { readonly kind: 'cleared'; readonly root: string; readonly path: string };

/** What a stored change was, in the order of the changes. */
export type Stored =
  | {
      readonly kind: 'added' | 'updated' | 'linked' | 'unchanged';
      readonly conflict: SourceConflict | null;
      readonly replaced: boolean;
    }
  | { readonly kind: 'failed'; readonly failure: PhotoFailure; readonly withdrawal: Withdrawal | null }
  | { readonly kind: 'cleared' };

const UNCHANGED = { kind: 'unchanged', conflict: null, replaced: false } as const;

export type CountryAt = (point: GeoPoint) => string | null;

/** Stores changes in one transaction: all of them or none. @throws what the writer throws, `disk_full` among them. */
export function commitBatch(
  writer: ReferenceWriter,
  changes: readonly Change[],
  countryAt: CountryAt,
): readonly Stored[] {
  const withdraws = (change: Change) => change.kind === 'failure' && change.withdrawn;
  return writer.transaction((tx) => {
    const stored = new Map<Change, Stored>();
    // Withdrawals last: a copy that comes in the same batch keeps their reference.
    for (const last of [false, true]) {
      for (const change of changes)
        if (withdraws(change) === last) stored.set(change, store(writer, tx, change, countryAt));
    }
    return changes.map((change) => stored.get(change) as Stored);
  });
}

function store(writer: ReferenceWriter, tx: ReferenceTransaction, change: Change, countryAt: CountryAt): Stored {
  if (change.kind === 'failure') {
    const { root, path } = change.failure;
    const withdrawal = change.withdrawn ? withdraw(writer, tx, root, path, countryAt) : null;
    const { photoId } = change;
    tx.putFailure({ ...change.failure, ...change.file, photoId });
    // The index has the photo by another path.
    if (withdrawal === null && photoId !== null && writer.has(photoId)) return UNCHANGED;
    return { kind: 'failed', failure: change.failure, withdrawal };
  }
  if (change.kind === 'cleared') {
    tx.clearFailure(change.root, change.path);
    return { kind: 'cleared' };
  }
  return change.kind === 'kept' ? keep(writer, tx, change) : storePhoto(writer, tx, change);
}

/**
 * Takes away a source whose position was withdrawn. A reference without another source goes with it; else it stands from
 * now on where the next of its sources says, whose other facts are taken anew at its next visit.
 */
function withdraw(
  writer: ReferenceWriter,
  tx: ReferenceTransaction,
  root: string,
  path: string,
  countryAt: CountryAt,
): Withdrawal | null {
  const id = writer.sourceState(root, path)?.id;
  if (id === undefined) return null;
  tx.removeSource(root, path);
  const left = writer.sources(id);
  const next = left.find(isThere) ?? left[0];
  if (next === undefined) tx.remove(id);
  else {
    const facts = writer.facts(id);
    if (facts !== null) tx.update(id, { ...facts, point: next.point }, countryAt(next.point));
    tx.putSource(id, { ...next, factsHash: '' });
  }
  return { path, id, referenceRemoved: next === undefined };
}

function keep(writer: ReferenceWriter, tx: ReferenceTransaction, change: Extract<Change, { kind: 'kept' }>): Stored {
  const { root, path, file, factsHash } = change;
  const id = writer.sourceState(root, path)?.id;
  const source = id && writer.sources(id).find((one) => one.root === root && one.path === path);
  if (id && source) tx.putSource(id, { ...source, ...file, factsHash });
  if (writer.failureState(root, path) !== null) tx.clearFailure(root, path);
  return UNCHANGED;
}

function storePhoto(
  writer: ReferenceWriter,
  tx: ReferenceTransaction,
  change: Extract<Change, { kind: 'photo' }>,
): Stored {
  const { id, source, facts, iso2, embedded, previousId } = change;
  const { root, path } = source;
  const isNew = embedded !== null && tx.put(embedded.reference, embedded.vector) === 'added';
  if (!isNew && !writer.has(id)) return twinFailed(tx, change);
  const earlier = isNew ? [] : writer.sources(id);
  tx.putSource(id, source);
  if (writer.failureState(root, path) !== null) tx.clearFailure(root, path);
  const replaced = previousId !== null && previousId !== id;
  const other = isNew ? undefined : earlier.find((one) => isElsewhere(one, source));
  if (isNew) return { kind: 'added', conflict: null, replaced };
  const corrected = hasTheSay(earlier, source) && tx.update(id, facts, iso2) === 'updated';
  const kind = corrected ? 'updated' : previousId === id ? 'unchanged' : 'linked';
  const conflict =
    other === undefined ? null : { path, otherPath: other.path, km: distanceKm(other.point, source.point) };
  return { kind, conflict, replaced };
}

/** The same bytes came twice, and embedding them failed the first time. */
function twinFailed(tx: ReferenceTransaction, change: Extract<Change, { kind: 'photo' }>): Stored {
  const { root, path, bytes, mtimeMs, ctimeMs, inode } = change.source;
  const failure = {
    root,
    path,
    code: 'twin_failed',
    reason: 'Another file with the same bytes could not be embedded.',
  };
  tx.putFailure({ ...failure, bytes, mtimeMs, ctimeMs, inode, photoId: change.id });
  return { kind: 'failed', failure, withdrawal: null };
}

/** The facts of a reference are those of its first source whose file is still there. */
function hasTheSay(earlier: readonly Source[], source: Source): boolean {
  for (const one of earlier) {
    if (one.root === source.root && one.path === source.path) return true;
    if (isThere(one)) return false;
  }
  return true;
}

function isThere({ root, path }: Source): boolean {
  return root === 'files' || existsSync(join(root, path));
}

function isElsewhere(one: Source, source: Source): boolean {
  const same = one.root === source.root && one.path === source.path;
  return !same && distanceKm(one.point, source.point) > SPOT_KM;
}
