import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { acquireWriterLock, writerOf } from '../../../src/store/writer-lock.js';
import { temporaryFolder } from '../../support/references.js';

const base = temporaryFolder();
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(base, 'lock-'));
  file = join(folder, 'writer.lock');
});

/** This process, and no other, holds the lock: the file says so, others hear so, and nobody else gets it. */
function expectOurs(): void {
  const { pid, host, started_at } = JSON.parse(readFileSync(file, 'utf8'));
  expect({ pid, host }).toEqual({ pid: process.pid, host: hostname() });
  expect(Math.abs(Date.now() - Date.parse(started_at))).toBeLessThan(60_000);
  expect(writerOf(folder)).toBe(`process ${process.pid} on ${hostname()} since ${started_at}`);
  expect(() => acquireWriterLock(folder)).toThrow(expect.objectContaining({ code: 'index_busy' }));
  // Looking at the lock, or in vain for it, has not freed it.
  expect(
    inAnotherProcess("try { acquireWriterLock(folder); console.log('taken'); } catch (e) { console.log(e.code); }"),
  ).toBe('index_busy');
}

function expectFree(): void {
  expect(writerOf(folder)).toBeNull();
  expect(inAnotherProcess("acquireWriterLock(folder).release(); console.log('free');")).toBe('free');
  expect(readdirSync(folder)).toEqual([]);
}

function script(work: string): string {
  const module = JSON.stringify(resolve('dist/store/writer-lock.js'));
  return `import { acquireWriterLock, writerOf } from ${module};\nconst folder = ${JSON.stringify(folder)};\n${work}`;
}

function inAnotherProcess(work: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script(work)], {
    encoding: 'utf8',
  });
  return (stdout + stderr).trim();
}

/** A process that holds the lock until it is killed. */
async function holder(): Promise<ChildProcess> {
  const work = "acquireWriterLock(folder); console.log('held'); setInterval(() => {}, 1000);";
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(work)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

describe("the writer's lock", () => {
  it('says who holds it, keeps others out, and leaves nothing behind', () => {
    const lock = acquireWriterLock(folder);
    expectOurs();
    expect(() => acquireWriterLock(folder)).toThrow(
      expect.objectContaining({
        family: 'later',
        code: 'index_busy',
        message: expect.stringContaining(`process ${process.pid} on ${hostname()}`),
      }),
    );
    lock.release();
    lock.release();
    expectFree();
  });

  it('of a process that was killed is free at once, whatever its file says', async () => {
    const child = await holder();
    expect(writerOf(folder)).toContain(`process ${child.pid} on `);
    expect(() => acquireWriterLock(folder)).toThrow(`is being written by process ${child.pid} on ${hostname()}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: child.pid });
    expect(writerOf(folder)).toBeNull();
    const lock = acquireWriterLock(folder);
    expectOurs();
    lock.release();
    expectFree();
  });

  it('does not believe what a file says: a pid that lives, another machine, or half a line', () => {
    for (const said of [{ pid: process.ppid, host: hostname() }, { pid: 1, host: 'elsewhere.example' }, null]) {
      writeFileSync(
        file,
        said === null ? '{"pid": 12' : JSON.stringify({ started_at: '2026-01-01T00:00:00Z', ...said }),
      );
      expect(writerOf(folder)).toBeNull();
      const lock = acquireWriterLock(folder);
      expectOurs();
      lock.release();
    }
    expectFree();
  });

  it('is not lost when its holder asks who holds it, and says so where nobody can read who', () => {
    const lock = acquireWriterLock(folder);
    for (let i = 0; i < 20; i++) writerOf(folder);
    expectOurs();
    writeFileSync(file, '');
    expect(writerOf(folder)).toBe('another process');
    lock.release();
    expectFree();
  });

  it('is kept where nobody keeps what was returned for it', async () => {
    const work = 'acquireWriterLock(folder); for (let i = 0; i < 20; i++) { gc(); await new Promise(setImmediate); }';
    const look = "console.log(writerOf(folder)?.replace(/ on .*/, ''));";
    const args = ['--expose-gc', '--input-type=module', '-e', script(work + look)];
    const { stdout, pid } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout.trim()).toBe(`process ${pid}`);
  });

  it('on a disk that is mounted read-only is refused with a sentence, and nobody is said to hold it', () => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', folder]).status === 0;
    if (!mounted) return console.warn('Skipped: a file system can’t be mounted here.');
    try {
      expect(() => acquireWriterLock(folder)).toThrow(expect.objectContaining({ code: 'index_read_only' }));
      expect(writerOf(folder)).toBeNull();
    } finally {
      spawnSync('umount', [folder]);
    }
  });

  it('has one holder at a time of eight who take turns, and nobody waits for ever', async () => {
    await takeTurns(
      Array.from({ length: 8 }, () => []),
      40,
    );
  }, 120_000);

  const unshare = ['unshare', '--pid', '--fork', '--mount-proc'];
  const allowed = process.platform === 'linux' && spawnSync('unshare', [...unshare.slice(1), 'true']).status === 0;
  const inContainers = allowed ? it : it.skip;
  if (!allowed) console.warn('Skipped: process namespaces cannot be made here (unshare).');

  inContainers(
    'has one holder at a time of two with process numbers of their own, as containers have',
    async () => {
      await takeTurns([unshare, unshare], 50);
    },
    120_000,
  );

  /** Processes that take the lock so many times each; while one has it, a file is there that nobody else may make. */
  async function takeTurns(wrappers: readonly (readonly string[])[], rounds: number): Promise<void> {
    const work = `
      import { openSync, closeSync, unlinkSync } from 'node:fs';
      const alone = folder + '/alone';
      for (let round = 0; round < ${rounds}; ) {
        let lock;
        try { lock = acquireWriterLock(folder); } catch (error) {
          if (error.code !== 'index_busy') throw error;
          if (writerOf(folder) === '') throw new Error('nobody');
          await new Promise((resolve) => setTimeout(resolve, 3 * Math.random()));
          continue;
        }
        closeSync(openSync(alone, 'wx'));
        if (round % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        unlinkSync(alone);
        lock.release();
        round++;
      }`;
    const children = wrappers.map((wrapper) => {
      const [command = process.execPath, ...args] = [
        ...wrapper,
        process.execPath,
        '--input-type=module',
        '-e',
        script(work),
      ];
      return spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    });
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual(wrappers.map(() => 0));
    expectFree();
  }
});
