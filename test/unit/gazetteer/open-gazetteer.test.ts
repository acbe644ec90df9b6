import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workerFile } from '../../../src/config/package-root.js';
import { STREETCLIP_TEMPLATES } from '../../../src/domain/caption.js';
import type { Gazetteer } from '../../../src/gazetteer/gazetteer.js';
import { openGazetteer } from '../../../src/gazetteer/open-gazetteer.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { describeShared } from '../../support/shared.js';

let folder: string;
let gazetteer: Gazetteer;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'streetdex-gazetteer-'));
  gazetteer = openGazetteer({ file: join(folder, 'gazetteer.sqlite') });
});

afterAll(() => {
  gazetteer.close();
  rmSync(folder, { recursive: true, force: true });
});

const best = (text: string) => gazetteer.search(text, { limit: 1 })[0];

describe('a gazetteer that is damaged', () => {
  it.each([
    ['has no bytes', Buffer.alloc(0)],
    ['is something else', Buffer.from('not a database at all')],
  ])('is built anew, with a notice, as it is a cache: it %s', (_, bytes) => {
    const file = join(folder, 'damaged.sqlite');
    writeFileSync(file, bytes);
    const notices: string[] = [];
    const opened = openGazetteer({ file, onNotice: (sentence) => notices.push(sentence) });
    expect(opened.cities.length).toBe(gazetteer.cities.length);
    opened.close();
    expect(notices).toEqual([expect.stringContaining('is built anew')]);
  });

  it('and was imported is left as it is, and the sentence says what mends it', () => {
    const file = join(folder, 'imported.sqlite');
    writeFileSync(file, '');
    writeFileSync(`${file}.imported`, 'GeoNames cities500.zip');
    expect(() => openGazetteer({ file })).toThrow(/streetdex gazetteer import FOLDER/);
    expect(readFileSync(file).length).toBe(0);
  });
});

describe('the places', () => {
  it('are every country, and cities from 15,000 people or capitals', () => {
    expect(gazetteer.countries.length).toBeGreaterThan(245);
    expect(gazetteer.cities.length).toBeGreaterThan(23_000);
    const small = gazetteer.cities.filter((city) => city.population < 15_000);
    expect(small.map((city) => city.name)).toEqual(expect.arrayContaining(['Vatican City', 'Vaduz', 'San Marino']));
    expect(small.length).toBeLessThan(100);
    expect(gazetteer.attribution).toContain('GeoNames');
  });

  it('have their region and country, for nearly all cities', () => {
    const sopot = best('Sopot');
    expect(sopot).toMatchObject({
      level: 'city',
      region: 'Pomerania',
      regionId: 'PL.82',
      country: 'Poland',
      iso2: 'PL',
    });
    const joined = gazetteer.cities.filter((city) => city.region !== null).length;
    expect(joined / gazetteer.cities.length).toBeGreaterThan(0.99);
    expect(gazetteer.cities.filter((city) => gazetteer.place(city.iso2)?.name !== city.country)).toEqual([]);
  });

  it('have each id once', () => {
    const { countries, regions, cities } = gazetteer;
    const all = [...countries, ...regions, ...cities];
    expect(new Set(all.map((place) => place.id)).size).toBe(all.length);
    for (const place of all.slice(0, 5000)) expect(gazetteer.place(place.id)).toBe(place);
    expect(gazetteer.place('nowhere')).toBeNull();
  });

  it('leave out sections of a city beside the city itself', () => {
    expect(best('South Boston')?.country).not.toBe('United States');
    expect(best('Boston')).toMatchObject({ region: 'Massachusetts' });
  });

  it('list a country and a region with their cities, most populous first', () => {
    const cities = gazetteer.citiesIn('PL.82');
    expect(cities[0]?.name).toBe('Gdańsk');
    for (let i = 1; i < cities.length; i++) {
      expect(cities[i]?.population).toBeLessThanOrEqual(cities[i - 1]?.population ?? 0);
    }
    expect(gazetteer.citiesIn('PL')[0]?.name).toBe('Warsaw');
    expect(gazetteer.citiesIn('PL').filter((city) => city.regionId === 'PL.82')).toEqual(cities);
    expect(gazetteer.regionsOf('PL')).toHaveLength(16);
    expect(gazetteer.citiesIn('ZZ')).toEqual([]);
  });

  it('stand amid their people: the centre of a country or region is nearer to them than its spread suggests', () => {
    for (const id of ['PL', 'US', 'US.CA', 'FJ', 'NZ']) {
      const place = gazetteer.place(id);
      const spread = gazetteer.spreadKm(id) ?? 0;
      if (place === null) throw new Error(id);
      let [squares, total] = [0, 0];
      for (const city of gazetteer.citiesIn(id)) {
        squares += city.population * distanceKm(city.point, place.point) ** 2;
        total += city.population;
      }
      // The small places that are not listed count for the spread, too.
      expect([id, Math.sqrt(squares / total) / spread]).toEqual([id, expect.closeTo(1, 0)]);
    }
    expect(Math.abs(gazetteer.place('FJ')?.point.lon ?? 0)).toBeGreaterThan(177);
    expect(gazetteer.spreadKm('VA')).toBe(25);
    expect(gazetteer.spreadKm('nowhere')).toBeNull();
  });

  it("give a city's radius by its people, 2,500 to the km²", () => {
    const warsaw = best('Warsaw');
    const area = Math.PI * (gazetteer.spreadKm(warsaw?.id ?? '') ?? 0) ** 2;
    expect(area * 2500).toBeCloseTo(warsaw?.population ?? 0, 3);
  });

  it('split the largest countries by region', () => {
    const { splitCountries } = gazetteer;
    expect([...splitCountries]).toEqual(expect.arrayContaining(['RU', 'CA', 'US', 'CN', 'BR', 'AU', 'IN', 'AR', 'MX']));
    for (const small of ['PL', 'GL', 'AQ', 'FR']) expect(splitCountries.has(small)).toBe(false);
  });
});

describe('search', () => {
  it('ignores accents, case and punctuation', () => {
    for (const text of ['lodz', 'ŁÓDŹ', 'Łódź']) expect(best(text)).toMatchObject({ name: 'Łódź', iso2: 'PL' });
    expect(gazetteer.search('sao paulo', { level: 'city' })[0]).toMatchObject({ name: 'São Paulo' });
  });

  it.each([
    ['Holland', 'NL'],
    ['Burma', 'MM'],
    ['Ivory Coast', 'CI'],
    ["Côte d'Ivoire", 'CI'],
    ['Czech Republic', 'CZ'],
    ['USA', 'US'],
    ['United States of America', 'US'],
    ['UK', 'GB'],
    ['Great Britain', 'GB'],
    ['Deutschland', 'DE'],
    ['Allemagne', 'DE'],
    ['Suomi', 'FI'],
    ['中国', 'CN'],
    ['Россия', 'RU'],
    ['Swaziland', 'SZ'],
    ['North Macedonia', 'MK'],
    ['Palestine', 'PS'],
    ['Bosnia & Herzegovina', 'BA'],
    ['Eswatini', 'SZ'],
  ])('knows the country %s', (text, iso2) => {
    expect(gazetteer.search(text, { level: 'country' })[0]).toMatchObject({ iso2, level: 'country' });
  });

  it.each([
    ['Cologne', 'Köln'],
    ['München', 'Munich'],
    ['Firenze', 'Florence'],
    ['venezia', 'Venice'],
    ['Kiev', 'Kyiv'],
    ['Saigon', 'Ho Chi Minh City'],
    ['東京', 'Tokyo'],
    ['nyc', 'New York City'],
  ])('knows the city %s as %s', (text, name) => {
    expect(gazetteer.search(text, { level: 'city' })[0]).toMatchObject({ name });
  });

  it('says which name matched', () => {
    expect(best('holland')).toMatchObject({ name: 'Netherlands', matched: 'Holland' });
  });

  it('puts the exact name before longer ones, and more people before fewer', () => {
    const york = gazetteer.search('York', { level: 'city', limit: 50 });
    const exact = york.filter((place) => place.matched === 'York');
    expect(york.slice(0, exact.length)).toEqual(exact);
    const populations = gazetteer.search('spring', { level: 'city', limit: 30 }).filter((p) => p.matched !== 'Spring');
    expect(populations.length).toBeGreaterThan(5);
    for (let i = 1; i < populations.length; i++) {
      expect(populations[i]?.population).toBeLessThanOrEqual(populations[i - 1]?.population ?? 0);
    }
  });

  it('keeps to a level, a country and a limit, names each place once, and finds nothing in nothing', () => {
    expect(gazetteer.search('georgia', { level: 'country' })[0]?.iso2).toBe('GE');
    expect(gazetteer.search('georgia', { iso2: 'us' })[0]?.id).toBe('US.GA');
    expect(gazetteer.search('a', { limit: 7 })).toHaveLength(7);
    const ids = gazetteer.search('united', { limit: 1000 }).map((place) => place.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const text of ['', '  ', '!', 'zzzzqqq']) expect(gazetteer.search(text)).toEqual([]);
    expect(gazetteer.search("'; DROP TABLE names; --")).toEqual([]);
    expect(gazetteer.search('100%_')).toEqual([]);
  });
});

describe('nearest', () => {
  it('is a city of the country that holds the point, with its distance', () => {
    expect(gazetteer.nearest({ lat: 54.44, lon: 18.57 })).toMatchObject({
      name: 'Sopot',
      region: 'Pomerania',
      country: 'Poland',
      iso2: 'PL',
    });
    // Słubice and Frankfurt (Oder) face each other over the river.
    expect(gazetteer.nearest({ lat: 52.345, lon: 14.562 })).toMatchObject({ name: 'Słubice', iso2: 'PL' });
    expect(gazetteer.nearest({ lat: 52.345, lon: 14.548 })).toMatchObject({ iso2: 'DE' });
  });

  it('is what a look at all cities of the country finds', () => {
    for (const [lat, lon] of [
      [48.9, 2.4],
      [-33.5, -70],
      [64, -20],
      [-17.5, 177.9],
      [66.5, -179.5],
    ] as const) {
      const found = gazetteer.nearest({ lat, lon });
      const distances = gazetteer.citiesIn(found.iso2 ?? '').map((city) => distanceKm(city.point, { lat, lon }));
      expect(found.distanceKm).toBeCloseTo(Math.min(...distances), 5);
    }
  });

  it('says how far the next city is at sea, without a country, and names none in Antarctica', () => {
    const sea = gazetteer.nearest({ lat: 30, lon: -45 });
    expect(sea).toMatchObject({ country: null, iso2: null });
    expect(sea.distanceKm).toBeGreaterThan(1000);
    expect(gazetteer.nearest({ lat: -80, lon: 0 })).toEqual({
      name: null,
      region: null,
      country: 'Antarctica',
      iso2: 'AQ',
      distanceKm: null,
    });
  });

  it('agrees with GeoNames on the country of nearly every city', () => {
    const other = gazetteer.cities.filter((city) => gazetteer.countryAt(city.point) !== city.iso2);
    expect(other.length / gazetteer.cities.length).toBeLessThan(0.001);
  });
});

describe('citiesWithin', () => {
  it('finds the cities of a box, also across 180°', () => {
    const fiji = gazetteer.citiesWithin({ west: 177, south: -20, east: -178, north: -15 });
    expect(fiji.map((city) => city.iso2)).toContain('FJ');
    expect(new Set(fiji.map((city) => city.iso2)).size).toBe(1);
  });
});

describe('captions', () => {
  it('name every country with people, the regions of split countries and every city', () => {
    const captions = gazetteer.captions(STREETCLIP_TEMPLATES);
    const levels = (level: string) => captions.filter((caption) => caption.level === level);
    expect(levels('city')).toHaveLength(gazetteer.cities.length);
    expect(levels('country').length).toBeGreaterThanOrEqual(gazetteer.countries.length - 5);
    expect(new Set(levels('region').map(({ id }) => id.slice(0, 2)))).toEqual(gazetteer.splitCountries);
    expect(captions.map((caption) => caption.text)).toEqual(
      expect.arrayContaining([
        'A Street View photo in the Netherlands.',
        'A Street View photo in California, United States.',
        'A Street View photo from Sopot.',
      ]),
    );
  });
});

describe('the file', () => {
  it('is whole, and equal, when two processes build it at once, and nothing else is left', async () => {
    const home = mkdtempSync(join(folder, 'race-'));
    const file = join(home, 'gazetteer.sqlite');
    const program = `import(${JSON.stringify(pathToFileURL(workerFile('gazetteer/open-gazetteer')).href)})
      .then(({ openGazetteer }) => openGazetteer({ file: ${JSON.stringify(file)} }).close())`;
    const exits = [0, 1].map(() => {
      const child = spawn(process.execPath, ['-e', program], { stdio: 'inherit' });
      return new Promise<number | null>((resolve) => child.on('exit', resolve));
    });
    expect(await Promise.all(exits)).toEqual([0, 0]);
    const built = openGazetteer({ file });
    expect(built.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(built.hash).toBe(gazetteer.hash);
    built.close();
    expect(readdirSync(home)).toEqual(['gazetteer.sqlite']);
  });
});

describeShared("StreetCLIP's country list", (shared) => {
  it('is found by search, each name the country that the protocol means', () => {
    const protocol = join(shared, 'streetclip-protocol');
    const names = readFileSync(join(protocol, 'countries.txt'), 'utf8').trim().split('\n');
    expect(names.length).toBeGreaterThan(190);
    const codes = new Map(
      readFileSync(join(protocol, 'cities.csv'), 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => [line.split(',')[0] as string, line.split(',')[1] as string]),
    );
    for (const name of names) {
      const found = gazetteer.search(name, { level: 'country', limit: 1 })[0];
      expect([name, found?.iso2]).toEqual([name, codes.get(name) ?? found?.iso2]);
      expect([name, found?.level]).toEqual([name, 'country']);
    }
  });
});
