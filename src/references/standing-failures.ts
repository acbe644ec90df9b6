import type { Failure, FailureFilter, IngestJournal } from './journal.js';
import type { KnownFiles } from './known-files.js';
import type { LocalJournal } from './local-journal.js';
import type { Run } from './run.js';

const FAILURES_MAX = 10_000;

/** A machine's runs and failures, without the failures whose photo the index has by another path. */
export class StandingFailures implements IngestJournal {
  readonly #journal: LocalJournal;
  readonly #known: Pick<KnownFiles, 'present'>;

  constructor(journal: LocalJournal, known: Pick<KnownFiles, 'present'>) {
    this.#journal = journal;
    this.#known = known;
  }

  async runs({ limit = 20 }: { limit?: number } = {}): Promise<readonly Run[]> {
    return this.#journal.runs(limit);
  }

  async failures({
    limit = FAILURES_MAX,
    ...filter
  }: FailureFilter & { limit?: number } = {}): Promise<readonly Failure[]> {
    return (await this.#standing(filter)).slice(0, limit);
  }

  async failureCodes(
    filter: FailureFilter = {},
  ): Promise<readonly { readonly code: string; readonly count: number }[]> {
    const counts = new Map<string, number>();
    for (const { code } of await this.#standing(filter)) counts.set(code, (counts.get(code) ?? 0) + 1);
    return [...counts]
      .map(([code, count]) => ({ code, count }))
      .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  }

  async failureFile(id: number): Promise<{ readonly path: string; readonly photoId: string } | null> {
    return this.#journal.failureFile(id);
  }

  async #standing(filter: FailureFilter): Promise<readonly Failure[]> {
    const failures = this.#journal.failures(filter);
    const stored = await this.#known.present(failures.flatMap(({ photoId }) => photoId ?? []));
    return failures.filter(({ photoId }) => photoId === null || !stored.has(photoId));
  }
}
