import { join } from 'node:path';
import type { GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import type { FileState, Source } from '../domain/reference.js';
import { distanceKm } from '../geo/distance.js';
import { FILES_ROOT } from '../references/files-root.js';
import { bySourceKey, hasTheSay, isSameSource } from '../references/has-the-say.js';
import type { SourceKey } from '../references/known-files.js';
import type {
  Change,
  ChangeResult,
  ClearedChange,
  KeptChange,
  PhotoChange,
  ReferenceWriter,
} from '../references/writer.js';
import type { PhotoFailure, SourceConflict, Withdrawal } from './ingest-report.js';
import { isThere } from './is-there.js';

/** What is stored for one photo, folder or manifest. */
export type Outcome =
  | Omit<PhotoChange, 'gone'>
  | {
      readonly kind: 'failure';
      readonly failure: PhotoFailure;
      readonly file: FileState;
      /** The photo's id, by its bytes; null where they were not read. */
      readonly photoId: string | null;
      /** Whether the origin of the photo's stored position gives none any more. */
      readonly withdrawn: boolean;
    }
  | KeptChange
  | ClearedChange;

/** What became of an outcome. */
export type Stored =
  | {
      readonly kind: 'added' | 'updated' | 'linked' | 'unchanged';
      readonly conflict: SourceConflict | null;
      readonly replaced: boolean;
    }
  | { readonly kind: 'failed'; readonly failure: PhotoFailure; readonly withdrawal: Withdrawal | null }
  | { readonly kind: 'cleared' };

export type CountryAt = (point: GeoPoint) => string | null;

const UNCHANGED: Stored = { kind: 'unchanged', conflict: null, replaced: false };

/**
 * Stores outcomes together, and returns what became of each, in their order; a killed run stores them again. @throws what the
 * writer throws, `disk_full` among them
 */
export async function storeChanges(
  writer: ReferenceWriter,
  outcomes: readonly Outcome[],
  countryAt: CountryAt,
): Promise<readonly Stored[]> {
  const results = await writer.apply(await changesOf(writer, outcomes));
  // After the changes: a copy among them keeps the reference. A killed run meets the failure and the source again.
  const withdrawals = await withdraw(writer, outcomes, countryAt);
  await writer.apply(outcomes.flatMap((outcome, i) => twinFailure(outcome, results[i])));
  return outcomes.map((outcome, i) => storedOf(outcome, present(results[i]), withdrawals.get(outcome) ?? null));
}

async function changesOf(writer: ReferenceWriter, outcomes: readonly Outcome[]): Promise<Change[]> {
  const photos = outcomes.filter((outcome) => outcome.kind === 'photo');
  const known = await writer.getMany([...new Set(photos.map(({ id }) => id))]);
  return Promise.all(
    outcomes.map(async (outcome): Promise<Change> => {
      if (outcome.kind === 'failure') {
        const { failure, file, photoId } = outcome;
        return { kind: 'failure', ...failure, ...file, photoId };
      }
      if (outcome.kind !== 'photo') return outcome;
      const sources = known.get(outcome.id)?.sources ?? [];
      return { ...outcome, gone: await goneAmong(sources.filter((one) => !isSameSource(one, outcome.source))) };
    }),
  );
}

/** Removes the sources whose positions were withdrawn. */
async function withdraw(
  writer: ReferenceWriter,
  outcomes: readonly Outcome[],
  countryAt: CountryAt,
): Promise<ReadonlyMap<Outcome, Withdrawal>> {
  const withdrawals = new Map<Outcome, Withdrawal>();
  for (const outcome of outcomes) {
    if (outcome.kind !== 'failure' || !outcome.withdrawn) continue;
    const { root, path } = outcome.failure;
    const [known] = await writer.files([{ root, path }]);
    const id = known?.source?.id;
    if (id === undefined) continue;
    const sources = (await writer.getMany([id])).get(id)?.sources ?? [];
    const left = sources.filter((one) => !isSameSource(one, { root, path })).toSorted(bySourceKey);
    const next = hasTheSay(left, await goneAmong(left)) ?? left[0] ?? null;
    const change = { kind: 'withdrawal' as const, root, path, next: next && { ...next, iso2: countryAt(next.point) } };
    const [result] = await writer.apply([change]);
    withdrawals.set(outcome, { path, id, referenceRemoved: result?.did === 'removed' });
  }
  return withdrawals;
}

/** The same bytes came twice, and embedding them failed the first time. */
const TWIN_FAILED = {
  code: 'twin_failed',
  reason: 'Another file with the same bytes could not be embedded.',
} as const;

function twinFailure(outcome: Outcome, result: ChangeResult | undefined): Change[] {
  if (outcome.kind !== 'photo' || result?.did !== 'missing') return [];
  const { root, path, bytes, mtimeMs, ctimeMs, inode } = outcome.source;
  return [{ kind: 'failure', root, path, ...TWIN_FAILED, bytes, mtimeMs, ctimeMs, inode, photoId: outcome.id }];
}

function storedOf(outcome: Outcome, { did, elsewhere, replaced }: ChangeResult, withdrawal: Withdrawal | null): Stored {
  if (outcome.kind === 'cleared') return { kind: 'cleared' };
  if (outcome.kind === 'kept') return UNCHANGED;
  if (outcome.kind === 'failure') {
    if (withdrawal === null && did === 'unchanged') return UNCHANGED;
    return { kind: 'failed', failure: outcome.failure, withdrawal };
  }
  const { root, path, point } = outcome.source;
  if (did === 'added' || did === 'updated' || did === 'linked' || did === 'unchanged') {
    const conflict = elsewhere && { path, otherPath: elsewhere.path, km: distanceKm(elsewhere.point, point) };
    return { kind: did, conflict, replaced };
  }
  return { kind: 'failed', failure: { root, path, ...TWIN_FAILED }, withdrawal: null };
}

/** The sources whose file is missing below a root that is there: a disk may only be unmounted. */
async function goneAmong(sources: readonly Source[]): Promise<readonly SourceKey[]> {
  const gone = await Promise.all(
    sources.map(async ({ root, path }) =>
      root === FILES_ROOT || (await isThere(join(root, path))) || !(await isThere(root)) ? [] : [{ root, path }],
    ),
  );
  return gone.flat();
}
