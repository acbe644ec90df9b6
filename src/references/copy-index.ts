import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fault, hasCode } from '../domain/errors.js';
import { isStored, type Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { countOf, joined, pagesOf, sameIn } from './copied-pages.js';
import { FILES_ROOT } from './files-root.js';
import type { UnembeddedReference } from './next-vectors.js';
import type { IndexModel, ReferenceFilter, StoredReference } from './reader.js';
import { fileFrom } from './source-path.js';
import type { OpenIndex, Store } from './store.js';
import type { ReferenceWriter } from './writer.js';

const PAGE = 500;
/** Photos that are embedded together, and then stored: what a killed copy does again. */
const EMBEDDED_AT_ONCE = 32;
const FAILURES_LISTED_MAX = 1000;

export interface IndexCopying {
  readonly from: Store;
  readonly to: Store;
  /** Into an index of another model: its vectors are made anew of the photos. */
  readonly anew?: {
    readonly model: IndexModel;
    vectorOf(photo: Omit<UnembeddedReference, 'cursor'>): Promise<UnitVector | Omit<CopyFailure, 'id' | 'path'>>;
  };
  /** Only these references are copied; all of them without it. */
  readonly filter?: ReferenceFilter;
  /** The target may hold other references and sources: a photo that both know gets the sources of both. */
  readonly joins?: boolean;
  /** For sentences, and for the run that the copy keeps. */
  readonly names: { readonly from: string; readonly to: string };
  readonly onProgress?: (stage: 'copying' | 'comparing', done: number, total: number) => void;
  /** Once aborted, what is in hand is stored and nothing else is begun. */
  readonly signal?: AbortSignal;
}

/** A reference whose photo gave no vector of the other model, and why. `path` is that of its first source. */
export interface CopyFailure {
  readonly id: string;
  readonly path: string | null;
  readonly code: string;
  readonly reason: string;
}

export interface CopyReport {
  readonly references: number;
  readonly sources: number;
  /** Written by this run. */
  readonly copied: number;
  /** References that the target had already. */
  readonly before: number;
  /** Left out, since their photos gave no vector of the other model. */
  readonly failed: number;
  /** The first 1,000 of them. */
  readonly failures: readonly CopyFailure[];
  /**
   * Over ids, facts and, where they were copied, vectors of all references but those that failed, in whatever order; null where it was
   * stopped.
   */
  readonly checksum: string | null;
  readonly interrupted: boolean;
  readonly tookMs: number;
}

/**
 * Copies references with their vectors and sources into an index of the same model, or with vectors that are made anew into one of
 * another model, new or begun before, of whatever engine, and compares the two at the end. Killed or stopped at any point, the next run goes on. Runs and failures stay with their index.
 * @throws `copy_differs`, `vector_missing`, `index_not_found`, `index_model_mismatch`, `index_busy` (later)
 */
export async function copyIndex(copying: IndexCopying): Promise<CopyReport> {
  const { from, to, names, onProgress, signal } = copying;
  const startMs = performance.now();
  const index = await from.open({ lazy: true });
  try {
    const total = await countOf(index, copying.filter);
    const done = { copied: 0, before: 0, failed: 0 };
    let sources = 0;
    const failures = new Map<string, CopyFailure>();
    await to.write(
      copying.anew?.model ?? (await index.model()),
      async (writer) => {
        const run = await writer.beginRun({ copy_from: names.from });
        try {
          for await (const page of pagesOf(index, copying.filter)) {
            if (signal?.aborted) break;
            const left = await notThere(index, writer, page, copying.joins === true);
            sources += page.reduce((sum, one) => sum + one.sources.length, 0);
            done.before += page.length - left.length;
            const size = copying.anew === undefined ? PAGE : EMBEDDED_AT_ONCE;
            for (let at = 0; at < left.length && !signal?.aborted; at += size) {
              const some = left.slice(at, at + size);
              const vectors = await vectorsOf(index, some, copying, failures);
              done.copied += await copyAll(index, writer, some, vectors, failures);
              done.failed = failures.size;
              onProgress?.('copying', done.copied + done.before + done.failed, total);
            }
            onProgress?.('copying', done.copied + done.before + done.failed, total);
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
    const report = {
      references: total,
      sources,
      ...done,
      failures: [...failures.values()].slice(0, FAILURES_LISTED_MAX),
    };
    if (signal?.aborted) {
      return { ...report, checksum: null, interrupted: true, tookMs: performance.now() - startMs };
    }
    const checksum = await compare(index, copying, failures);
    return { ...report, checksum, interrupted: false, tookMs: performance.now() - startMs };
  } finally {
    await index.close();
  }
}

/** Those of the page that are not there yet, as they are to be. */
async function notThere(
  index: OpenIndex,
  writer: ReferenceWriter,
  page: readonly StoredReference[],
  joins: boolean,
): Promise<readonly StoredReference[]> {
  const there = await writer.getMany(page.map(({ id }) => id));
  const reachable = await Promise.all(page.map((one) => withReachableSources(index, writer, one)));
  const wanted = joins ? reachable.map((one) => joined(one, there.get(one.id))) : reachable;
  return wanted.filter((one) => !isCopied(one, there.get(one.id)));
}

/** Copied, or made anew; what gives none is noted. */
async function vectorsOf(
  index: OpenIndex,
  references: readonly StoredReference[],
  { anew }: IndexCopying,
  failures: Map<string, CopyFailure>,
): Promise<ReadonlyMap<string, UnitVector>> {
  if (anew === undefined) return index.reader.vectors(references.map(({ id }) => id));
  const made = await Promise.all(
    references.map(async (one) => {
      const kept = one.sources.some(({ root }) => root === FILES_ROOT) ? await index.photos.file(one.id) : null;
      const sources = one.sources.map(({ root, path }) => ({
        ...{ root, path },
        file: root === FILES_ROOT ? (kept ?? path) : fileFrom(root, path),
      }));
      return [one, await anew.vectorOf({ ...one, sources })] as const;
    }),
  );
  const vectors = new Map<string, UnitVector>();
  for (const [{ id, sources }, vector] of made) {
    if ('code' in vector) failures.set(id, { id, path: sources[0]?.path ?? null, ...vector });
    else vectors.set(id, vector);
  }
  return vectors;
}

/** @returns how many were written */
async function copyAll(
  index: OpenIndex,
  writer: ReferenceWriter,
  references: readonly StoredReference[],
  vectors: ReadonlyMap<string, UnitVector>,
  failures: ReadonlyMap<string, CopyFailure>,
): Promise<number> {
  const left = references.filter(({ id }) => !failures.has(id));
  if (left.length === 0) return 0;
  const thumbnails = await index.photos.thumbnails?.(left.map(({ id }) => id));
  await writer.apply(
    left.map((reference) => {
      const vector = vectors.get(reference.id);
      const thumbnail = thumbnails?.get(reference.id);
      if (vector !== undefined) return { kind: 'copy', reference, vector, ...(thumbnail && { thumbnail }) };
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

async function compare(
  index: OpenIndex,
  { to, names, filter, joins = false, onProgress, anew }: IndexCopying,
  failures: ReadonlyMap<string, CopyFailure>,
): Promise<string> {
  const copy = await to.open({ lazy: true });
  try {
    const total = (await countOf(index, filter)) * 2;
    let done = 0;
    const tell = (count: number) => {
      done += count;
      onProgress?.('comparing', done, total);
    };
    const how = { tell, withVectors: anew === undefined, withFacts: !joins, without: failures };
    const one = await contentOf(pagesOf(index, filter), index, how);
    const there = joins ? sameIn(pagesOf(index, filter), copy) : pagesOf(copy);
    const other = await contentOf(there, copy, how);
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

interface Content {
  tell(count: number): void;
  readonly withVectors: boolean;
  /** Without them where facts were joined, and may be those of another source. */
  readonly withFacts: boolean;
  readonly without: ReadonlyMap<string, unknown>;
}

/** Of all references together, whatever their order: hashes of each, added bit by bit. */
async function contentOf(
  pages: AsyncIterable<readonly StoredReference[]>,
  { reader }: OpenIndex,
  { tell, withVectors, withFacts, without }: Content,
) {
  const sum = Buffer.alloc(32);
  let references = 0;
  for await (const page of pages) {
    const wanted = page.filter(({ id }) => !without.has(id));
    const vectors = withVectors ? await reader.vectors(wanted.map(({ id }) => id)) : new Map<string, UnitVector>();
    for (const one of wanted) {
      const hash = hashOf(withFacts ? factsOf(one) : [one.id], vectors.get(one.id));
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) ^ (hash[i] ?? 0);
    }
    references += wanted.length;
    tell(page.length);
  }
  return { references, checksum: sum.toString('hex') };
}

function factsOf({ sources: _, point, ...facts }: StoredReference) {
  return Object.entries({ ...facts, ...point }).sort(([a], [b]) => (a < b ? -1 : 1));
}

function hashOf(facts: unknown, vector: UnitVector | undefined): Buffer {
  const hash = createHash('sha256').update(JSON.stringify(facts));
  return (vector === undefined ? hash : hash.update(Buffer.from(Float32Array.from(vector).buffer))).digest();
}
