import { NoteTally } from './note-tally.js';
import type { SourceNotes } from './sources/candidate.js';

/** What became of the photos of a run. Each photo counts once. */
export interface IngestCounts {
  /** New references. */
  added: number;
  /** References whose facts were corrected. */
  updated: number;
  /** New paths of references that existed, or that this run added: the same bytes. */
  linked: number;
  unchanged: number;
  failed: number;
}

/**
 * Two sources of the same bytes whose positions are more than 25 m apart; the position of the source that has the say is used.
 */
export interface SourceConflict {
  readonly path: string;
  readonly otherPath: string;
  readonly km: number;
}

export interface PhotoFailure {
  readonly root: string;
  readonly path: string;
  readonly code: string;
  readonly reason: string;
}

/** A stored position that its origin no longer gives. */
export interface Withdrawal {
  readonly path: string;
  /** Id of the photo's reference. */
  readonly id: string;
  /** False where another source of the same photo still has a position. */
  readonly referenceRemoved: boolean;
}

/** Time of the CPU-bound stages, summed over photos, in ms. */
export interface StageTimes {
  decodeMs: number;
  preprocessMs: number;
  encodeMs: number;
}

export interface IngestReport extends IngestCounts, StageTimes {
  /** Photos that the sources named. */
  readonly photos: number;
  /** Files whose bytes changed; the references of their former bytes stay until `index prune`. */
  readonly replaced: number;
  /** The first 1,000 of this run; the index keeps all of them. */
  readonly failures: readonly PhotoFailure[];
  readonly conflicts: readonly SourceConflict[];
  readonly conflictCount: number;
  /** The first 1,000; each of them counts as failed too. */
  readonly withdrawals: readonly Withdrawal[];
  readonly withdrawn: number;
  readonly ignoredFiles: number;
  readonly ignoredByExtension: Readonly<Record<string, number>>;
  /** Manifest entries that are marked as failed. */
  readonly skippedEntries: number;
  readonly notices: readonly string[];
  readonly interrupted: boolean;
  readonly wallMs: number;
}

const LISTED_MAX = 1000;
const NAMED_MAX = 20;

/** Collects a run's counts and lists; its memory is bounded, however long the run. */
export class ReportBuilder {
  readonly counts: IngestCounts = { added: 0, updated: 0, linked: 0, unchanged: 0, failed: 0 };
  readonly notes = new NoteTally();
  replaced = 0;
  readonly #failures: PhotoFailure[] = [];
  readonly #conflicts: SourceConflict[] = [];
  #conflictCount = 0;
  readonly #withdrawals: Withdrawal[] = [];
  #withdrawn = 0;
  #removed = 0;
  readonly #startMs = performance.now();

  fail(failure: PhotoFailure): void {
    this.counts.failed++;
    if (this.#failures.length < LISTED_MAX) this.#failures.push(failure);
  }

  conflict(conflict: SourceConflict): void {
    this.#conflictCount++;
    if (this.#conflicts.length < LISTED_MAX) this.#conflicts.push(conflict);
  }

  withdraw(withdrawal: Withdrawal): void {
    this.#withdrawn++;
    if (withdrawal.referenceRemoved) this.#removed++;
    if (this.#withdrawals.length < LISTED_MAX) this.#withdrawals.push(withdrawal);
  }

  /** Notices that are known only when all photos were seen. */
  lastNotices(): readonly string[] {
    return [...this.notes.sentences(), ...this.#withdrawalNotice()];
  }

  #withdrawalNotice(): readonly string[] {
    if (this.#withdrawn === 0) return [];
    const named = this.#withdrawals.slice(0, NAMED_MAX).map(({ path }) => path);
    const more = this.#withdrawn > named.length ? ` and ${this.#withdrawn - named.length} more` : '';
    const count = this.#withdrawn === 1 ? '1 position was' : `${this.#withdrawn} positions were`;
    const gone = this.#removed === 1 ? '1 reference that has' : `${this.#removed} references that have`;
    return [`${count} withdrawn, and with that ${gone} no other source: ${named.join(', ')}${more}.`];
  }

  get done(): number {
    const { added, updated, linked, unchanged, failed } = this.counts;
    return added + updated + linked + unchanged + failed;
  }

  build(
    photos: number,
    notes: SourceNotes,
    interrupted: boolean,
    times: StageTimes = { decodeMs: 0, preprocessMs: 0, encodeMs: 0 },
  ): IngestReport {
    return {
      photos,
      ...this.counts,
      replaced: this.replaced,
      failures: this.#failures,
      conflicts: this.#conflicts,
      conflictCount: this.#conflictCount,
      withdrawals: this.#withdrawals,
      withdrawn: this.#withdrawn,
      ignoredFiles: [...notes.ignoredByExtension.values()].reduce((sum, count) => sum + count, 0),
      ignoredByExtension: Object.fromEntries(notes.ignoredByExtension),
      skippedEntries: notes.skippedEntries,
      notices: notes.notices,
      interrupted,
      ...times,
      wallMs: performance.now() - this.#startMs,
    };
  }
}
