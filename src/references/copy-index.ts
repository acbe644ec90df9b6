import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fault, hasCode } from '../domain/errors.js';
import { isStored, type Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { FILES_ROOT } from './files-root.js';
import type { StoredReference } from './reader.js';
import type { OpenIndex, Store } from './store.js';
import type { ReferenceWriter } from './writer.js';

const PAGE = 500;

export interface IndexCopying {
  readonly from: Store;
  readonly to: Store;
  /** Names of the two indexes, for messages and for the run that the copy records. */
  readonly names: { readonly from: string; readonly to: string };
  readonly onProgress?: (stage: 'copying' | 'comparing', done: number, total: number) => void;
  /** Once aborted, what is in hand is stored and nothing else is begun. */
  readonly signal?: AbortSignal;
}

export interface CopyReport {
  readonly references: number;
  readonly sources: number;
  /** Written by this run. */
  readonly copied: number;
  /** References that the target had already. */
  readonly before: number;
  /** Checksum over ids, facts and vectors of all references, whatever their order; null where the copy was stopped. */
  readonly checksum: string | null;
  readonly interrupted: boolean;
  readonly tookMs: number;
}

/**
 * Copies references with their vectors and sources into an index of the same model (new, or begun by an earlier run; any
 * engine), and compares the two at the end. Killed or stopped at any point, the next run goes on. Runs and failures stay with
 * their index.
 * @throws `copy_differs`, `vector_missing`, `index_not_found`, `index_model_mismatch`, `index_busy` (later)
 */
export async function copyIndex(copying: IndexCopying): Promise<CopyReport> {
  const { from, to, names, onProgress, signal } = copying;
  const startMs = performance.now();
  const index = await from.open({ lazy: true });
  try {
    const total = (await index.catalogue.counts()).references;
    const done = { copied: 0, before: 0 };
    await to.write(
      await index.model(),
      async (writer) => {
        const run = await writer.beginRun({ copy_from: names.from });
        try {
          for await (const page of pagesOf(index)) {
            if (signal?.aborted) break;
            const copied = await copyPage(index, writer, page);
            done.copied += copied;
            done.before += page.length - copied;
            onProgress?.('copying', done.copied + done.before, total);
          }
          if (!signal?.aborted) await writer.checkpoint();
        } catch (error) {
          await writer.endRun(run, 'failed', done).catch(() => undefined);
          throw error;
        }
        await writer.endRun(run, signal?.aborted ? 'stopped' : 'finished', done);
      },
      { buildAhead: true },
    );
    const counts = { ...(await index.catalogue.counts()), ...done };
    const { references, sources } = counts;
    if (signal?.aborted) {
      return { references, sources, ...done, checksum: null, interrupted: true, tookMs: performance.now() - startMs };
    }
    const checksum = await compare(index, copying);
    return { references, sources, ...done, checksum, interrupted: false, tookMs: performance.now() - startMs };
  } finally {
    await index.close();
  }
}

/** @returns how many of the page were not there yet */
async function copyPage(index: OpenIndex, writer: ReferenceWriter, page: readonly StoredReference[]): Promise<number> {
  const there = await writer.getMany(page.map(({ id }) => id));
  const wanted = await Promise.all(page.map((one) => withReachableSources(index, writer, one)));
  const left = wanted.filter((one) => !isCopied(one, there.get(one.id)));
  if (left.length === 0) return 0;
  const vectors = await index.reader.vectors(left.map(({ id }) => id));
  await writer.apply(
    left.map((reference) => {
      const vector = vectors.get(reference.id);
      if (vector !== undefined) return { kind: 'copy', reference, vector };
      throw fault(
        'vector_missing',
        `Expected a vector of the reference ${reference.id}, but there is none. Run \`streetdex index verify --repair\` on the index that is copied, then this command again.`,
      );
    }),
  );
  return left.length;
}

function isCopied(one: StoredReference, there: StoredReference | undefined): boolean {
  if (there === undefined || !isStored(one, there) || there.iso2 !== one.iso2) return false;
  return one.sources.every((source) => there.sources.some((other) => isDeepStrictEqual(source, other)));
}

/** Copies the bytes that the index keeps itself. Where the target keeps none, its sources name the files where they lie. */
async function withReachableSources(
  index: OpenIndex,
  writer: ReferenceWriter,
  one: StoredReference,
): Promise<StoredReference> {
  if (!one.sources.some(({ root }) => root === FILES_ROOT)) return one;
  const file = await index.photos.file(one.id);
  if (file === null) return one;
  const sources = await Promise.all(
    one.sources.map(async (source): Promise<Source> => {
      if (source.root !== FILES_ROOT) return source;
      try {
        return { ...source, path: await writer.keepFile(await readFile(file), extname(source.path)) };
      } catch (error) {
        if (!hasCode(error, 'upload_not_offered') || !file.endsWith(`/${source.path}`)) throw error;
        return { ...source, root: file.slice(0, -source.path.length - 1) };
      }
    }),
  );
  return { ...one, sources };
}

async function compare(index: OpenIndex, { to, names, onProgress }: IndexCopying): Promise<string> {
  const copy = await to.open({ lazy: true });
  try {
    const total = (await index.catalogue.counts()).references * 2;
    let done = 0;
    const tell = (count: number) => {
      done += count;
      onProgress?.('comparing', done, total);
    };
    const [one, other] = [await contentOf(index, tell), await contentOf(copy, tell)];
    if (isDeepStrictEqual(one, other)) return one.checksum;
    const say = ({ references, checksum }: typeof one) =>
      `${references} references of checksum ${checksum.slice(0, 12)}`;
    throw fault(
      'copy_differs',
      `Expected ${names.to} to hold what ${names.from} does, ${say(one)}, but it holds ${say(other)}. Where ${names.from} was written meanwhile, run the same command again; where ${names.to} held other references before, copy to a new place.`,
    );
  } finally {
    await copy.close();
  }
}

/** Checksum of all references: hashes of each, added bit by bit, so that their order does not matter. */
async function contentOf(index: OpenIndex, tell: (count: number) => void) {
  const sum = Buffer.alloc(32);
  let references = 0;
  for await (const page of pagesOf(index)) {
    const vectors = await index.reader.vectors(page.map(({ id }) => id));
    for (const one of page) {
      const hash = hashOf(one, vectors.get(one.id));
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) ^ (hash[i] ?? 0);
    }
    references += page.length;
    tell(page.length);
  }
  return { references, checksum: sum.toString('hex') };
}

function hashOf({ sources: _, point, ...facts }: StoredReference, vector: UnitVector | undefined): Buffer {
  const words = Object.entries({ ...facts, ...point }).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(words));
  return (vector === undefined ? hash : hash.update(Buffer.from(Float32Array.from(vector).buffer))).digest();
}

async function* pagesOf({ reader }: OpenIndex): AsyncGenerator<readonly StoredReference[]> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    yield page.references;
    cursor = page.cursor;
  }
}
