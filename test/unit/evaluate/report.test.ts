import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import sharp from 'sharp';
import type { QueryResult, SideResult } from '../../../src/evaluate/query-result.js';
import { chooseCases } from '../../../src/evaluate/report/choose-cases.js';
import { greatCircle } from '../../../src/evaluate/report/great-circle.js';
import { markup } from '../../../src/evaluate/report/markup.js';
import { MAP_ASPECT, onMap } from '../../../src/evaluate/report/projection.js';
import { renderReport } from '../../../src/evaluate/report/render-report.js';
import { reportThumbnail } from '../../../src/evaluate/report/thumbnail.js';
import { summarise } from '../../../src/evaluate/summarise.js';
import { destination, distanceKm } from '../../../src/geo/distance.js';
import { seeded } from '../../support/toy-world.js';

const HOSTILE = '<img src=x onerror="alert(1)">&amp;\u0000\'"</script>';

function results(count: number): QueryResult[] {
  const random = seeded(4);
  return Array.from({ length: count }, (_, i) => {
    const truth = { lat: 140 * random() - 70, lon: 360 * random() - 180 };
    const side = (): SideResult => {
      const point = destination(truth, 360 * random(), 10 ** (4 * random()));
      const errorKm = distanceKm(truth, point);
      const spread = random();
      return {
        point,
        errorKm,
        probability: random(),
        spread,
        radius50Km: 10,
        radius90Km: 1000,
        countryHit: null,
        regionHit: null,
        cityHit: null,
      };
    };
    return {
      id: `${i} ${HOSTILE}`,
      cluster: `a${i % 9}`,
      part: i % 3 ? HOSTILE : 'other',
      file: i % 2 ? `${i}.jpg` : null,
      truth,
      iso2: null,
      sides: { retrieval: i === 0 ? null : side(), captions: side(), blend: side(), [HOSTILE]: side() },
      verdict: { word: 'sure', level: 'town', wrong: i % 4 === 0 },
      bestScore: 1,
      notIndexed: 0,
      evidence: {
        neighbours: [{ id: HOSTILE, score: 0.5, point: truth }],
        captions: [{ text: HOSTILE, probability: 0.5 }],
      },
      tookMs: { search: 1, judge: 1 },
    };
  });
}

function evaluationOf(some: readonly QueryResult[]) {
  return summarise(some, {
    protocol: HOSTILE,
    manifest: 'im2gps.csv',
    date: '2026-01-01',
    model: { id: 'm', name: HOSTILE },
    index: { references: 3, name: HOSTILE },
    profile: { name: HOSTILE, calibration: null },
    skipped: [{ code: HOSTILE }],
    inIndex: [],
    cities: [{ point: { lat: 0, lon: 0 }, population: 5 }],
    stages: { [HOSTILE]: 3 },
  });
}

describe('the report', () => {
  const some = results(60);
  const evaluation = evaluationOf(some);

  it('is one page that needs nothing from outside, and says so to the browser', async () => {
    const page = await renderReport(evaluation, some);
    expect(page.startsWith('<!doctype html>')).toBe(true);
    expect(page.includes('content="default-src &#39;none&#39;; img-src data:;')).toBe(true);
    expect(page.match(/<(script|link|iframe|object|base|form|use)\b/i)).toBeNull();
    const style = page.match(/<style>(.*?)<\/style>/s)?.[1] ?? '';
    expect(style.match(/@import|url\(|:\/\//)).toBeNull();
    for (const tag of page.match(/<[a-z][^>]*>/gi) ?? []) {
      const names = tag.replace(/"[^"]*"/g, '');
      expect(names).not.toMatch(/\s(on\w+|href|xlink:href|srcset|action)\s*=/i);
      if (/\ssrc=/.test(names)) expect(tag).toMatch(/\ssrc="data:image\/jpeg;base64,/);
    }
  });

  it('escapes every text that comes from data', async () => {
    const page = await renderReport(evaluation, some);
    expect(page.includes('<img src=x')).toBe(false);
    expect(page.includes('\u0000')).toBe(false);
    expect(
      page.includes('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;amp;\ufffd&#39;&quot;&lt;/script&gt;'),
    ).toBe(true);
  });

  it('is well-formed: every element is closed', async () => {
    const page = await renderReport(evaluation, some);
    const closed = page
      .replace('<!doctype html>', '')
      .replace(/<(meta|img|br)\b([^>]*)>/g, '<$1$2/>')
      .replace(/\stabindex=/g, ' tabindex=');
    expect(() => new XMLParser({ ignoreAttributes: false, processEntities: false }).parse(closed, true)).not.toThrow();
  });

  it('describes each figure in words and gives its numbers as a table', async () => {
    const page = await renderReport(evaluation, some);
    const drawings = page.match(/<svg [^>]*role="img"[^>]*>/g) ?? [];
    expect(drawings.length).toBeGreaterThanOrEqual(7);
    for (const drawing of drawings) expect(drawing).toMatch(/aria-label="[^"]{20,}"/);
    const figures = page.match(/<figure>.*?<\/figure>/gs) ?? [];
    expect(figures.length).toBe(drawings.length);
    for (const one of figures) expect(one).toMatch(/<figcaption>.+<details>.*<table>/s);
  });

  it('has the figures of the evaluation and the published rows', async () => {
    const page = await renderReport(evaluation, some);
    const blend = evaluation.overall.sides.blend;
    expect(page.includes(`${blend?.within_percent['750']?.value.toFixed(1)}<small>`)).toBe(true);
    expect(page.includes('PlaNet (2016)')).toBe(true);
  });

  it('holds small pictures of the cases, and does without those that are not at hand or broken', async () => {
    const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#336699' } })
      .png()
      .toBuffer();
    const read: string[] = [];
    const page = await renderReport(evaluation, some, {
      readImage: async (file) => {
        read.push(file);
        return file === '3.jpg' ? null : file === '5.jpg' ? Buffer.from('not a picture') : photo;
      },
    });
    expect(read.length).toBeGreaterThan(3);
    expect(page.match(/data:image\/jpeg;base64,/g)?.length).toBe(
      read.filter((file) => file !== '3.jpg' && file !== '5.jpg').length,
    );
    expect(page.includes('photo not at hand')).toBe(true);
    const small = await sharp((await reportThumbnail(photo, 320)) ?? Buffer.of()).metadata();
    expect([small.width, small.height, small.format]).toEqual([320, 213, 'jpeg']);
    expect(await reportThumbnail(Buffer.from('no picture'), 320)).toBeNull();
  });

  it('shows the neighbours of the cases, where the index has their files', async () => {
    const photo = await sharp({ create: { width: 90, height: 60, channels: 3, background: '#336699' } })
      .png()
      .toBuffer();
    const asked: string[] = [];
    const page = await renderReport(evaluation, some, {
      readReference: async (id) => {
        asked.push(id);
        return asked.length % 2 ? photo : null;
      },
    });
    expect(new Set(asked)).toEqual(new Set([HOSTILE]));
    expect(page.match(/data:image\/jpeg;base64,/g)?.length).toBe(Math.ceil(asked.length / 2));
  });

  it('is made of one query too, and of a run without blend', async () => {
    const single = some
      .slice(1, 2)
      .map((one) => ({ ...one, part: null, sides: { streetclip: one.sides.blend ?? null } }));
    const page = await renderReport(evaluationOf(single), single);
    expect(page.includes('streetclip')).toBe(true);
    expect(page.includes('NaN')).toBe(false);
    expect(page.includes('Infinity')).toBe(false);
  });
});

describe('the cases shown', () => {
  it('are the worst, the surest of those wrong and the typical, each author once, none in two lists', () => {
    const some = results(200);
    const { worst, surestWrong, typical } = chooseCases(some, 'blend', 6);
    for (const list of [worst, surestWrong, typical]) {
      expect(list).toHaveLength(6);
      expect(new Set(list.map(({ result }) => result.cluster)).size).toBe(6);
    }
    const most = Math.max(...some.map(({ sides }) => sides.blend?.errorKm ?? 0));
    expect(worst[0]?.answer.errorKm).toBe(most);
    for (const { answer } of surestWrong) expect(answer.errorKm).toBeGreaterThan(750);
    expect(new Set([...worst, ...surestWrong, ...typical].map(({ result }) => result.id)).size).toBe(18);
  });
});

describe('the map', () => {
  it('holds the world, with areas in proportion', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -89, max: 88, noNaN: true }),
        fc.double({ min: -180, max: 179, noNaN: true }),
        (lat, lon) => {
          const [x, y] = onMap({ lat, lon }, 1000);
          expect(x).toBeGreaterThanOrEqual(-1e-9);
          expect(x).toBeLessThanOrEqual(1000 + 1e-9);
          expect(y).toBeGreaterThanOrEqual(-1e-9);
          expect(y).toBeLessThanOrEqual(1000 / MAP_ASPECT + 1e-9);
          const step = 0.01;
          const [x1, y1] = onMap({ lat, lon: lon + step }, 1000);
          const [x2, y2] = onMap({ lat: lat + step, lon }, 1000);
          const area =
            Math.abs((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y)) / Math.cos(((lat + step / 2) * Math.PI) / 180);
          const [ex, ey] = onMap({ lat: 0, lon: 0 }, 1000);
          const [ex1, ey1] = onMap({ lat: 0, lon: step }, 1000);
          const [ex2, ey2] = onMap({ lat: step, lon: 0 }, 1000);
          const equator = Math.abs((ex1 - ex) * (ey2 - ey) - (ex2 - ex) * (ey1 - ey));
          expect(area / equator).toBeCloseTo(1, 2);
        },
      ),
    );
  });

  it('leads lines the shortest way, cut at 180°', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -80, max: 80, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.double({ min: -80, max: 80, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        (latA, lonA, latB, lonB) => {
          const [a, b] = [
            { lat: latA, lon: lonA },
            { lat: latB, lon: lonB },
          ];
          fc.pre(distanceKm(a, b) < 19_900);
          const pieces = greatCircle(a, b);
          expect(pieces[0]?.[0]).toEqual(a);
          expect(pieces.at(-1)?.at(-1)).toEqual(b);
          let km = 0;
          for (const piece of pieces) {
            for (let i = 1; i < piece.length; i++) {
              const [from, to] = [piece[i - 1], piece[i]];
              if (from === undefined || to === undefined) continue;
              expect(Math.abs(to.lon - from.lon)).toBeLessThanOrEqual(180);
              km += distanceKm(from, to);
            }
          }
          expect(km).toBeGreaterThan(distanceKm(a, b) - 1e-6);
          expect(km).toBeLessThan(distanceKm(a, b) + 60);
        },
      ),
    );
  });
});

describe('markup', () => {
  it('gives back any text when it is read', () => {
    const parser = new XMLParser({ trimValues: false, parseTagValue: false });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ';', '#', 'ß') }), (text) => {
        const read = parser.parse(markup`<p>${text}</p>`.text) as { p: string };
        expect(read.p.replaceAll('&#39;', "'")).toBe(text.replaceAll('&#39;', "'"));
      }),
    );
  });
});
