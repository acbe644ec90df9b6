import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** This process, and no other, holds the lock: the file says so, others hear so, and nobody else gets it. */
function expectOurs(): void {
  const { pid, host, token, started_at } = JSON.parse(readFileSync(file, 'utf8'));
  expect({ pid, host }).toEqual({ pid: process.pid, host: hostname() });
  expect(['other', 'gone', 'half']).not.toContain(token);
  expect(Math.abs(Date.now() - Date.parse(started_at))).toBeLessThan(60_000);
  expect(writerOf(folder)).toBe(`process ${process.pid} on ${hostname()} since ${started_at}`);
  expect(readdirSync(folder)).toEqual(['writer.lock']);
  expect(() => acquireWriterLock(folder)).toThrow(expect.objectContaining({ code: 'index_busy' }));
}

function expectFree(): void {
  expect(readdirSync(folder)).toEqual([]);
  expect(writerOf(folder)).toBeNull();
}

describe("the writer's lock", () => {
  it('says who holds it, keeps others out, and leaves nothing behind', () => {
    const lock = acquireWriterLock(folder);
    expectOurs();
    expect(() => acquireWriterLock(folder)).toThrow(
      expect.objectContaining({
        family: 'later',
        code: 'index_busy',
        message: expect.stringContaining(`${process.pid}`),
      }),
    );
    lock.release();
    lock.release();
    expectFree();
    acquireWriterLock(folder).release();
    expectFree();
  });

  it('of a dead process is taken over', () => {
    put({ pid: deadPid(), host: hostname() });
    expect(writerOf(folder)).toBeNull();
    const lock = acquireWriterLock(folder);
    expectOurs();
    lock.release();
    expectFree();
  });

  it('of a process that lives is not, and stays that one', () => {
    const living = process.ppid;
    put({ pid: living, host: hostname() });
    const before = readFileSync(file, 'utf8');
    expect(() => acquireWriterLock(folder)).toThrow(`is being written by process ${living} on ${hostname()}`);
    expect(writerOf(folder)).toContain(`process ${living} on `);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('of a pid that was given to another process since is taken over', () => {
    put({ pid: process.pid, host: hostname(), process_start: 'another boot:1' });
    const lock = acquireWriterLock(folder);
    expectOurs();
    lock.release();
    expectFree();
  });

  it('of another machine is never taken over, and the message says what to do', () => {
    const pid = deadPid();
    put({ pid, host: 'elsewhere.example' });
    expect(() => acquireWriterLock(folder)).toThrow(`delete ${file}`);
    expect(writerOf(folder)).toBe(`process ${pid} on elsewhere.example since 2026-01-01T00:00:00Z`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid, host: 'elsewhere.example', token: 'other' });
  });

  it('that holds nothing readable is taken over', () => {
    writeFileSync(file, '{"pid": 12');
    const lock = acquireWriterLock(folder);
    expectOurs();
    lock.release();
    expectFree();
  });

  it('that was taken by another since is not released by its former holder', () => {
    const lock = acquireWriterLock(folder);
    put({ pid: process.pid, host: hostname() });
    lock.release();
    expect(JSON.parse(readFileSync(file, 'utf8')).token).toBe('other');
  });

  it('is taken over although who tried before died while taking it', () => {
    const dead = deadPid();
    put({ pid: dead, host: hostname(), token: 'gone' });
    writeFileSync(`${file}.takeover-gone`, JSON.stringify({ pid: dead, host: hostname(), token: 'half' }));
    const lock = acquireWriterLock(folder);
    expectOurs();
    lock.release();
    expectFree();
  });
});
