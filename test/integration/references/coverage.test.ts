import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { latLngToCell } from 'h3-js';
import type { BoundingBox, GeoPoint } from '../../../src/domain/geo-point.js';
import { boxAround, inBox } from '../../../src/geo/box.js';
import { CELL_RESOLUTION_MAX, cellCentre, cellOf, cellReachKm, parentCell } from '../../../src/geo/cells.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { fromSphere, toSphere } from '../../../src/geo/sphere.js';
import type { CoverageQuery } from '../../../src/references/catalogue.js';
import { backupIndex } from '../../../src/references/embedded/backup-index.js';
import type { EmbeddedReader } from '../../../src/references/embedded/embedded-reader.js';
import { databaseFile } from '../../../src/references/embedded/index-folder.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { rebuildGraph } from '../../../src/references/embedded/rebuild-graph.js';
import { remapRoot } from '../../../src/references/embedded/remap-root.js';
import { verifyIndex } from '../../../src/references/embedded/verify-index.js';
import type { StoredReference } from '../../../src/references/reader.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { backToFormat } from '../../support/older-format.js';
import { idOf, MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const WORLD: BoundingBox = { west: -180, south: -90, east: 180, north: 90 };
const base = temporaryFolder();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(base, 'index-'));
});

const yearOf = (reference: StoredReference) =>
  reference.capturedAt === null ? null : new Date(reference.capturedAt).getUTCFullYear();

/** The counts by a pass over all references. */
async function countAll(reader: EmbeddedReader, resolution: number, holds: (reference: StoredReference) => boolean) {
  const counts: Record<string, number> = {};
  for (const reference of (await reader.list({ limit: 10_000 })).references.filter(holds)) {
    const cell = parentCell(latLngToCell(reference.point.lat, reference.point.lon, CELL_RESOLUTION_MAX), resolution);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts;
}

/** The greatest part of a metre that whole numbers of 24 bits leave open, in kilometres. */
const UNIT_KM = 0.001;

/** The mean direction of positions from the Earth's centre, by a sum of fractions. */
function meanOf(points: readonly GeoPoint[]): GeoPoint {
  const [x, y, z] = [0, 1, 2].map((axis) => points.reduce((sum, point) => sum + (toSphere(point)[axis] as number), 0));
  return fromSphere([x as number, y as number, z as number]);
}

/** Each cell's point and id as a pass over the counted references gives them, against what the counts say. */
async function expectPlaced(
  reader: EmbeddedReader,
  query: Partial<CoverageQuery>,
  holds: (one: StoredReference) => boolean,
) {
  const { cells, resolution } = await reader.coverage({ bbox: WORLD, resolution: 4, ...query });
  const references = (await reader.list({ limit: 10_000 })).references.filter(holds);
  for (const { cell, count, point, id } of cells) {
    const within = references.filter(({ point: at }) => parentCell(cellOf(at), resolution) === cell);
    expect(within).toHaveLength(count);
    const [alone, ...others] = within;
    if (point === null) continue;
    if (others.length === 0) expect({ id, point }).toEqual({ id: alone?.id, point: alone?.point });
    else {
      expect(id).toBeNull();
      expect(distanceKm(point, meanOf(within.map((one) => one.point)))).toBeLessThan(UNIT_KM);
    }
  }
  return cells;
}

async function counted(reader: EmbeddedReader, query: Partial<CoverageQuery>): Promise<Record<string, number>> {
  const { cells } = await reader.coverage({ bbox: WORLD, resolution: 4, ...query });
  return Object.fromEntries(cells.map(({ cell, count }) => [cell, count]));
}

async function write(count: number): Promise<void> {
  const writer = await openWriter(folder, MODEL);
  writer.transaction((tx) => {
    for (let i = 0; i < count; i++) {
      const capturedAt = i % 3 === 0 ? null : `${2015 + (i % 4)}-06-01T00:00:00Z`;
      tx.put(referenceOf(i, { capturedAt, iso2: i % 5 === 0 ? 'PL' : null }), vectorOf(i));
      tx.putSource(idOf(i), sourceOf(i, { root: i % 2 === 0 ? '/photos/a' : '/photos/b' }));
    }
  });
  await writer.close();
}

describe('the counts per cell', () => {
  it('stay those of the references through every kind of change', async () => {
    const roots = ['/a', '/b', '/c'];
    const countries = [null, 'PL', 'DE'];
    const place = {
      lat: fc.integer({ min: 0, max: 3 }),
      year: fc.nat(2),
      iso2: fc.constantFrom(...countries),
      sequence: fc.constantFrom(null, 'walk'),
    };
    const change = fc.oneof(
      fc.record({
        kind: fc.constant('put' as const),
        i: fc.nat(12),
        ...place,
      }),
      fc.record({
        kind: fc.constant('move' as const),
        i: fc.nat(12),
        ...place,
      }),
      fc.record({
        kind: fc.constant('source' as const),
        i: fc.nat(12),
        root: fc.constantFrom(...roots),
        path: fc.nat(3),
      }),
      fc.record({
        kind: fc.constant('forget' as const),
        i: fc.nat(12),
        root: fc.constantFrom(...roots),
        path: fc.nat(3),
      }),
      fc.record({ kind: fc.constant('remove' as const), i: fc.nat(12) }),
    );
    const writer = await openWriter(folder, MODEL);
    const reader = await openReader(folder);
    const facts = ({ lat, year, sequence }: { lat: number; year: number; sequence: string | null }) => ({
      point: { lat: lat / 500, lon: 179.9999 },
      capturedAt: year === 0 ? null : `${2000 + year}-01-01T00:00:00Z`,
      sequence,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 40 }), async (changes) => {
        const stored = new Set(await writer.present(Array.from({ length: 13 }, (_, i) => idOf(i))));
        writer.transaction((tx) => {
          for (const one of changes) {
            const id = idOf(one.i);
            if (one.kind === 'put') {
              tx.put(referenceOf(one.i, { ...facts(one), iso2: one.iso2 }), vectorOf(one.i));
              stored.add(id);
            } else if (one.kind === 'remove') {
              tx.remove(id);
              stored.delete(id);
            } else if (one.kind === 'forget') tx.removeSource(one.root, `${one.path}.jpg`);
            else if (!stored.has(id)) continue;
            else if (one.kind === 'move') tx.update(id, referenceOf(one.i, facts(one)), one.iso2);
            else tx.putSource(id, sourceOf(one.i, { root: one.root, path: `${one.path}.jpg` }));
          }
        });
        expect(await counted(reader, { resolution: 9 })).toEqual(await countAll(reader, 9, () => true));
        expect(await counted(reader, { resolution: 2, yearFrom: 2001, yearTo: 2001 })).toEqual(
          await countAll(reader, 2, (reference) => yearOf(reference) === 2001),
        );
        for (const hasSequence of [true, false]) {
          const walked = ({ sequence }: StoredReference) => (sequence !== null) === hasSequence;
          expect(await counted(reader, { resolution: 8, hasSequence })).toEqual(await countAll(reader, 8, walked));
          expect(await counted(reader, { resolution: 3, hasSequence, country: ['PL', 'FR'], yearFrom: 2002 })).toEqual(
            await countAll(reader, 3, (one) => walked(one) && one.iso2 === 'PL' && yearOf(one) === 2002),
          );
        }
        const all = [
          ...(await expectPlaced(reader, { resolution: 9 }, () => true)),
          ...(await expectPlaced(reader, { resolution: 1 }, () => true)),
          ...(await expectPlaced(reader, { resolution: 5, country: ['PL', 'FR'], yearFrom: 2002 }, (one) => {
            return one.iso2 === 'PL' && (yearOf(one) ?? 0) >= 2002;
          })),
        ];
        expect(all.filter(({ point }) => point === null)).toEqual([]);
        // Of what is counted in part there is no mean; the other cells have theirs.
        await expectPlaced(reader, { resolution: 8, hasSequence: true }, ({ sequence }) => sequence !== null);
        await expectPlaced(reader, { resolution: 2, hasSequence: false }, ({ sequence }) => sequence === null);
        expect(await counted(reader, { resolution: 9, country: ['PL', 'DE'] })).toEqual(
          await countAll(reader, 9, ({ iso2 }) => iso2 !== null),
        );
        for (const { id, name, references } of (await reader.facets()).sources) {
          const below = (reference: StoredReference) => reference.sources.some((source) => source.root === `/${name}`);
          const wanted = await countAll(reader, 7, below);
          expect(await counted(reader, { resolution: 7, source: id })).toEqual(wanted);
          expect(references).toBe(Object.values(wanted).reduce((sum, count) => sum + count, 0));
        }
        const left = openSqlite(databaseFile(folder), { readonly: true });
        expect(
          left
            .prepare('SELECT count(*) FROM coverage WHERE count < 1 OR in_sequence NOT BETWEEN 0 AND count')
            .pluck()
            .get(),
        ).toBe(0);
        left.close();
      }),
      { numRuns: 40 },
    );
    await reader.close();
    await writer.close();
    expect(verifyIndex(folder).notices.filter((notice) => notice.includes('coverage'))).toEqual([]);
  });

  it('leave out nothing that lies in the box', async () => {
    await write(1500);
    const reader = await openReader(folder);
    const { references } = await reader.list({ limit: 10_000 });
    const counts = await Promise.all(
      Array.from({ length: CELL_RESOLUTION_MAX + 1 }, (_, r) => countAll(reader, r, () => true)),
    );
    const lon = fc.double({ min: -180, max: 180, noNaN: true });
    const lat = fc.double({ min: -90, max: 90, noNaN: true });
    await fc.assert(
      fc.asyncProperty(lon, lat, lon, lat, fc.integer({ min: 0, max: 9 }), async (west, a, east, b, resolution) => {
        const bbox = { west, east, south: Math.min(a, b), north: Math.max(a, b) };
        const answer = await reader.coverage({ bbox, resolution });
        expect(answer.resolution).toBe(resolution);
        const given = new Map(answer.cells.map(({ cell, count }) => [cell, count]));
        const all = counts[resolution] as Record<string, number>;
        expect([...given].filter(([cell, count]) => count !== all[cell])).toEqual([]);
        const within = references.filter(({ point }) => inBox(bbox, point));
        expect(within.filter(({ point }) => !given.has(parentCell(cellOf(point), resolution)))).toEqual([]);
      }),
      { numRuns: 50 },
    );
    await reader.close();
  });

  it('give nothing far from the box', async () => {
    await write(3000);
    const reader = await openReader(folder);
    const low = (await reader.list({ limit: 10_000 })).references.filter(({ point }) => Math.abs(point.lat) < 45);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...low), fc.integer({ min: 3, max: 9 }), async ({ point }, resolution) => {
        const reach = cellReachKm(resolution);
        const { cells } = await reader.coverage({ bbox: boxAround(point, reach), resolution });
        expect(cells.map(({ cell }) => cell)).toContain(parentCell(cellOf(point), resolution));
        // The corner of the box, and from there as far as a cell reaches as a box of its own.
        for (const { cell } of cells) expect(distanceKm(cellCentre(cell), point)).toBeLessThan(3.5 * reach);
      }),
    );
    await reader.close();
  });

  it('say where the photos of a cell lie in the mean, over 180° and at the poles, and which one lies alone', async () => {
    const point = fc.oneof(
      fc.record({
        lat: fc.double({ min: -90, max: 90, noNaN: true }),
        lon: fc.double({ min: -180, max: 180, noNaN: true }),
      }),
      fc.record({
        lat: fc.constantFrom(90, 89.999, 89.9, -89.9, -90, 0, -16.5),
        lon: fc.constantFrom(-180, -179.999, -90, 0, 90, 179.999, 180),
      }),
    );
    const writer = await openWriter(folder, MODEL);
    const reader = await openReader(folder);
    await fc.assert(
      fc.asyncProperty(
        fc.array(point, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 0, max: 9 }),
        async (points, resolution) => {
          writer.transaction((tx) => {
            for (const [i, at] of points.entries()) tx.put(referenceOf(i, { point: at }), vectorOf(i));
          });
          const cells = await expectPlaced(reader, { resolution }, () => true);
          expect(cells.reduce((sum, { count }) => sum + count, 0)).toBe(points.length);
          expect(cells.filter((cell) => cell.point === null)).toEqual([]);
          writer.transaction((tx) => {
            for (const i of points.keys()) tx.remove(idOf(i));
          });
        },
      ),
      { numRuns: 60 },
    );
    const left = openSqlite(databaseFile(folder), { readonly: true });
    expect(left.prepare('SELECT * FROM coverage').all()).toEqual([]);
    left.close();
    await reader.close();
    await writer.close();
  });

  it('have no mean where walks are told from other photos of one cell, source, year and country', async () => {
    const writer = await openWriter(folder, MODEL);
    const at = (lat: number) => ({ lat, lon: 10 });
    writer.transaction((tx) => {
      tx.put(referenceOf(0, { point: at(50), sequence: 'walk' }), vectorOf(0));
      tx.put(referenceOf(1, { point: at(50.0001) }), vectorOf(1));
      tx.put(referenceOf(2, { point: at(20) }), vectorOf(2));
    });
    const reader = await openReader(folder);
    const placed = async (hasSequence: boolean) =>
      (await reader.coverage({ bbox: WORLD, resolution: 9, hasSequence })).cells.map(({ count, point, id }) => [
        count,
        point,
        id,
      ]);
    expect(await placed(true)).toEqual([[1, null, null]]);
    expect(await placed(false)).toContainEqual([1, null, null]);
    expect(await placed(false)).toContainEqual([1, at(20), idOf(2)]);
    // A correction within the same cell moves the mean too.
    writer.transaction((tx) => tx.update(idOf(2), referenceOf(2, { point: at(20.0001) }), null));
    expect(await placed(false)).toContainEqual([1, at(20.0001), idOf(2)]);
    await reader.close();
    await writer.close();
    expect(verifyIndex(folder).notices.join(' ')).not.toContain('coverage');
  });

  it('cross 180° in one box', async () => {
    const writer = await openWriter(folder, MODEL);
    const lons = [179.99, -179.99, 180, -180, 0, 170];
    writer.transaction((tx) => {
      for (const [i, lon] of lons.entries()) tx.put(referenceOf(i, { point: { lat: -16.5, lon } }), vectorOf(i));
    });
    await writer.close();
    const reader = await openReader(folder);
    const cells = await counted(reader, { bbox: { west: 179.9, south: -17, east: -179.9, north: -16 }, resolution: 7 });
    expect(Object.values(cells).reduce((sum, count) => sum + count, 0)).toBe(4);
    await reader.close();
  });

  it('are coarser than asked for where the answer would be too long', async () => {
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => {
      for (let i = 0; i < 6000; i++) {
        const point = { lat: 40 + 0.02 * Math.floor(i / 80), lon: 10 + 0.02 * (i % 80) };
        tx.put(referenceOf(i, { point }), vectorOf(i));
      }
    });
    await writer.close();
    const reader = await openReader(folder);
    const { resolution, cells } = await reader.coverage({ bbox: WORLD, resolution: 9 });
    expect(resolution).toBeLessThan(9);
    expect(cells.reduce((sum, { count }) => sum + count, 0)).toBe(6000);
    await reader.close();
  });

  it('are made for an index of before, and made anew by a rebuild', async () => {
    await write(50);
    const db = openSqlite(databaseFile(folder));
    const rows = () => db.prepare('SELECT * FROM coverage ORDER BY root_id, cell, year, country').all();
    const before = rows();
    // As version 5 had them, without what makes the means.
    db.exec(`UPDATE meta SET value = 'h3 0-9 by source, year, country and sequence' WHERE key = 'coverage'`);
    backToFormat(db, 5);
    await (await openReader(folder)).close();
    expect(rows()).toEqual(before);
    // As version 3 had them, without countries.
    db.exec(
      `ALTER TABLE coverage RENAME COLUMN country TO of_old; UPDATE meta SET value = 'h3 0-9' WHERE key = 'coverage'`,
    );
    backToFormat(db, 3);
    await (await openReader(folder)).close();
    expect(rows()).toEqual(before);
    db.exec(
      `UPDATE coverage SET in_sequence = in_sequence + 1 WHERE year = 2016 AND root_id = 0;
       DELETE FROM coverage WHERE year = 2017`,
    );
    const notices = verifyIndex(folder).notices.join(' ');
    expect(notices).toMatch(/\d+ counts of the coverage map are wrong; run `streetdex index rebuild`/);
    await rebuildGraph(folder);
    expect(rows()).toEqual(before);
    db.exec('UPDATE coverage SET x = x + 1 WHERE year = 2016 AND root_id = 0');
    expect(verifyIndex(folder).notices.join(' ')).toMatch(/\d+ counts of the coverage map are wrong/);
    await rebuildGraph(folder);
    expect(rows()).toEqual(before);
    expect(verifyIndex(folder).notices.join(' ')).not.toContain('coverage');
    db.close();
  });

  it('follow a root that becomes one with another, and go into a backup', async () => {
    const other = temporaryFolder();
    const writer = await openWriter(folder, MODEL);
    writer.transaction((tx) => {
      for (let i = 0; i < 6; i++) {
        tx.put(referenceOf(i), vectorOf(i));
        tx.putSource(idOf(i), sourceOf(i, { root: i < 4 ? '/old' : other }));
        tx.putSource(idOf(i), sourceOf(i, { root: other }));
      }
    });
    await writer.close();
    remapRoot(folder, '/old', other);
    const copy = join(temporaryFolder(), 'copy');
    await backupIndex(folder, copy);
    const reader = await openReader(copy);
    expect(await reader.facets()).toMatchObject({
      sources: [{ references: 6 }],
      years: [{ year: null, references: 6 }],
    });
    await reader.close();
    expect(verifyIndex(folder).notices.join(' ')).not.toContain('coverage');
  });
});
