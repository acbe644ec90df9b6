import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { renderWorld } from '../../../src/pocket-world/world.js';
import { town } from './towns-of-tests.js';

describe('renderWorld', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streetdex-world-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const towns = [
    town('PL', { id: '1', name: 'Łódź, "Stare"' }),
    town('FJ', { id: '2', iso2: 'NZ', lat: -41.3, lon: 179.9999 }),
  ];

  it('writes every scene and a manifest that names each, with a position within 2 km and 25 m from the others', async () => {
    const progress: number[] = [];
    await renderWorld({ folder, towns, scenesPerTown: 9, seed: 's', onProgress: (done) => progress.push(done) });
    const rows = parse<Record<string, string>>(await readFile(join(folder, 'manifest.csv'), 'utf8'), { columns: true });
    expect(rows).toHaveLength(18);
    expect(progress).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
    expect((await readdir(join(folder, 'images'))).sort()).toEqual(rows.map(({ file = '' }) => file.slice(7)).sort());
    for (const row of rows) {
      const at = towns.find(({ id }) => id === row.town_id);
      expect(row.town).toBe(at?.name);
      expect(km(row, { lat: String(at?.lat), lon: String(at?.lon) })).toBeLessThan(2);
      expect(Math.abs(Number(row.lon))).toBeLessThanOrEqual(180);
      expect(row.captured_at).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d$/);
      expect(Number(row.heading)).toBeGreaterThanOrEqual(0);
      expect(Number(row.heading)).toBeLessThan(360);
    }
    expect(new Set(rows.map(({ author }) => author)).size).toBe(8);
    for (const a of rows)
      for (const b of rows) if (a.file !== b.file && a.town_id === b.town_id) expect(km(a, b)).toBeGreaterThan(0.025);
  });

  it('makes walks of its scenes where asked: along the street, by one driver, each frame another picture', async () => {
    await renderWorld({ folder, towns, scenesPerTown: 2, framesPerWalk: 3, seed: 's' });
    const rows = parse<Record<string, string>>(await readFile(join(folder, 'manifest.csv'), 'utf8'), { columns: true });
    expect(rows).toHaveLength(12);
    const walks = [...new Set(rows.map(({ sequence }) => sequence))].map((name) =>
      rows.filter(({ sequence }) => sequence === name),
    );
    expect(walks.map(({ length }) => length)).toEqual([3, 3, 3, 3]);
    for (const frames of walks) {
      for (const name of ['author', 'heading', 'town_id'])
        expect(new Set(frames.map((frame) => frame[name])).size).toBe(1);
      const [first, second, third] = frames as [Record<string, string>, Record<string, string>, Record<string, string>];
      expect(km(first, second)).toBeCloseTo(0.006, 4);
      expect(km(first, third)).toBeCloseTo(0.012, 4);
      const seconds = frames.map(({ captured_at }) => Date.parse(`${captured_at}Z`) / 1000);
      expect(seconds.map((at) => at - Number(seconds[0]))).toEqual([0, 2, 4]);
      const north = (Number(second.lat) - Number(first.lat)) * 111_195;
      const east = (Number(second.lon) - Number(first.lon)) * 111_195 * Math.cos((Number(first.lat) * Math.PI) / 180);
      const bearing = ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
      const off = Math.abs(bearing - Number(first.heading));
      expect(Math.min(off, 360 - off)).toBeLessThan(1);
    }
    const pictures = await Promise.all(rows.map(({ file = '' }) => readFile(join(folder, file), 'base64')));
    expect(new Set(pictures).size).toBe(12);
  });

  it('writes the same files again for the same seed, and adds no other', async () => {
    const read = async () => {
      const names = (await readdir(join(folder, 'images'))).sort();
      return [
        names.join(),
        ...(await Promise.all(names.map((name) => readFile(join(folder, 'images', name), 'base64')))),
      ];
    };
    await renderWorld({ folder, towns, scenesPerTown: 2, seed: 's' });
    const first = [...(await read()), await readFile(join(folder, 'manifest.csv'), 'utf8')];
    await renderWorld({ folder, towns, scenesPerTown: 2, seed: 's' });
    expect([...(await read()), await readFile(join(folder, 'manifest.csv'), 'utf8')]).toEqual(first);
    expect((await readdir(folder)).sort()).toEqual(['images', 'manifest.csv']);
  });
});

/** Great-circle distance of two manifest rows (haversine, written anew here). */
function km(a: Record<string, string>, b: Record<string, string>): number {
  const rad = Math.PI / 180;
  const [la, lb] = [Number(a.lat) * rad, Number(b.lat) * rad];
  const h =
    Math.sin((lb - la) / 2) ** 2 +
    Math.cos(la) * Math.cos(lb) * Math.sin(((Number(b.lon) - Number(a.lon)) * rad) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(h));
}
