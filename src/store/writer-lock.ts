import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fault } from '../domain/errors.js';
import { storeError } from './store-error.js';

/** Who holds a lock. `process_start` tells a process from a later one that was given the same pid; null where unknown. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly process_start: string | null;
  readonly started_at: string;
  readonly token: string;
}

export interface WriterLock {
  /** Gives the lock back; does nothing when it is not ours any more. */
  release(): void;
}

/**
 * Takes the lock of the one writer of `folder` (`writer.lock`: pid, host, start time). The lock of a process of this
 * host that no longer lives is taken over, by exactly one of those who try.
 * @throws `index_busy` (later) when another process holds it: who, since when, and what to do.
 */
export function acquireWriterLock(folder: string, name = 'writer.lock'): WriterLock {
  const file = join(folder, name);
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    process_start: processStart(process.pid),
    started_at: new Date().toISOString(),
    token: randomUUID(),
  };
  // A few turns: a holder may leave, or another may take over, between looking and taking.
  for (let turn = 0; turn < 20; turn++) {
    if (createWith(file, mine)) return lockOf(file, mine);
    const holder = readHolder(file);
    if (holder === null) continue;
    if (isAlive(holder)) throw busy(folder, file, holder);
    if (takeOver(file, holder, mine)) return lockOf(file, mine);
  }
  throw fault('index_busy', `The lock ${file} keeps changing hands. Try again in a moment.`);
}

/** Who writes to `folder` now, for people; null when nobody does. */
export function writerOf(folder: string, name = 'writer.lock'): string | null {
  const holder = readHolder(join(folder, name));
  return holder !== null && isAlive(holder) ? describe(holder) : null;
}

function lockOf(file: string, mine: Holder): WriterLock {
  return {
    release() {
      if (readHolder(file)?.token === mine.token) unlinkSync(file);
    },
  };
}

/** The file appears with its whole content or not at all: a link, not an open, so no reader meets half a holder. */
function createWith(file: string, holder: Holder): boolean {
  const draft = `${file}.${holder.token}`;
  try {
    writeFileSync(draft, JSON.stringify(holder));
  } catch (error) {
    removeIfPresent(draft);
    throw fileError(error, file);
  }
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') return false;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return createWithoutLinks(file, holder);
    throw fileError(error, file);
  } finally {
    unlinkSync(draft);
  }
}

/** For file systems without hard links. */
function createWithoutLinks(file: string, holder: Holder): boolean {
  try {
    writeFileSync(file, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileError(error, file);
  }
}

/**
 * Replaces a dead holder. Only who holds the guard named after the dead holder's token may replace it, and looks again
 * under the guard: of two who saw the same dead holder, the slower finds another token and leaves.
 */
function takeOver(file: string, dead: Holder, mine: Holder): boolean {
  const guard = `${file}.takeover-${dead.token}`;
  if (!createWith(guard, mine)) {
    const other = readHolder(guard);
    if (other !== null && !isAlive(other)) removeIfPresent(guard);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    return false;
  }
  try {
    if (readHolder(file)?.token !== dead.token) return false;
    const draft = `${file}.${mine.token}`;
    writeFileSync(draft, JSON.stringify(mine));
    renameSync(draft, file);
    return true;
  } finally {
    removeIfPresent(guard);
  }
}

function readHolder(file: string): Holder | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    if (typeof holder.pid === 'number' && typeof holder.host === 'string' && typeof holder.token === 'string') {
      return { process_start: null, started_at: 'an unknown time', ...holder } as Holder;
    }
  } catch {
    // Falls through: a lock that nobody can read, e.g. cut short by a power failure.
  }
  return { pid: -1, host: hostname(), process_start: null, started_at: 'an unknown time', token: 'unreadable' };
}

/** A process of another host can't be seen from here: it counts as alive. */
function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.pid <= 0) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const start = processStart(holder.pid);
  return start === null || holder.process_start === null || start === holder.process_start;
}

/** On Linux the boot and the tick at which a process began; elsewhere null. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may hold spaces and parentheses; starttime is the 22nd field.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    if (state === 'Z') return 'zombie';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}`;
  } catch {
    return null;
  }
}

function busy(folder: string, file: string, holder: Holder) {
  const elsewhere =
    holder.host === hostname()
      ? 'Wait for it to end, or stop it.'
      : `It runs on another machine: if you are sure that it no longer does, delete ${file}.`;
  return fault('index_busy', `${folder} is being written by ${describe(holder)}. ${elsewhere}`, { retryAfterS: 5 });
}

function describe(holder: Holder): string {
  return `process ${holder.pid} on ${holder.host} since ${holder.started_at}`;
}

function removeIfPresent(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function fileError(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC') return storeError(Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' }), file);
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return storeError(Object.assign(new Error('read only'), { code: 'SQLITE_READONLY' }), file);
  }
  return error;
}
