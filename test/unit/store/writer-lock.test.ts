import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
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

function put(holder: object): void {
  writeFileSync(file, JSON.stringify({ started_at: '2026-01-01T00:00:00Z', token: 'other', ...holder }));
}

/** A pid that was alive a moment ago. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe("the writer's lock", () => {
  it('says who holds it, keeps others out, and leaves nothing behind', () => {
    const lock = acquireWriterLock(folder);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    expect(writerOf(folder)).toContain(`process ${process.pid} on ${hostname()} since `);
    expect(() => acquireWriterLock(folder)).toThrow(
      expect.objectContaining({
        family: 'later',
        code: 'index_busy',
        message: expect.stringContaining(`${process.pid}`),
      }),
    );
    lock.release();
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(writerOf(folder)).toBeNull();
    acquireWriterLock(folder).release();
  });

  it('of a dead process is taken over', () => {
    put({ pid: deadPid(), host: hostname() });
    const lock = acquireWriterLock(folder);
    expect(JSON.parse(readFileSync(file, 'utf8')).pid).toBe(process.pid);
    expect(readdirSync(folder)).toEqual(['writer.lock']);
    lock.release();
    expect(existsSync(file)).toBe(false);
  });

  it('of a pid that was given to another process since is taken over', () => {
    put({ pid: process.pid, host: hostname(), process_start: 'another boot:1' });
    acquireWriterLock(folder).release();
  });

  it('of another machine is never taken over, and the message says what to do', () => {
    put({ pid: deadPid(), host: 'elsewhere.example' });
    expect(() => acquireWriterLock(folder)).toThrow(`delete ${file}`);
  });

  it('that holds nothing readable is taken over', () => {
    writeFileSync(file, '{"pid": 12');
    acquireWriterLock(folder).release();
  });

  it('that was taken by another since is not released by its former holder', () => {
    const lock = acquireWriterLock(folder);
    put({ pid: process.pid, host: hostname() });
    lock.release();
    expect(existsSync(file)).toBe(true);
  });

  it('is taken over although who tried before died while taking it', () => {
    const dead = deadPid();
    put({ pid: dead, host: hostname(), token: 'gone' });
    writeFileSync(`${file}.takeover-gone`, JSON.stringify({ pid: dead, host: hostname(), token: 'half' }));
    acquireWriterLock(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });
});
