import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { rebuildGraph } from '../../../src/references/embedded/rebuild-graph.js';
import { verifyIndex } from '../../../src/references/embedded/verify-index.js';
import { eventually, idOf, MODEL, seeded, temporaryFolder, vectorOf } from '../../support/references.js';

const base = temporaryFolder();

/** A writer in a process of its own, and what it said so far. */
function writerProcess(folder: string, from: number, to: number, pauseMs: number) {
  const script = join(process.cwd(), 'test/support/write-references.mjs');
  const child = spawn(process.execPath, [script, folder, String(from), String(to), '16', String(pauseMs)]);
  const said = { out: '', error: '' };
  child.stdout.on('data', (data) => {
    said.out += data;
  });
  child.stderr.on('data', (data) => {
    said.error += data;
  });
  return { child, said };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('close', () => resolve());
  });
}

async function writeUndisturbed(folder: string, count: number): Promise<void> {
  const { child, said } = writerProcess(folder, 0, count, 0);
  await ended(child);
  expect(said).toMatchObject({ out: expect.stringContaining('closed'), error: '' });
}

describe('a writer that is killed', () => {
  const COUNT = 640;

  it('ten times leaves the ids, vectors, exact answers and rebuilt graph of an undisturbed one', async () => {
    const killed = mkdtempSync(join(base, 'killed-'));
    const whole = mkdtempSync(join(base, 'whole-'));
    const random = seeded(5);
    for (let time = 0; time < 10; time++) {
      const { child, said } = writerProcess(killed, 0, COUNT, 2);
      const commits = Math.ceil(random() * 30);
      await eventually(() => said.out.split('\n').length > commits || child.exitCode !== null);
      await new Promise((resolve) => setTimeout(resolve, random() * 5));
      child.kill('SIGKILL');
      await ended(child);
      expect(said.error).toBe('');
    }
    await Promise.all([writeUndisturbed(killed, COUNT), writeUndisturbed(whole, COUNT)]);
    const [a, b] = [await openReader(killed), await openReader(whole)];
    expect(await a.counts()).toMatchObject({ references: COUNT, sources: COUNT });
    expect(await a.engine()).toMatchObject({ last_change: COUNT });
    const ids = Array.from({ length: COUNT }, (_, i) => idOf(i));
    expect(await a.vectors(ids)).toEqual(await b.vectors(ids));
    expect((await a.vectors(ids)).size).toBe(COUNT);
    for (let i = 0; i < 20; i++) {
      const query = { k: 20, exact: true };
      expect(await a.neighbours(vectorOf(9000 + i), query)).toEqual(await b.neighbours(vectorOf(9000 + i), query));
    }
    await Promise.all([a.close(), b.close()]);
    expect(verifyIndex(killed)).toMatchObject({
      ok: true,
      references: COUNT,
      graph: { state: 'current', points: COUNT },
    });
    const [first, second] = [await rebuildGraph(killed), await rebuildGraph(whole)];
    expect(first.fingerprint).toBe(second.fingerprint);
    // Thirteen processes, one after the other: slow where other tests share the cores.
  }, 240_000);

  it('while it saves the graph leaves an index that opens and answers', async () => {
    const folder = mkdtempSync(join(base, 'saving-'));
    for (let time = 0; time < 5; time++) {
      const { child, said } = writerProcess(folder, 0, 320, 0);
      await eventually(() => said.out.includes('320') || child.exitCode !== null);
      await new Promise((resolve) => setTimeout(resolve, time * 15));
      child.kill('SIGKILL');
      await ended(child);
      const reader = await openReader(folder, { bruteForceMax: 0 });
      const found = await reader.neighbours(vectorOf(123), { k: 1 });
      expect(found[0]?.id).toBe(idOf(123));
      await reader.close();
    }
  });
});

describe('a reader beside the writer of another process', () => {
  it('answers with what was committed within two seconds, and refuses a second writer meanwhile', async () => {
    const folder = mkdtempSync(join(base, 'beside-'));
    await (await openWriter(folder, MODEL)).close();
    const reader = await openReader(folder);
    expect(await reader.neighbours(vectorOf(3), { k: 1 })).toEqual([]);
    const { child, said } = writerProcess(folder, 0, 160, 50);
    expect(await eventually(() => said.out.includes('16\n'))).toBe(true);
    const first = () => reader.neighbours(vectorOf(3), { k: 1 }).then((found) => found[0]?.id === idOf(3));
    expect(await eventually(first, 2000)).toBe(true);
    await expect(openWriter(folder, MODEL)).rejects.toMatchObject({
      code: 'index_busy',
      family: 'later',
      message: expect.stringContaining(`process ${child.pid}`),
    });
    await ended(child);
    const last = () => reader.neighbours(vectorOf(159), { k: 1 }).then((found) => found[0]?.id === idOf(159));
    expect(await eventually(last, 2000)).toBe(true);
    expect(await eventually(() => reader.followerState()?.generation === 1, 2000)).toBe(true);
    expect(await reader.counts()).toMatchObject({ references: 160 });
    expect(await reader.engine()).toMatchObject({ generation: 1, last_change: 160 });
    await reader.close();
  });
});
