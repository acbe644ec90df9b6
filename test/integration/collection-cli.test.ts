import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandLine } from '../support/command-line.js';
import { fixture } from '../support/fixtures.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PHOTOS = readdirSync(fixture('clip-preprocess')).filter((name) => name.endsWith('.jpg'));

let folder: string;

const { run } = commandLine();

function streetdex(...args: string[]) {
  return run([...args, '--index', join(folder, 'index'), '--data-dir', join(folder, 'data')], {
    ...process.env,
    STREETDEX_MODEL: fixture('tiny-clip'),
    STREETDEX_THREADS: '1',
  });
}

const jsonOf = (...args: string[]) => JSON.parse(streetdex(...args, '--json').stdout);

beforeAll(() => {
  folder = temporaryFolder();
  smallGazetteer(join(folder, 'data'));
  const photos = join(folder, 'photos');
  mkdirSync(photos);
  for (const name of PHOTOS) copyFileSync(join(fixture('clip-preprocess'), name), join(photos, name));
  const rows = PHOTOS.map((name, i) => `${name},${54 + i / 10},18.6,w${i}`);
  writeFileSync(join(photos, 'walk.csv'), ['file,lat,lon,sequence', ...rows, ''].join('\n'));
  expect(streetdex('ingest', join(photos, 'walk.csv')).status).toBe(0);
}, 120_000);

describe('a collection, from the command line', () => {
  it('is tagged once, and asked by its tags', () => {
    expect(jsonOf('tag', '--set', 'light,weather')).toMatchObject({
      ...{ references: PHOTOS.length, tagged: PHOTOS.length, interrupted: false, weak: ['light', 'weather'] },
    });
    expect(streetdex('tag', '--set', 'light').stdout).toContain(`0 of ${PHOTOS.length} photos`);
    expect(jsonOf('tag').sets).toMatchObject([
      { name: 'light', tagged: PHOTOS.length, stale: false },
      { name: 'weather', tagged: PHOTOS.length },
    ]);
    expect(streetdex('tag').stdout).toMatch(/light +sentences \(weak\) +\d+/);
    expect(streetdex('tag', '--set', 'ligth').stderr).toContain('[label_set_not_found]');
    expect(streetdex('tag', '--set', 'damage').stderr).toContain('[label_set_needs_labels]');
  });

  it('is labelled by a table that is drawn, filled in and given back', () => {
    const table = join(folder, 'drawn.csv');
    expect(streetdex('share', 'label', '--set', 'damage', '--n', '6', '--out', table).stdout).toContain('6 photos');
    const [head, ...rows] = readFileSync(table, 'utf8').trim().split('\n');
    expect(head).toBe('id,file,lat,lon,sample,label');
    expect(rows.length).toBe(6);
    const labels = JSON.parse(streetdex('label-sets', 'show', 'damage', '--json').stdout).labels as { name: string }[];
    const name = labels[1]?.name ?? '';
    writeFileSync(table, [head, ...rows.map((row, i) => `${row}${i < 4 ? name : ''}`), ''].join('\n'));
    expect(jsonOf('share', 'label', table, '--set', 'damage')).toEqual({
      ...{ set: 'damage', labelled: 4, empty: 2, unknown: [] },
    });
    const { method, groups } = jsonOf('share', '--set', 'damage', '--by', 'region');
    expect(method).toBe('sample');
    expect(groups.reduce((sum: number, group: { photos: number }) => sum + group.photos, 0)).toBe(PHOTOS.length);
    const shown = streetdex('share', '--set', 'damage');
    expect(shown.stdout).toContain('100.0 %');
    expect(shown.stdout).toContain('not of the streets');
    expect(streetdex('share', '--set', 'damage', '--by', 'street').stderr).toContain('[usage]');
    expect(streetdex('probe', 'train', '--set', 'damage').stderr).toContain('[labels_too_few]');
  });

  it('says what was learnt of it, which is nothing yet', () => {
    expect(streetdex('probe', 'list').stdout).toContain('Nothing was learnt yet');
    expect(streetdex('probe', 'show', 'light').stderr).toContain('[probe_not_found]');
    const next = streetdex('probe', 'next', '--set', 'light', '--n', '2').stdout.trim().split('\n');
    expect(next[0]).toBe('id,file,lat,lon,label');
    expect(next.length).toBe(3);
    expect(streetdex('probe', 'next', '--set', 'light', '--tag', 'light:day>=2').stderr).toContain(
      '[tag_condition_invalid]',
    );
    writeFileSync(join(folder, 'no.json'), '{"format":"streetdex-probe"}');
    expect(streetdex('probe', 'add', join(folder, 'no.json')).stderr).toContain('[probe_invalid]');
  });
});
