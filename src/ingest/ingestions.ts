import { randomUUID } from 'node:crypto';
import { fault } from '../domain/errors.js';
import type { Failure, FailureFilter } from '../references/journal.js';
import type { Run } from '../references/run.js';
import type { AllowedRoots } from './allowed-roots.js';
import type { IngestEvent } from './ingest-events.js';
import type { IngestOptions } from './ingest-options.js';
import type { IngestReport } from './ingest-report.js';
import { Ingestion, type IngestionStatus } from './ingestion.js';
import type { IngestionRequest } from './ingestion-request.js';

export interface IngestionParts {
  readonly roots: AllowedRoots;
  /** Runs an ingest with the index open for writing; calls `begun` once it is. */
  readonly run: (run: {
    readonly id: string;
    readonly sources: readonly string[];
    readonly options: IngestOptions;
    /** Only these photos of the sources. */
    readonly only?: ReadonlySet<string>;
    readonly onEvent: (event: IngestEvent) => void;
    readonly signal: AbortSignal;
    readonly begun: () => void;
  }) => Promise<IngestReport>;
  /** The index's runs, newest first. */
  readonly runs: () => Promise<readonly Run[]>;
  /** Keys of the failed photos. */
  readonly failed: (which: FailureFilter) => Promise<ReadonlySet<string>>;
  /** Whether a process is writing to the index now. */
  readonly isBeingWritten: () => Promise<boolean>;
}

const KEPT = 20;

/** The ingestions of a server: one at a time. Earlier ones, of whatever process, come from the index's runs. */
export class Ingestions {
  readonly #own = new Map<string, Ingestion>();
  #current: { readonly ingestion: Ingestion; readonly done: Promise<unknown> } | null = null;
  #closed = false;
  /** Called with the error of an ingestion that failed. */
  onError: (error: unknown) => void = () => undefined;

  readonly #parts: IngestionParts;

  constructor(parts: IngestionParts) {
    this.#parts = parts;
  }

  get roots(): readonly string[] {
    return this.#parts.roots.names;
  }

  /** Id of the running ingestion; null where there is none. */
  get running(): string | null {
    return this.#current?.ingestion.id ?? null;
  }

  /**
   * Begins an ingestion; resolves once it has the index open for writing.
   * @throws `ingestion_not_allowed`, `source_not_allowed`, `source_not_found`, `ingestion_running`, `index_busy` (later)
   */
  async start(request: IngestionRequest): Promise<Ingestion> {
    return this.#begin(request.sources, () => this.#parts.roots.resolve(request));
  }

  /**
   * Repeats an earlier ingestion for the photos that failed in it and have not come in since, even where their files are
   * unchanged.
   * @throws `ingestion_not_found`, `source_not_allowed` where its folders are not allowed, and as `start`
   */
  async retry(id: string, which: Pick<FailureFilter, 'code' | 'text'>): Promise<Ingestion> {
    const run = (await this.#parts.runs()).find((one) => idOf(one) === id);
    const asked = run === undefined ? undefined : askedOf(run);
    if (run === undefined || asked === undefined) throw notFound(id);
    const names = asked.sources.map((source) => this.#parts.roots.plainSource(source));
    return this.#begin(names, async () => ({
      ...(await this.#parts.roots.resolveAgain({ ...asked, retryFailed: true })),
      only: await this.#parts.failed({ ...which, run: run.id }),
    }));
  }

  async #begin(
    names: readonly string[],
    resolve: () => Promise<Pick<Parameters<IngestionParts['run']>[0], 'sources' | 'options' | 'only'>>,
  ): Promise<Ingestion> {
    if (this.#closed) throw fault('shutting_down', 'The server is shutting down.', { retryAfterS: 5 });
    this.#refuseSecond();
    const asked = await resolve();
    this.#refuseSecond();
    const ingestion = new Ingestion(randomUUID(), names, (text) => this.#parts.roots.plain(text));
    return new Promise((resolve, reject) => {
      const begun = () => {
        this.#keep(ingestion);
        resolve(ingestion);
      };
      const onEvent = (event: IngestEvent) => ingestion.hear(event);
      const done = this.#parts
        .run({ id: ingestion.id, ...asked, onEvent, signal: ingestion.stop.signal, begun })
        .then(
          (report) => ingestion.end(report),
          (error: unknown) => {
            if (this.#own.has(ingestion.id)) this.onError(error);
            ingestion.fail(error);
            reject(error);
          },
        )
        .finally(() => {
          this.#current = null;
        });
      this.#current = { ingestion, done };
    });
  }

  /** An ingestion of this process, with its events; null for any other. */
  live(id: string): Ingestion | null {
    return this.#own.get(id) ?? null;
  }

  /** @throws `ingestion_not_found` */
  async status(id: string): Promise<IngestionStatus> {
    const found = this.live(id)?.status() ?? (await this.list()).find((status) => status.id === id);
    if (found === undefined) throw notFound(id);
    return found;
  }

  /** Id of an ingestion's run in the index; null while it has none yet. @throws `ingestion_not_found` */
  async runOf(id: string): Promise<number | null> {
    const run = (await this.#parts.runs()).find((one) => idOf(one) === id);
    if (run === undefined && this.live(id) === null) throw notFound(id);
    return run?.id ?? null;
  }

  /** Ids of ingestions by the ids of their runs. */
  async idsOfRuns(): Promise<ReadonlyMap<number, string>> {
    return new Map((await this.#parts.runs()).map((run) => [run.id, idOf(run)]));
  }

  /** A failure without the operator's folders, as callers may see it. */
  plainFailure({ root, reason }: Pick<Failure, 'root' | 'reason'>): { readonly root: string; readonly reason: string } {
    const plain = this.#parts.roots.plainSource(root);
    return { root: plain, reason: this.#parts.roots.plain(reason.replaceAll(root, plain)) };
  }

  /** All ingestions, newest first. */
  async list(): Promise<readonly IngestionStatus[]> {
    const own = [...this.#own.values()].map((ingestion) => ingestion.status()).reverse();
    const ids = new Set(own.map(({ id }) => id));
    const runs = await this.#parts.runs();
    const elsewhere = this.running === null && (await this.#parts.isBeingWritten());
    const others = runs.map((run, i) => this.#past(run, elsewhere && i === 0)).filter(({ id }) => !ids.has(id));
    return [...own, ...others].sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0));
  }

  /** Asks an ingestion to stop after the photos in hand. @throws `ingestion_not_found` */
  async cancel(id: string): Promise<IngestionStatus> {
    this.live(id)?.stop.abort();
    return this.status(id);
  }

  /** Stops the running ingestion and waits for it; no other can begin. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#current?.ingestion.stop.abort();
    await this.#current?.done;
  }

  #refuseSecond(): void {
    if (this.#current === null) return;
    throw fault(
      'ingestion_running',
      `The ingestion ${this.#current.ingestion.id} is running. Wait for it to end, or cancel it.`,
    );
  }

  #keep(ingestion: Ingestion): void {
    this.#own.set(ingestion.id, ingestion);
    for (const oldest of this.#own.keys()) {
      if (this.#own.size <= KEPT) break;
      this.#own.delete(oldest);
    }
  }

  #past(run: Run, isWritten: boolean): IngestionStatus {
    const { sources = [] } = run.arguments as RunArguments;
    const { added = 0, updated = 0, linked = 0, unchanged = 0, failed = 0 } = run.counts;
    return {
      id: idOf(run),
      state: run.state === 'running' && !isWritten ? 'interrupted' : run.state,
      sources: sources.map((source) => this.#parts.roots.plainSource(source)),
      startedAt: run.startedAt,
      endedAt: run.endedAt,
      done: added + updated + linked + unchanged + failed,
      ...{ total: null, rate: null, secondsLeft: null, failures: [], notices: [], problem: null },
      counts: run.counts,
    };
  }
}

/** The arguments of a run, as `runIngest` and a copy record them; any of them may be missing. */
interface RunArguments {
  readonly ingestion?: string;
  readonly sources?: readonly string[];
}

/** The request of a run; undefined where the run was no ingest. */
function askedOf(run: Run): IngestionRequest | undefined {
  const { sources, images, gpx, clockOffset, clockCorrection, gapMaxS } = run.arguments as Partial<IngestionRequest>;
  if (sources === undefined) return undefined;
  return {
    sources,
    ...(images !== undefined && { images }),
    ...(gpx !== undefined && { gpx }),
    ...(clockOffset !== undefined && { clockOffset }),
    ...(clockCorrection !== undefined && { clockCorrection }),
    ...(gapMaxS !== undefined && { gapMaxS }),
  };
}

const idOf = (run: Run): string => (run.arguments as RunArguments).ingestion ?? `run-${run.id}`;

const notFound = (id: string) => fault('ingestion_not_found', `There is no ingestion with the id '${id}'.`);
