import { describe, expect, it } from '@jest/globals';
import { describeEvaluation } from '../../../src/cli/describe-evaluation.js';
import type { QueryResult, SideResult } from '../../../src/evaluate/query-result.js';
import { summarise } from '../../../src/evaluate/summarise.js';

const ABOUT = {
  ...{ protocol: 'the photos of test.csv', date: '2026-01-01', model: { id: 'm', name: 'pocket' }, seed: 1 },
  ...{ index: { references: 7, name: 'city' }, profile: { name: 'default', calibration: null } },
  ...{ skipped: [], inIndex: [], cities: [], stages: { gather: 1500 } },
};

function side(errorKm: number, radius90Km = 500): SideResult {
  return {
    ...{ point: { lat: 1, lon: 2 }, errorKm, probability: 0.5, spread: errorKm / 10_000 },
    ...{ radius50Km: Math.min(50, radius90Km), radius90Km, countryHit: errorKm < 200, regionHit: null, cityHit: null },
  };
}

function result(i: number, sides: QueryResult['sides'], part: string | null = null): QueryResult {
  return {
    ...{ id: `q${i}`, cluster: `author ${i}`, part, file: null, truth: { lat: i, lon: i }, iso2: 'PL', sides },
    verdict: i < 2 ? { word: 'sure', level: 'country', wrong: i === 1 } : { word: 'unsure', level: null, wrong: null },
    ...{ bestScore: 0.9, notIndexed: 0.1, evidence: { neighbours: [], captions: [] } },
    tookMs: { search: 1, judge: 4 },
  };
}

const lines = (results: readonly QueryResult[]) => describeEvaluation(summarise(results, ABOUT), 120).split('\n');
const cellsOf = (text: readonly string[], label: string) =>
  (text.find((line) => line.startsWith(label)) ?? '').slice(label.length).trim().split(/ {2,}/);

describe('an evaluation on a terminal', () => {
  const sides = (km: number) => ({ retrieval: side(km), captions: side(2 * km), blend: side(km / 2), vo: side(km, 0) });
  const text = lines([10, 30, 300, 900].map((km, i) => result(i, sides(km), i < 2 ? 'indexed' : 'unindexed')));

  it('has a column for each side, with intervals', () => {
    expect(
      text
        .find((line) => /retrieval/.test(line))
        ?.trim()
        .split(/ {2,}/),
    ).toEqual(['retrieval', 'captions', 'blend', 'vo']);
    const within = cellsOf(text, 'within 25 km, %').map((cell) => Number(cell.split(' ')[0]));
    expect(within).toEqual([25, 25, 50, 25]);
    for (const cell of cellsOf(text, 'median km')) expect(cell).toMatch(/^[\d.]+ \([\d.]+–[\d.]+\)$/);
  });

  it('puts sides below each other where they do not fit beside each other', () => {
    const narrow = describeEvaluation(summarise([result(0, sides(5)), result(1, sides(7))], ABOUT), 80).split('\n');
    const heads = narrow.filter((line) => /^ {5,}\w+( {2,}\w+)*$/.test(line)).map((line) => line.trim().split(/ {2,}/));
    expect(heads).toEqual([['retrieval', 'captions', 'blend'], ['vo']]);
    expect(cellsOf(narrow, 'within 25 km, %')).toHaveLength(3);
  });

  it('leaves out what nobody knows, and the promises of a side that makes none', () => {
    expect(text.some((line) => line.startsWith('region, %'))).toBe(false);
    expect(cellsOf(text, 'country, %')).toHaveLength(4);
    expect(cellsOf(text, '90 % circle holds, %')).toHaveLength(3);
  });

  it('tells parts apart where there are several, and names the only one otherwise', () => {
    expect(text.filter((line) => /^(un)?indexed: 2 queries/.test(line))).toHaveLength(2);
    const alone = lines([result(0, sides(5), 'unindexed'), result(1, sides(7), 'unindexed')]);
    expect(alone).toContain('All of them are unindexed.');
    expect(alone.some((line) => line.startsWith('unindexed: '))).toBe(false);
    expect(lines([result(0, sides(5))]).join('\n')).not.toMatch(/All of them are/);
  });

  it('says what answers without looking would get, what verdicts were given, and what it took', () => {
    const all = text.join('\n');
    expect(all).toMatch(/Without looking at the photos\n {2}always /);
    expect(all).toContain('Verdict sure: 50.0 %, 50.0 % of them wrong at the level they name.');
    expect(all).toContain('Verdict unsure: 50.0 %.');
    expect(all).not.toContain('Verdict likely');
    expect(all).toContain('captions, blend and decision 4.0 ms a query');
    expect(all).toContain('gather 1.5 s');
  });

  it('counts the answers of a side that has none to some', () => {
    const some = lines([result(0, sides(5)), result(1, { ...sides(7), captions: null })]);
    expect(cellsOf(some, 'answered')).toEqual(['2', '1', '2', '2']);
  });
});
