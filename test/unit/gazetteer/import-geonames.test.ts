import fs, { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { importGeonames } from '../../../src/gazetteer/import-geonames.js';
import { openGazetteer } from '../../../src/gazetteer/open-gazetteer.js';
import { failNext } from '../../support/failing-call.js';
import { CITIES, COUNTRIES, cityRow, REGIONS, writeGeonames } from './geonames-folder.js';

let home: string;
let folder: string;
let file: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'streetdex-geonames-'));
  folder = join(home, 'geonames');
  file = join(home, 'gazetteer.sqlite');
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

async function failure(): Promise<{ code: string; message: string }> {
  try {
    await importGeonames(folder, file);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('Expected the import to fail.');
}

const town = { id: 9, name: 'Town', lat: 47, lon: 15, iso2: 'AT', admin1: '09', population: 30_000 };

describe('importGeonames', () => {
  it("makes a gazetteer of GeoNames' own files", async () => {
    writeGeonames(folder, {});
    await importGeonames(folder, file);
    const gazetteer = openGazetteer({ file });
    expect(gazetteer.countries.map((place) => place.id)).toEqual(['AT', 'LI']);
    expect(gazetteer.regions.map((place) => place.name)).toEqual(['Vorarlberg', 'Vienna']);
    expect(gazetteer.cities.map((place) => place.name)).toEqual(['Östadt', 'Weston', 'Vaduz']);
    expect(gazetteer.place('1')).toEqual({
      id: '1',
      level: 'city',
      name: 'Östadt',
      region: 'Vienna',
      regionId: 'AT.09',
      country: 'Austria',
      iso2: 'AT',
      point: { lat: 48.2, lon: 16.4 },
      population: 900_000,
    });
    expect(gazetteer.place('5')).toMatchObject({ region: null, regionId: null });
    expect(gazetteer.place('AT')?.population).toBe(8_847_037);
    // Smallford is too small to be listed, but counts for its region's people and centre.
    expect(gazetteer.place('AT.08')?.population).toBe(30_000);
    expect(gazetteer.place('AT.08')?.point.lat).toBeCloseTo(47.2667, 3);
    for (const text of ['ostadt', 'oldtown', 'восток']) expect(gazetteer.search(text)[0]?.id).toBe('1');
    expect(gazetteer.stats()).toMatchObject({
      countries: 2,
      regions: 2,
      cities: 3,
      source: 'GeoNames cities15000.txt',
    });
    gazetteer.close();
  });

  it('reads zips, CRLF and any case of names, and gets the same places from them', async () => {
    writeGeonames(folder, {});
    await importGeonames(folder, file);
    const plain = openGazetteer({ file });
    const other = join(home, 'zipped');
    writeGeonames(other, {
      'cities15000.txt': '',
      'Cities15000.zip': `${CITIES.join('\r\n')}\r\n`,
      'admin1CodesASCII.txt': '',
      'ADMIN1CODESASCII.TXT': REGIONS.join('\n'),
      'countryInfo.txt': '',
      'countryInfo.zip': COUNTRIES.join('\n'),
    });
    await importGeonames(other, join(home, 'other.sqlite'));
    const zipped = openGazetteer({ file: join(home, 'other.sqlite') });
    expect(zipped.hash).toBe(plain.hash);
    plain.close();
    zipped.close();
  });

  it('takes the largest of several city files', async () => {
    writeGeonames(folder, { 'cities500.zip': [...CITIES, cityRow(town)].join('\n') });
    await importGeonames(folder, file);
    const gazetteer = openGazetteer({ file });
    expect(gazetteer.place('9')?.name).toBe('Town');
    gazetteer.close();
  });

  it('replaces what is there while it is read, and keeps it when the new files are bad', async () => {
    writeGeonames(folder, {});
    await importGeonames(folder, file);
    const before = openGazetteer({ file });
    writeGeonames(folder, { 'cities15000.txt': [...CITIES, cityRow({ ...town, lat: 91 })] });
    expect((await failure()).code).toBe('gazetteer_row_invalid');
    const kept = openGazetteer({ file });
    expect(kept.hash).toBe(before.hash);
    kept.close();
    writeGeonames(folder, { 'cities15000.txt': [...CITIES, cityRow(town)] });
    await importGeonames(folder, file);
    const after = openGazetteer({ file });
    expect(after.hash).not.toBe(before.hash);
    expect(after.cities).toHaveLength(4);
    expect(before.search('weston')[0]?.name).toBe('Weston');
    before.close();
    after.close();
    expect(readdirSync(home).sort()).toEqual(['gazetteer.sqlite', 'gazetteer.sqlite.imported', 'geonames']);
  });

  it('is not disturbed by what a killed build left, and clears it after a while', async () => {
    const [old, fresh] = ['gazetteer.sqlite.1-00.building', 'gazetteer.sqlite.2-00.building'] as const;
    for (const name of [old, fresh]) writeFileSync(join(home, name), 'half');
    utimesSync(join(home, old), new Date(0), new Date(0));
    writeGeonames(folder, {});
    await importGeonames(folder, file);
    expect(readdirSync(home).sort()).toEqual(
      ['geonames', 'gazetteer.sqlite', 'gazetteer.sqlite.imported', fresh].sort(),
    );
  });

  it.each([
    ['rmSync', /-wal$/, 'EIO', 'disk_error'],
    ['renameSync', /\.building$/, 'EMFILE', 'disk_error'],
    ['renameSync', /\.building$/, 'ENOSPC', 'disk_full'],
    ['renameSync', /\.building$/, 'EROFS', 'folder_read_only'],
  ] as const)('that meets a disk which fails says so, and leaves nothing: %s %s %s', async (call, path, code, said) => {
    writeGeonames(folder, {});
    failNext(fs, call, path, code);
    expect((await failure()).code).toBe(said);
    expect(readdirSync(home)).toEqual(['geonames']);
    await importGeonames(folder, file);
    expect(readdirSync(home).sort()).toEqual(['gazetteer.sqlite', 'gazetteer.sqlite.imported', 'geonames']);
  });

  it('names every missing file, and a folder that is not there', async () => {
    expect((await failure()).code).toBe('folder_unreadable');
    writeGeonames(folder, { 'cities15000.txt': '', 'countryInfo.txt': '' });
    const { code, message } = await failure();
    expect(code).toBe('gazetteer_file_missing');
    expect(message).toMatch(/missing: cities500, .*cities15000 \(\.txt or \.zip\); countryInfo/);
  });

  it.each([
    ['a row with too few columns', 'cities15000.txt', 'x\ty', /line 6: expected 19 columns .* found "2"/],
    ['latitude 91', 'cities15000.txt', cityRow({ ...town, lat: 91 }), /line 6: expected a latitude .* found "91"/],
    ['no latitude', 'cities15000.txt', cityRow({ ...town, lat: '' }), /line 6: expected a latitude .* found ""/],
    ['"nan"', 'cities15000.txt', cityRow({ ...town, lon: 'nan' }), /line 6: expected a longitude .* found "nan"/],
    ['a population of words', 'cities15000.txt', cityRow({ ...town, population: 'many' }), /line 6: .* found "many"/],
    ['a country in lower case', 'cities15000.txt', cityRow({ ...town, iso2: 'at' }), /line 6: .* found "at"/],
    ['an id twice', 'cities15000.txt', cityRow({ ...town, id: 3 }), /line 6: .* once, found "3"/],
    ['a region without a name', 'admin1CodesASCII.txt', 'AT.01\t\t\t1', /line 4: expected a name/],
    ['a country cut short', 'countryInfo.txt', 'CH\tCHE', /line 5: expected 19 columns/],
  ])('says where a file has %s', async (_what, name, row, message) => {
    const rows = { 'cities15000.txt': CITIES, 'admin1CodesASCII.txt': REGIONS, 'countryInfo.txt': COUNTRIES }[name];
    writeGeonames(folder, { [name]: [...(rows ?? []), row] });
    const found = await failure();
    expect(found.code).toBe('gazetteer_row_invalid');
    expect(found.message).toMatch(message);
    expect(found.message).toContain(name);
    expect(readdirSync(home)).toEqual(['geonames']);
  });

  it('refuses a zip that is none, one without the entry, and text that is not UTF-8', async () => {
    const latin = Buffer.from(CITIES[0]?.replace('Östadt', '\xd6stadt') ?? '', 'latin1');
    for (const files of [
      { 'cities500.zip': Buffer.from('not a zip') },
      { 'cities500.zip': Buffer.from(`PK\x05\x06${'\0'.repeat(18)}`, 'latin1') },
      { 'cities500.txt': latin },
    ]) {
      rmSync(folder, { recursive: true, force: true });
      writeGeonames(folder, files);
      expect((await failure()).code).toBe('gazetteer_file_invalid');
    }
  });

  it('refuses a file, and a zip that unpacks to one, that is larger than any of GeoNames’ before it is read', async () => {
    const large = ' '.repeat(100 * 2 ** 20);
    for (const name of ['cities500.zip', 'cities500.txt']) {
      rmSync(folder, { recursive: true, force: true });
      writeGeonames(folder, { [name]: large });
      expect(await failure()).toMatchObject({
        ...{ code: 'gazetteer_file_invalid', message: expect.stringContaining('expected at most 100663296 bytes') },
      });
    }
  });

  it('refuses files without a single city', async () => {
    writeGeonames(folder, { 'cities15000.txt': [CITIES[3] as string] });
    expect((await failure()).code).toBe('gazetteer_source_empty');
  });
});
