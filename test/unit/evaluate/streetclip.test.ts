import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toUnitVector, type UnitVector } from '../../../src/domain/unit-vector.js';
import type { EvaluationQuery } from '../../../src/evaluate/evaluation-query.js';
import { cachedCaptions } from '../../../src/evaluate/streetclip/cached-captions.js';
import { linearProbe } from '../../../src/evaluate/streetclip/linear-probe.js';
import { makeLists } from '../../../src/evaluate/streetclip/make-lists.js';
import { readCities, readNames } from '../../../src/evaluate/streetclip/read-lists.js';
import { runStreetclipProtocol } from '../../../src/evaluate/streetclip/run-protocol.js';
import { textContent, VectorCache } from '../../../src/evaluate/vector-cache.js';
import { buildGazetteer } from '../../../src/gazetteer/build-gazetteer.js';
import type { Gazetteer } from '../../../src/gazetteer/gazetteer.js';
import { openGazetteer } from '../../../src/gazetteer/open-gazetteer.js';
import { readPackageSource } from '../../../src/gazetteer/package-source.js';
import { distanceKm } from '../../../src/geo/distance.js';

let folder: string;
let gazetteer: Gazetteer;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'streetdex-protocol-'));
  const file = join(folder, 'gazetteer.sqlite');
  buildGazetteer(file, readPackageSource());
  gazetteer = openGazetteer({ file });
});
afterAll(() => {
  gazetteer.close();
  rmSync(folder, { recursive: true, force: true });
});

const vector = (...values: number[]) => toUnitVector(values);

describe('linear probing', () => {
  const countries = [vector(1, 0, 0), vector(0, 1, 0)];
  const cities = [[vector(1, 0, 1), vector(1, 0, -1)], [vector(0, 1, 1)]];

  it('takes the country of the nearest caption, then the nearest of its own cities', () => {
    // cos(query, country): 3/√10 ≈ 0.949 and 0; cos(query, its cities): 2/√20·… = 0.447 and 0.894.
    const { country, city } = linearProbe(vector(3, 0, -1), countries, (i) => cities[i] ?? [], 100);
    expect([country.winner, city.winner]).toEqual([0, 1]);
    expect(country.scores[0]?.logit).toBeCloseTo(300 / Math.sqrt(10), 4);
    expect(city.scores[1]?.logit).toBeCloseTo(400 / Math.sqrt(20), 4);
  });

  it('gives softmax probabilities, the logit scale in front', () => {
    const { country } = linearProbe(vector(1, 0.5, 0), countries, (i) => cities[i] ?? [], 2);
    const gap = (2 * (1 - 0.5)) / Math.sqrt(1.25);
    expect(country.scores[0]?.probability).toBeCloseTo(1 / (1 + Math.exp(-gap)), 6);
    expect(country.scores[1]?.probability).toBeCloseTo(1 / (1 + Math.exp(gap)), 6);
  });

  it('stays with the country that won, although a city of another is nearer', () => {
    const far = [[vector(0, 0, 1)], [vector(1, 0.9, 0)]];
    expect(linearProbe(vector(1, 0.9, 0), countries, (i) => far[i] ?? [], 100).country.winner).toBe(0);
  });

  it('takes the first of equal ones', () => {
    expect(linearProbe(vector(1, 1, 0), countries, (i) => cities[i] ?? [], 100).country.winner).toBe(0);
  });
});

describe('the protocol’s lists', () => {
  it('are the paper’s 193 countries with 1 to 30 cities each, Palestine’s from the gazetteer', () => {
    const { countries, notices } = makeLists({}, gazetteer);
    expect(countries).toHaveLength(193);
    for (const { cities } of countries) expect(cities.length >= 1 && cities.length <= 30).toBe(true);
    const of = (name: string) => countries.find((country) => country.name === name);
    expect(of('United States')?.cities).toHaveLength(30);
    expect(of('Netherlands')?.caption).toBe('A Street View photo in Netherlands.');
    expect(of('Japan')?.cities[0]?.caption).toBe('A Street View photo from Tokyo.');
    expect(notices).toEqual(['The list has no city of Palestine; the gazetteer’s most populous stand in.']);
    const largest = gazetteer.cities.filter(({ iso2 }) => iso2 === 'PS').slice(0, 30);
    expect(of('Palestine')?.cities.map(({ point }) => point)).toEqual(largest.map(({ point }) => point));
  });

  it('have 50 states with cities of their own in place of the United States, Georgia twice', () => {
    const { countries, notices } = makeLists({ splitStates: true }, gazetteer);
    expect(countries).toHaveLength(242);
    const states = countries.filter(({ name }) => name.endsWith(', United States'));
    expect(states).toHaveLength(50);
    for (const { name, cities } of states) {
      for (const { point } of cities) {
        // A city at the border may be nearer to one of the next state than to any other of its own.
        expect(gazetteer.nearest(point)).toMatchObject({ iso2: 'US', region: name.replace(', United States', '') });
      }
    }
    const captions = countries.map(({ caption }) => caption).filter((caption) => caption.includes('Georgia'));
    expect(captions).toEqual(['A Street View photo in Georgia.', 'A Street View photo in Georgia, United States.']);
    expect(countries.find(({ name }) => name === 'Georgia')?.cities[0]?.name).toBe('Tbilisi');
    expect(countries.find(({ name }) => name === 'Georgia, United States')?.cities[0]?.name).toBe('Atlanta');
    expect(notices).toHaveLength(2);
  });

  it('may be others: SimpleMaps’ own columns, the most populous first, states by their own cities', () => {
    const cities = join(folder, 'worldcities.csv');
    const names = join(folder, 'names.txt');
    const rows = Array.from({ length: 40 }, (_, i) => `Ville ${i},Ville ${i},${40 + i / 10},2,France,FR,${i * 1000}`);
    writeFileSync(
      cities,
      [
        'city,city_ascii,lat,lng,country,admin_name,population',
        ...rows,
        'Springfield,Springfield,39.8,-89.6,United States,Illinois,114394',
      ].join('\n'),
    );
    writeFileSync(names, 'France\r\nUnited States\n');
    const { countries } = makeLists({ countries: names, cities }, gazetteer);
    expect(countries.map(({ cities: own }) => own.length)).toEqual([30, 1]);
    expect(countries[0]?.cities[0]).toEqual({
      name: 'Ville 39',
      caption: 'A Street View photo from Ville 39.',
      point: { lat: 43.9, lon: 2 },
    });
    const split = makeLists({ countries: names, cities, splitStates: true }, gazetteer).countries;
    expect(split.find(({ name }) => name.startsWith('Illinois'))?.cities.map(({ name }) => name)).toEqual([
      'Springfield',
    ]);
  });

  it('are refused with the line or the name at fault', () => {
    const file = (text: string) => {
      const path = join(folder, 'list');
      writeFileSync(path, text);
      return path;
    };
    expect(() => readNames(file('\n \n'))).toThrow(/a name on each line, got none/);
    expect(() => readNames(file('Chile\nPeru\nChile\n'))).toThrow(/Chile twice/);
    expect(() => readNames(join(folder, 'absent'))).toThrow(
      expect.objectContaining({ code: 'protocol_list_invalid', message: expect.stringMatching(/can be read/) }),
    );
    expect(() => readCities(file('country,city,lat\nPeru,Lima,-12\n'))).toThrow(/lon or lng/);
    expect(() => readCities(file('country,city,lat,lon\nPeru,Lima,-12,\n'))).toThrow(/as city 1/);
    expect(() => readCities(file('country,name,lat,lon\nPeru,Lima,-95,0\n'))).toThrow(/position in degrees/);
    expect(() => makeLists({ countries: file('Atlantis\n') }, gazetteer)).toThrow(/at least one city of Atlantis/);
    expect(() => makeLists({ countries: file('Chile\n'), splitStates: true }, gazetteer)).toThrow(
      /United States among/,
    );
  });
});

describe('a run of the protocol', () => {
  const points = { warsaw: { lat: 52.23, lon: 21.01 }, paris: { lat: 48.857, lon: 2.352 } };
  const lists = {
    notices: [],
    countries: [
      {
        name: 'Poland',
        caption: 'in Poland',
        cities: [
          { name: 'Warsaw', caption: 'from Warsaw', point: points.warsaw },
          { name: 'Kraków', caption: 'from Kraków', point: { lat: 50.06, lon: 19.94 } },
        ],
      },
      { name: 'France', caption: 'in France', cities: [{ name: 'Paris', caption: 'from Paris', point: points.paris }] },
      {
        name: 'Peru',
        caption: 'in Peru',
        cities: [{ name: 'Lima', caption: 'from Lima', point: { lat: -12, lon: -77 } }],
      },
    ],
  };
  const captions: Record<string, UnitVector> = {
    'in Poland': vector(1, 0, 0, 0),
    'in France': vector(0, 1, 0, 0),
    'in Peru': vector(0, 0, -1, 0),
    'from Warsaw': vector(0, 0, 1, 0),
    'from Kraków': vector(0, 0, 0, 1),
    'from Paris': vector(0, 0, 0, 1),
  };
  const query = (id: string, own: UnitVector, truth: EvaluationQuery['truth']): EvaluationQuery => ({
    id,
    truth,
    vector: own,
    cluster: id,
    part: null,
    filter: {},
    sha256: null,
    file: null,
  });

  it('answers with the winning city’s coordinates, and embeds each caption once and no loser’s cities', async () => {
    const asked: string[] = [];
    const embedCaption = async (text: string) => {
      asked.push(text);
      const found = captions[text];
      if (found === undefined) throw new Error(`nobody should ask for ${text}`);
      return found;
    };
    const results = await runStreetclipProtocol(
      [
        query('a', vector(2, 1, 1, 0), points.warsaw),
        query('b', vector(0, 1, 0, 0.5), points.warsaw),
        query('c', vector(2, 0, 0, 1), points.paris),
      ],
      { lists, embedCaption, logitScale: 100, gazetteer },
    );
    expect(results.map(({ sides }) => sides.streetclip?.point)).toEqual([
      points.warsaw,
      points.paris,
      { lat: 50.06, lon: 19.94 },
    ]);
    expect(asked.toSorted()).toEqual(Object.keys(captions).toSorted());
    const [right, wrong] = results;
    expect(right?.sides.streetclip).toMatchObject({ errorKm: 0, countryHit: true, cityHit: true });
    expect(wrong?.sides.streetclip).toMatchObject({ countryHit: false, cityHit: false });
    expect(wrong?.sides.streetclip?.errorKm).toBeCloseTo(distanceKm(points.paris, points.warsaw), 9);
    expect(right?.evidence.captions[0]?.text).toBe('in Poland');
  });

  it('takes its doubt from its own probabilities: what other countries got is elsewhere', async () => {
    const embedCaption = async (text: string) => captions[text] ?? vector(0, 0, 0, 1);
    const [result] = await runStreetclipProtocol([query('a', vector(1, 0.8, 0, 0), points.warsaw)], {
      lists,
      embedCaption,
      logitScale: 1,
      gazetteer,
    });
    const side = result?.sides.streetclip;
    const logits = [1, 0.8, 0].map((x) => Math.exp(x / Math.sqrt(1.64)));
    const inPoland = (logits[0] as number) / logits.reduce((a, b) => a + b);
    // Both cities have cosine 0: half each, some 250 km apart.
    expect(side?.probability).toBeCloseTo(inPoland / 2, 5);
    expect(side?.spread).toBeGreaterThan(1 - inPoland);
    expect(side?.spread).toBeLessThan(1 - inPoland / 2);
    expect(side?.radius90Km).toBeGreaterThan(20_000);
  });

  it('names the query whose number is none', async () => {
    const embedCaption = async (text: string) => captions[text] ?? vector(0, 0, 0, 1);
    const broken = new Float32Array([Number.NaN, 0, 0, 0]) as UnitVector;
    await expect(
      runStreetclipProtocol([query('bad', broken, points.warsaw)], { lists, embedCaption, logitScale: 1, gazetteer }),
    ).rejects.toThrow(/bad/);
  });

  it('stops when asked to', async () => {
    const signal = AbortSignal.abort();
    const embedCaption = async () => vector(1, 0, 0, 0);
    await expect(
      runStreetclipProtocol([], { lists, embedCaption, logitScale: 1, gazetteer, signal }),
    ).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('keeps captions, so that a second run asks the model for nothing', async () => {
    const cache = new VectorCache(join(folder, 'data'), 'model', 4);
    let asked = 0;
    const model = async () => {
      asked++;
      return { embedText: async () => ({ vector: vector(1, 2, 3, 4), encodeMs: 0 }) } as never;
    };
    const first = await cachedCaptions(model, cache)('from Lima');
    expect(await cachedCaptions(model, cache)('from Lima')).toEqual(first);
    expect(asked).toBe(1);
    expect(cache.vector(textContent('from Lima'))).toEqual(first);
    cache.close();
  });
});
