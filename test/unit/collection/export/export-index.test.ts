import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { JoinedColumn } from '../../../../src/collection/export/columns.js';
import { EXPORT_FORMATS, type ExportFormat, exportIndex } from '../../../../src/collection/export/export-index.js';
import type { Reference } from '../../../../src/domain/reference.js';
import type { ReferenceFilter } from '../../../../src/references/reader.js';
import { MemoryStore } from '../../../support/memory-store.js';
import { MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../../../support/references.js';

const COUNT = 2_345;
const folder = temporaryFolder();
const store = new MemoryStore(MODEL);
const references: readonly Reference[] = Array.from({ length: COUNT }, (_, i) =>
  referenceOf(i, {
    author: i % 3 === 0 ? `ann "the ${i}th",\nof Łódź` : null,
    iso2: i % 2 === 0 ? 'PL' : null,
    headingDeg: i % 5 === 0 ? i / 7 : null,
    capturedAt: i % 4 === 0 ? '2024-05-17T12:30:00Z' : null,
    bytes: i === 7 ? 5_000_000_000 : i,
  }),
);
const byId = new Map(references.map((one, i) => [one.id, { reference: one, vector: vectorOf(i) }]));
const TAG: JoinedColumn = { name: 'surface', kind: 'text', valueOf: (id) => (id < '8' ? 'sett' : null) };
const SURE: JoinedColumn = {
  name: 'sureness',
  kind: 'number',
  valueOf: (id) => Number.parseInt(id.slice(0, 2), 16) / 255,
};

beforeAll(() =>
  store.write(MODEL, (writer) =>
    writer
      .apply(
        references.map((reference, i) => ({
          kind: 'copy',
          reference: { ...reference, sources: [sourceOf(i)] },
          vector: vectorOf(i),
        })),
      )
      .then(() => undefined),
  ),
);

async function exported(
  format: ExportFormat,
  options: { vectors?: boolean; filter?: ReferenceFilter; join?: JoinedColumn[] } = {},
) {
  const file = join(folder, `out.${format}`);
  const { vectors = false, filter = {}, join: columns = [] } = options;
  const report = await exportIndex({ index: store, format, file, filter, withVectors: vectors, join: columns });
  expect(report.bytes).toBe(readFileSync(file).length);
  return { file, report, bytes: readFileSync(file) };
}

const bufferOf = (bytes: Buffer) => Uint8Array.from(bytes).buffer;

describe('an export', () => {
  it('as CSV has every reference with its facts, joined columns and vectors', async () => {
    const { bytes, report } = await exported('csv', { vectors: true, join: [TAG, SURE] });
    expect(report.references).toBe(COUNT);
    const rows = parse<Record<string, string>>(bytes, { columns: true });
    expect(new Set(rows.map(({ id }) => id)).size).toBe(COUNT);
    for (const row of rows) {
      const { reference, vector } = byId.get(row.id ?? '') ?? {};
      expect(Number(row.lat)).toBe(reference?.point.lat);
      expect(row.author).toBe(reference?.author ?? '');
      expect(row.country).toBe(reference?.iso2 ?? '');
      expect(row.surface).toBe(TAG.valueOf(row.id ?? '') ?? '');
      expect(Float32Array.from((row.vector ?? '').split(' '), Number)).toEqual(Float32Array.from(vector ?? []));
    }
  });

  it('as GeoJSON is one collection of points, also of none', async () => {
    const { features } = JSON.parse((await exported('geojson', { join: [SURE] })).bytes.toString('utf8'));
    expect(features).toHaveLength(COUNT);
    for (const { id, geometry, properties } of features) {
      const reference = byId.get(id)?.reference;
      expect(geometry).toEqual({ type: 'Point', coordinates: [reference?.point.lon, reference?.point.lat] });
      expect(properties.heading_deg).toBe(reference?.headingDeg);
      expect(properties.sureness).toBe(SURE.valueOf(id));
    }
    const none = await exported('geojson', { filter: { country: ['FR'] } });
    expect(JSON.parse(none.bytes.toString('utf8'))).toEqual({ type: 'FeatureCollection', features: [] });
  });

  it('as GeoParquet 1.1 has typed columns, points as WKB and what the geo key says of them', async () => {
    const { bytes } = await exported('parquet', { vectors: true, join: [TAG, SURE] });
    const file = bufferOf(bytes);
    const metadata = parquetMetadata(file);
    const geo = JSON.parse(metadata.key_value_metadata?.find(({ key }) => key === 'geo')?.value ?? 'null');
    const lats = references.map(({ point }) => point.lat);
    const lons = references.map(({ point }) => point.lon);
    expect(geo).toEqual({
      ...{ version: '1.1.0', primary_column: 'geometry' },
      columns: {
        geometry: {
          ...{ encoding: 'WKB', geometry_types: ['Point'] },
          bbox: [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)],
        },
      },
    });
    expect(Number(metadata.num_rows)).toBe(COUNT);
    // As they are stored: a reader that knows the key would make GeoJSON of the points.
    const rows = await parquetReadObjects({ file, utf8: false, geoparquet: false } as Parameters<
      typeof parquetReadObjects
    >[0]);
    expect(rows).toHaveLength(COUNT);
    for (const row of rows) {
      const { reference, vector } = byId.get(String(row.id)) ?? {};
      const wkb = Buffer.from(row.geometry as Uint8Array);
      expect([wkb.length, wkb[0], wkb.readUInt32LE(1)]).toEqual([21, 1, 1]);
      expect([wkb.readDoubleLE(5), wkb.readDoubleLE(13)]).toEqual([reference?.point.lon, reference?.point.lat]);
      expect(row.author ?? null).toBe(reference?.author);
      expect(row.heading_deg ?? null).toBe(reference?.headingDeg);
      expect(row.bytes).toBe(BigInt(reference?.bytes ?? -1));
      expect(row.surface ?? null).toBe(TAG.valueOf(String(row.id)));
      expect(Float32Array.from(row.vector as number[])).toEqual(Float32Array.from(vector ?? []));
    }
  });

  it('as NumPy has a row for each reference, in the order of the other formats', async () => {
    const { bytes } = await exported('npy', { filter: { country: ['PL'] } });
    const rows = parse<Record<string, string>>((await exported('csv', { filter: { country: ['PL'] } })).bytes, {
      columns: true,
    });
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from('\x93NUMPY\x01\x00', 'latin1'));
    const end = 10 + bytes.readUInt16LE(8);
    expect(end % 64).toBe(0);
    const header = bytes.subarray(10, end).toString('latin1');
    expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), 32\), \} *\n$/);
    expect(header).toContain(`(${rows.length}, 32)`);
    const values = new Float32Array(bufferOf(bytes.subarray(end)));
    expect(values).toHaveLength(rows.length * 32);
    rows.forEach(({ id }, i) => {
      expect(values.slice(32 * i, 32 * i + 32)).toEqual(Float32Array.from(byId.get(id ?? '')?.vector ?? []));
    });
  });

  it('leaves nothing half-made with a name where it is stopped, and keeps what was there', async () => {
    const file = join(folder, 'kept.csv');
    writeFileSync(file, 'before');
    const stop = new AbortController();
    const stopped = exportIndex({
      ...{ index: store, format: 'csv', file, filter: {}, withVectors: false, join: [], signal: stop.signal },
      onProgress: () => stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(readdirSync(folder).filter((name) => name.includes('.tmp-'))).toEqual([]);
  });

  it('takes along what a killed export left, and nothing that is being written', async () => {
    const [killed, written] = [join(folder, 'again.csv.tmp-1'), join(folder, 'again.csv.tmp-2')];
    for (const file of [killed, written]) writeFileSync(file, 'half');
    utimesSync(killed, new Date(0), new Date(0));
    const file = join(folder, 'again.csv');
    await exportIndex({ index: store, format: 'csv', file, filter: {}, withVectors: false, join: [] });
    expect(
      readdirSync(folder)
        .filter((name) => name.startsWith('again'))
        .sort(),
    ).toEqual(['again.csv', 'again.csv.tmp-2']);
  });

  it('refuses two columns of one name', async () => {
    const join = [{ ...TAG, name: 'author' }];
    await expect(exported('csv', { join })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('author'),
    });
  });

  it.each(EXPORT_FORMATS)('to a full disk as %s says so and leaves no file', async (format) => {
    // The device that is always full: what is written to it fails as on a full disk.
    const linked = join(folder, `full-${format}`);
    const { status } = spawnSync('ln', ['-s', '/dev/full', `${linked}.tmp-${process.pid}`]);
    expect(status).toBe(0);
    const work = exportIndex({ index: store, format, file: linked, filter: {}, withVectors: false, join: [] });
    await expect(work).rejects.toMatchObject({ code: 'disk_full' });
    expect(readdirSync(folder).filter((name) => name.startsWith(`full-${format}`))).toEqual([]);
  });
});
