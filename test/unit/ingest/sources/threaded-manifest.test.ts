import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { newSourceNotes } from '../../../../src/ingest/sources/candidate.js';
import type { Manifest } from '../../../../src/ingest/sources/manifest.js';
import { openManifest } from '../../../../src/ingest/sources/open-manifest.js';
import { readJsonManifest } from '../../../../src/ingest/sources/read-json-manifest.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

function written(value: unknown, name = 'm.json'): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

async function everything(manifest: Manifest) {
  const notes = newSourceNotes();
  const count = await manifest.count();
  const rows = [];
  for await (const row of manifest.rows(notes)) rows.push(row);
  return { count, rows, notes };
}

const entries = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{
      file: `streets/of/a/town/${i}.jpg`,
      lat: (i % 170) - 85 + 0.5,
      lon: (i % 350) - 175,
      author: `author ${i % 9}`,
    },
    captured_at: '2024-05-01T12:00:00Z',
  }));

describe('a JSON manifest of megabytes', () => {
  it.each([
    ['a list', 'm.json', entries(12_345)],
    [
      'GeoJSON with a feature that is no point',
      'm.geojson',
      {
        type: 'FeatureCollection',
        features: entries(9_000).map(({ lat, lon, ...properties }, i) => ({
          ...{ type: 'Feature', properties },
          geometry: i === 500 ? { type: 'Polygon', coordinates: [] } : { type: 'Point', coordinates: [lon, lat] },
        })),
      },
    ],
    [
      'Mapillary’s with failed entries',
      'm.json',
      entries(12_000).map(({ file, lat, lon }, i) => ({
        filename: file,
        ...(i % 100 === 7
          ? { error: { message: 'no position in this photo' } }
          : { MAPLatitude: lat, MAPLongitude: lon }),
        MAPSettingsUsername: 'somebody with a long name, of whom there are many',
      })),
    ],
    [
      'one object a line, with facts that can’t be read',
      'm.jsonl',
      entries(12_000)
        .map((entry, i) => JSON.stringify({ ...entry, ...(i % 1000 === 3 ? { captured_at: 'yesterday' } : {}) }))
        .join('\n'),
    ],
  ])('gives the rows and notes that reading it here gives: %s', async (_, name, value) => {
    const file = written(value, name);
    const here = await everything(await readJsonManifest(file));
    expect(here.rows.length).toBeGreaterThan(5_000);
    expect(await everything(await openManifest(file))).toEqual(here);
  });

  it('holds nobody up while it is read', async () => {
    const file = written(entries(40_000));
    const began = performance.now();
    let [last, longestMs] = [performance.now(), 0];
    const ticking = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 1);
    const manifest = await openManifest(file);
    const notes = newSourceNotes();
    let rows = 0;
    for await (const _ of manifest.rows(notes)) rows++;
    // The tick that was held up comes last.
    await setTimeout(2);
    clearInterval(ticking);
    expect(rows).toBe(40_000);
    expect(await manifest.count()).toBe(40_000);
    expect(longestMs).toBeLessThan((performance.now() - began) / 5);
  });

  it('that is none is refused as it is opened, one with swapped columns as it is counted', async () => {
    const text = JSON.stringify(entries(20_000));
    await expect(openManifest(written(text.slice(0, -1)))).rejects.toMatchObject({ code: 'manifest_invalid' });
    const swapped = entries(20_000).map(({ lat, lon, ...rest }) => ({ ...rest, lat: lon, lon: lat }));
    const manifest = await openManifest(written(swapped));
    await expect(manifest.count()).rejects.toMatchObject({ code: 'manifest_columns_swapped' });
  });
});
