import type { Ingestion as IngestionJson } from '../api/types.js';
import { StreetdexError } from '../domain/errors.js';
import type { IngestEvent } from './ingest-events.js';
import type { IngestReport } from './ingest-report.js';

export type IngestionFailure = IngestionJson['failures'][number];

/** State of an ingestion. */
export interface IngestionStatus extends Omit<IngestionJson, 'started_at' | 'ended_at' | 'seconds_left'> {
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly secondsLeft: number | null;
}

/** `status` when anything changed but failures and notices. */
export type IngestionEvent =
  | { readonly type: 'status'; readonly data: IngestionStatus }
  | { readonly type: 'failure'; readonly data: IngestionFailure }
  | { readonly type: 'notice'; readonly data: { readonly message: string } };

export interface NumberedEvent {
  readonly number: number;
  readonly event: IngestionEvent;
}

const LISTED_MAX = 1000;
const REPLAYED_MAX = 500;

/** One ingestion of this process: its state, and its events for listeners, numbered from 1. */
export class Ingestion {
  #status: IngestionStatus;
  #number = 0;
  #recent: NumberedEvent[] = [];
  readonly #listeners = new Set<(event: NumberedEvent) => void>();
  readonly #failures: IngestionFailure[] = [];
  readonly #notices: string[] = [];
  readonly stop = new AbortController();

  readonly #plain: (text: string) => string;

  /** @param plain removes the operator's folders from a text */
  constructor(
    readonly id: string,
    sources: readonly string[],
    plain: (text: string) => string,
  ) {
    this.#plain = plain;

    this.#status = {
      ...{ id, sources, state: 'running', startedAt: new Date().toISOString(), endedAt: null },
      ...{ done: 0, total: null, rate: null, secondsLeft: null, counts: {}, problem: null },
      ...{ failures: this.#failures, notices: this.#notices },
    };
  }

  status(): IngestionStatus {
    return this.#status;
  }

  /** Number of the last event. */
  get number(): number {
    return this.#number;
  }

  /** The events after this number; null where some of them were dropped. */
  since(number: number): readonly NumberedEvent[] | null {
    if (number > this.#number || number < this.#number - this.#recent.length) return null;
    return this.#recent.filter((event) => event.number > number);
  }

  /** @returns a function that ends the subscription */
  listen(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes in an event of the run. */
  hear(event: IngestEvent): void {
    if (event.type === 'planned') this.#become({ total: event.photos });
    else if (event.type === 'progress') {
      const { done, total, rate, seconds_left: secondsLeft, added, updated, unchanged, failed } = event;
      this.#become({ done, total, rate, secondsLeft, counts: { added, updated, unchanged, failed } });
    } else if (event.type === 'failure') {
      const data = { path: event.path, code: event.code, reason: this.#plain(event.reason) };
      if (this.#failures.length < LISTED_MAX) this.#failures.push(data);
      this.#say({ type: 'failure', data });
    } else if (event.type === 'notice') {
      const message = this.#plain(event.message);
      if (this.#notices.length < LISTED_MAX) this.#notices.push(message);
      this.#say({ type: 'notice', data: { message } });
    }
  }

  end(report: IngestReport): void {
    const { added, updated, linked, unchanged, failed } = report;
    this.#finish(report.interrupted ? 'stopped' : 'finished', {
      ...{ done: added + updated + linked + unchanged + failed, counts: { added, updated, linked, unchanged, failed } },
    });
  }

  fail(error: unknown): void {
    const known = error instanceof StreetdexError && error.family !== 'ours';
    this.#finish('failed', {
      problem: known
        ? { code: error.code, detail: this.#plain(error.message) }
        : {
            code: error instanceof StreetdexError ? error.code : 'internal',
            detail: 'Something went wrong on our side; the log has the details.',
          },
    });
  }

  #finish(state: IngestionStatus['state'], more: Partial<IngestionStatus>): void {
    this.#become({ ...more, state, endedAt: new Date().toISOString(), rate: null, secondsLeft: null });
    this.#listeners.clear();
  }

  #become(change: Partial<IngestionStatus>): void {
    this.#status = { ...this.#status, ...change };
    // Listeners get each failure as its own event: a thousand of them with every status would be too much.
    this.#say({ type: 'status', data: { ...this.#status, failures: [], notices: [] } });
  }

  #say(event: IngestionEvent): void {
    const numbered = { number: ++this.#number, event };
    this.#recent.push(numbered);
    if (this.#recent.length > REPLAYED_MAX) this.#recent = this.#recent.slice(-REPLAYED_MAX / 2);
    for (const listener of this.#listeners) listener(numbered);
  }
}
