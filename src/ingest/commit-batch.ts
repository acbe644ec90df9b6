import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PhotoFacts, Reference, Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { distanceKm } from '../geo/distance.js';
import type { ReferenceTransaction, ReferenceWriter } from '../references/writer.js';
import type { PhotoFailure, SourceConflict } from './ingest-report.js';
import type { FileState } from './inspect-photo.js';

/** Sources of one photo may differ by what receivers do. */
const CONFLICT_KM = 0.025;

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
  | { readonly kind: 'failure'; readonly failure: PhotoFailure; readonly file: FileState }
  | { readonly kind: 'cleared'; readonly root: string; readonly path: string };

/** What a stored change was, in the order of the changes. */
export type Stored =
  | {
      readonly kind: 'added' | 'updated' | 'linked' | 'unchanged';
      readonly conflict: SourceConflict | null;
      readonly replaced: boolean;
    }
  | { readonly kind: 'failed'; readonly failure: PhotoFailure }
  | { readonly kind: 'cleared' };

/** Stores changes in one transaction: all of them or none. @throws what the writer throws, `disk_full` among them. */
export function commitBatch(writer: ReferenceWriter, changes: readonly Change[]): readonly Stored[] {
  return writer.transaction((tx) => changes.map((change) => store(writer, tx, change)));
}

function store(writer: ReferenceWriter, tx: ReferenceTransaction, change: Change): Stored {
  if (change.kind === 'failure') {
    tx.putFailure({ ...change.failure, ...change.file });
    return { kind: 'failed', failure: change.failure };
  }
  if (change.kind === 'cleared') {
    tx.clearFailure(change.root, change.path);
    return { kind: 'cleared' };
  }
  return storePhoto(writer, tx, change);
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
  const { root, path, bytes, mtimeMs } = change.source;
  const failure = {
    root,
    path,
    code: 'twin_failed',
    reason: 'Another file with the same bytes could not be embedded.',
  };
  tx.putFailure({ ...failure, bytes, mtimeMs });
  return { kind: 'failed', failure };
}

/** The facts of a reference are those of its first source whose file is still there. */
function hasTheSay(earlier: readonly Source[], source: Source): boolean {
  for (const one of earlier) {
    if (one.root === source.root && one.path === source.path) return true;
    if (one.root === 'files' || existsSync(join(one.root, one.path))) return false;
  }
  return true;
}

function isElsewhere(one: Source, source: Source): boolean {
  const same = one.root === source.root && one.path === source.path;
  return !same && distanceKm(one.point, source.point) > CONFLICT_KM;
}
