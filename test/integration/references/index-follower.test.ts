import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { present } from '../../../src/domain/present.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { eventually, idOf, MODEL, referenceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const base = temporaryFolder();
const FIRST = 20;

const step = fc.record({
  does: fc.constantFrom('add', 'remove', 'remove', 'save', 'rebuild', 'look', 'ask', 'ask'),
  count: fc.integer({ min: 1, max: 8 }),
  reader: fc.nat({ max: 2 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('readers beside a writer', () => {
  it('answer from what is stored, whatever was written and saved since they last looked', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 40 }), followAll), { numRuns: 10 });
  }, 120_000);
});

async function followAll(drawn: readonly Step[]): Promise<void> {
  const folder = join(mkdtempSync(join(base, 'index-')), 'index');
  const writer = await openWriter(folder, MODEL);
  let next = 0;
  const live: number[] = [];
  const add = (count: number) =>
    writer.transaction((tx) => {
      for (let i = 0; i < count; i++) {
        tx.put(referenceOf(next), vectorOf(next));
        live.push(next++);
      }
    });
  /** Half of them from the oldest, half from the newest. */
  const remove = (count: number) =>
    writer.transaction((tx) => {
      for (const i of live.splice(0, Math.ceil(count / 2))) tx.remove(idOf(i));
      for (const i of live.splice(-Math.floor(count / 2), Math.floor(count / 2))) tx.remove(idOf(i));
    });
  add(FIRST);
  await writer.checkpoint();
  // By brute force and by the graph, when they are asked; and one that looks all the time.
  const readers = await Promise.all([
    openReader(folder, { pollMs: 60_000 }),
    openReader(folder, { pollMs: 60_000, bruteForceMax: 0 }),
    openReader(folder, { pollMs: 5, bruteForceMax: 0 }),
  ]);
  const ask = async (reader: (typeof readers)[number]) => {
    const found = await reader.neighbours(vectorOf(live[0] ?? next), { k: next, exact: true });
    expect(found.map(({ id }) => id).sort()).toEqual(live.map(idOf).sort());
    for (const i of live.slice(-3)) expect((await reader.neighbours(vectorOf(i), { k: 1 }))[0]?.id).toBe(idOf(i));
  };
  const look = async () => {
    const { last_change } = await readers[0].engine();
    expect(await eventually(() => readers[2].followerState()?.lastChange === last_change)).toBe(true);
  };
  try {
    for (const { does, count, reader } of drawn) {
      if (does === 'add') add(count);
      else if (does === 'remove') remove(count);
      else if (does === 'ask') await ask(present(readers[reader]));
      else if (does === 'look') await look();
      else await writer.saveGraph({ rebuild: does === 'rebuild' });
    }
    for (const reader of readers) await ask(reader);
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
    await writer.close();
  }
}
