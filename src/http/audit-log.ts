import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { fault } from '../domain/errors.js';
import { keyId } from './api-key.js';
import { localsOf } from './locals.js';

/** What waits for a disk that takes nothing; later lines are counted and lost. */
const WAITING_BYTES_MAX = 1024 * 1024;
const LINES_AT_ONCE = 256;
// A pipe that nobody reads would hold up whoever opens it, and a line is never written over another.
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NONBLOCK ?? 0);
const MODE = 0o600;

/**
 * A file of lines that grows at its end. No call waits for it: lines are written beside the calls, and where the disk is full
 * or slow they wait within a bound, and are lost beyond it. The log says so once, and again when it is over.
 */
export class AuditLog {
  readonly #file: string;
  readonly #logger: Logger;
  #handle: FileHandle | null = null;
  #lines: Buffer[] = [];
  #waitingBytes = 0;
  /** Bytes of the first line that are written. */
  #begun = 0;
  #lost = 0;
  #failing = false;
  #openAgain = true;
  #ended = false;
  #work: Promise<void> | null = null;

  /** @throws `audit_log_unusable` */
  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
    try {
      const descriptor = openSync(file, FLAGS, MODE);
      const isFile = fstatSync(descriptor).isFile();
      closeSync(descriptor);
      if (!isFile) throw new Error(NOT_A_FILE);
    } catch (error) {
      throw fault(
        'audit_log_unusable',
        `Expected ${file} to be a file that can be written at its end, for the audit log, but it is not (${reasonOf(error)}). Its folder must exist, and this user may write there.`,
      );
    }
  }

  add(entry: object): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    if (this.#waitingBytes + line.length > WAITING_BYTES_MAX) {
      this.#lost++;
      this.#say('it takes nothing, and no more can wait');
    } else {
      this.#lines.push(line);
      this.#waitingBytes += line.length;
    }
    this.#start();
  }

  /** Goes on in the file that has its name now: after the one so far was moved away. */
  reopen(): void {
    this.#openAgain = true;
    this.#start();
  }

  /** Writes what waits, if the disk takes it, and closes the file. Nothing is added after. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#work;
    this.#start();
    await this.#work;
    await this.#handle?.close();
  }

  #start(): void {
    this.#work ??= this.#run().finally(() => {
      this.#work = null;
    });
  }

  async #run(): Promise<void> {
    while (this.#openAgain || this.#lines.length > 0) {
      try {
        if (this.#openAgain || this.#handle === null) this.#handle = await this.#open(this.#handle);
        else await this.#write(this.#handle);
      } catch (error) {
        // The next line tries again.
        return this.#say(reasonOf(error));
      }
    }
  }

  async #write(handle: FileHandle): Promise<void> {
    const bytes = Buffer.concat(this.#lines.slice(0, LINES_AT_ONCE)).subarray(this.#begun);
    const { bytesWritten } = await handle.write(bytes);
    this.#begun += bytesWritten;
    for (let [line] = this.#lines; line !== undefined && this.#begun >= line.length; [line] = this.#lines) {
      this.#lines.shift();
      this.#begun -= line.length;
      this.#waitingBytes -= line.length;
    }
    if (!this.#failing || this.#lines.length > 0) return;
    this.#logger.warn({ lost: this.#lost }, 'the audit log is written again');
    this.#failing = false;
    this.#lost = 0;
  }

  async #open(old: FileHandle | null): Promise<FileHandle> {
    this.#openAgain = false;
    const next = await open(this.#file, FLAGS, MODE);
    if (!(await next.stat()).isFile()) {
      await next.close();
      throw new Error(NOT_A_FILE);
    }
    // A line that was cut off stands whole in the new file.
    this.#begun = 0;
    await old?.close();
    return next;
  }

  /** Once, until it is over. */
  #say(reason: string): void {
    if (this.#failing) return;
    this.#failing = true;
    this.#logger.error(
      { reason },
      `The audit log ${this.#file} can't be written. Calls are answered all the same; make room, or mend what is in the way. Up to ${WAITING_BYTES_MAX} bytes of lines wait, later ones are lost.`,
    );
  }
}

/** One line for each call when it is over, but for those by which machines ask whether the server lives. */
export function auditCalls(audit: AuditLog, unheard: ReadonlySet<string>): RequestHandler {
  return (request, response, next) => {
    const at = new Date().toISOString();
    response.once('close', () => {
      const { key, address, route = 'none', requestId } = localsOf(response);
      if (unheard.has(route)) return;
      audit.add({
        at,
        ...(key == null ? { address } : { key: keyId(key) }),
        method: request.method,
        route,
        // null: the caller went away before there was one.
        status: response.headersSent ? response.statusCode : null,
        request_id: requestId,
      });
    });
    next();
  };
}

const NOT_A_FILE = 'it is no plain file';
const reasonOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? (error as Error).message;
