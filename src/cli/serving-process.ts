import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { workerFile } from '../config/package-root.js';
import { servingEnvironment } from '../config/serving-environment.js';
import type { Config } from '../config/settings.js';
import { fault } from '../domain/errors.js';
import { restartPauseMs } from '../domain/restart-pause.js';
import { receiveError, type SentError } from '../domain/sent-error.js';

/** Messages to the serving process: first what to do, later to reload changed files or to end. */
export type ServingOrder = { readonly config: Config; readonly socket: string } | 'reload' | 'stop';

/** Its answer: that it listens, or why it does not. */
export type ServingNews = { readonly ready: true } | { readonly failed: SentError };

/** Pauses before a restart. */
const PAUSES = { firstMs: 500, mostMs: 10_000 } as const;
/** A process that lived so long resets the pause. */
const LIVED_MS = 30_000;

/** The process that answers: it has the model, the index and all native code, and is restarted when it dies. */
export class ServingProcess {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #folder = process.platform === 'win32' ? null : socketFolder();
  readonly #stopping = new AbortController();
  #child: ChildProcess | null = null;
  #socket: string | null = null;
  #restarts = 0;
  #quickEnds = 0;

  constructor(config: Config, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
  }

  /** Path of its socket; null while it does not listen. */
  get socket(): string | null {
    return this.#socket;
  }

  metrics(): string {
    return `# HELP streetdex_serving_restarts_total How often the process that answers ended unexpectedly and was started again.
# TYPE streetdex_serving_restarts_total counter
streetdex_serving_restarts_total ${this.#restarts}
`;
  }

  /** Starts it for the first time. @throws what keeps it from starting */
  async start(): Promise<void> {
    const child = await this.#launch();
    this.#watch(child, performance.now());
  }

  /** Asks it to finish running calls and to end. Resolves to its exit code; 1 where it had none. */
  async stop(): Promise<number> {
    this.#stopping.abort();
    const child = this.#child;
    if (child === null) return 1;
    const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
    if (child.connected) child.send('stop' satisfies ServingOrder, () => undefined);
    return ended;
  }

  /** Tells it to reload changed files; one that is starting reads them anyway. */
  reload(): void {
    if (this.#child?.connected) this.#child.send('reload' satisfies ServingOrder, () => undefined);
  }

  /** Deletes its socket. */
  [Symbol.dispose](): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
  }

  #launch(): Promise<ChildProcess> {
    // A new name each time: the socket of a process that died may still be there.
    const name = randomUUID().slice(0, 8);
    const socket = this.#folder === null ? `\\\\.\\pipe\\streetdex-${name}` : join(this.#folder, name);
    // In a process group of its own, so that Ctrl-C reaches this process alone, which asks it to end.
    const child = fork(workerFile('cli/run/serve-worker'), { detached: true, env: servingEnvironment() });
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        reject(fault('serving_failed', `The process that answers ended at its start (${signal ?? `code ${code}`}).`));
        if (this.#child === child) this.#child = null;
      });
      child.once('message', (news: ServingNews) => {
        if ('failed' in news) return reject(receiveError(news.failed));
        this.#socket = socket;
        resolve(child);
      });
      child.send({ config: this.#config, socket } satisfies ServingOrder);
    });
  }

  #watch(child: ChildProcess, startedMs: number): void {
    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      this.#socket = null;
      if (this.#stopping.signal.aborted) return;
      this.#quickEnds = performance.now() - startedMs < LIVED_MS ? this.#quickEnds + 1 : 0;
      this.#restarts++;
      this.#logger.error(
        { ended_with: signal ?? `code ${code}`, restarts: this.#restarts },
        'the process that answers ended unexpectedly; another is started',
      );
      this.#startAgain().catch((error) => this.#logger.error({ err: error }, 'it could not be started again'));
    };
    if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode);
    else child.once('exit', ended);
  }

  async #startAgain(): Promise<void> {
    const { signal } = this.#stopping;
    for (; !signal.aborted; this.#quickEnds++) {
      await wait(restartPauseMs(this.#quickEnds, PAUSES), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const child = await this.#launch();
        this.#watch(child, performance.now());
        return;
      } catch (error) {
        this.#logger.error({ err: error }, 'the process that answers could not be started again');
      }
    }
  }
}

/** @throws `folder_read_only` */
function socketFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'streetdex-'));
  } catch (cause) {
    throw fault(
      'folder_read_only',
      `Expected a folder of temporary files that can be written, for the socket of the process that answers, but ${tmpdir()} can't be. Set TMPDIR to one that can, or start with --no-supervise.`,
      { cause },
    );
  }
}
