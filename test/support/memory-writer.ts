import type { PhotoFacts, Reference, Source } from '../../src/domain/reference.js';
import type { UnitVector } from '../../src/domain/unit-vector.js';
import { pathFrom } from '../../src/references/source-path.js';
import type { ReferenceTransaction, ReferenceWriter } from '../../src/references/writer.js';

type StoredFailure = Parameters<ReferenceTransaction['putFailure']>[0];

interface Tables {
  readonly references: Map<string, { reference: Reference; vector: UnitVector }>;
  /** Keyed by root and path; in the order in which they were added. */
  readonly sources: Map<string, { id: string; source: Source }>;
  readonly failures: Map<string, StoredFailure>;
}

const keyOf = (root: string, path: string) => `${root}\0${path}`;

/** A writer without a disk: all or nothing as SQLite does it, with a place to fail. */
export class MemoryWriter implements ReferenceWriter {
  tables: Tables = { references: new Map(), sources: new Map(), failures: new Map() };
  commits = 0;
  checkpoints = 0;
  readonly runs: { args: unknown; state: string; counts: object }[] = [];
  /** Paths of the failures that were met again, by call. */
  readonly met: string[][] = [];
  /** Called at the end of each transaction: throwing rolls it back. */
  beforeCommit: (commit: number) => void = () => undefined;

  transaction<T>(work: (tx: ReferenceTransaction) => T): T {
    const { references, sources, failures } = this.tables;
    const before = { references: new Map(references), sources: new Map(sources), failures: new Map(failures) };
    try {
      const result = work(this.open());
      this.beforeCommit(this.commits);
      this.commits++;
      return result;
    } catch (error) {
      this.tables = before;
      throw error;
    }
  }

  sourceState(root: string, path: string) {
    const found = this.tables.sources.get(keyOf(root, path));
    if (found === undefined) return null;
    return { id: found.id, ...found.source };
  }

  failureState(root: string, path: string) {
    return this.tables.failures.get(keyOf(root, path)) ?? null;
  }

  has(id: string): boolean {
    return this.tables.references.has(id);
  }

  facts(id: string): PhotoFacts | null {
    return this.tables.references.get(id)?.reference ?? null;
  }

  sources(id: string): readonly Source[] {
    return [...this.tables.sources.values()].filter((one) => one.id === id).map((one) => one.source);
  }

  sourcesNamedBy(manifest: string) {
    return [...this.tables.sources.values()]
      .map(({ source }) => source)
      .filter(({ root, origin }) => origin !== null && origin.manifest === pathFrom(root, manifest));
  }

  noteFailuresMet(met: readonly { readonly root: string; readonly path: string }[]): void {
    this.met.push(met.map(({ path }) => path));
  }

  beginRun(args: unknown): number {
    return this.runs.push({ args, state: 'running', counts: {} }) - 1;
  }

  endRun(id: number, state: 'finished' | 'stopped' | 'failed', counts: object): void {
    this.runs[id] = { args: this.runs[id]?.args, state, counts };
  }

  keepFile(bytes: Uint8Array, extension: string): string {
    return `${bytes.length}${extension}`;
  }

  async checkpoint(): Promise<void> {
    this.checkpoints++;
  }

  async close(): Promise<void> {}

  private open(): ReferenceTransaction {
    const { references, sources, failures } = this.tables;
    return {
      put: (reference, vector) => {
        if (references.has(reference.id)) return 'unchanged';
        references.set(reference.id, { reference, vector });
        return 'added';
      },
      update: (id, facts, iso2) => {
        const stored = references.get(id);
        if (stored === undefined) throw new Error(`no reference ${id}`);
        const reference = { ...stored.reference, ...facts, iso2 };
        if (JSON.stringify(reference) === JSON.stringify(stored.reference)) return 'unchanged';
        references.set(id, { ...stored, reference });
        return 'updated';
      },
      putSource: (id, source) => {
        if (!references.has(id)) throw new Error(`no reference ${id}`);
        const key = keyOf(source.root, source.path);
        if (sources.get(key)?.id !== id) sources.delete(key);
        sources.set(key, { id, source });
      },
      removeSource: (root, path) => void sources.delete(keyOf(root, path)),
      remove: (id) => references.delete(id),
      putFailure: (failure) => void failures.set(keyOf(failure.root, failure.path), failure),
      clearFailure: (root, path) => void failures.delete(keyOf(root, path)),
    };
  }
}
