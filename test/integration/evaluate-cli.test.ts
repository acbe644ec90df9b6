import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { commandLine } from '../support/command-line.js';
import { type EvaluationWorld, makeEvaluationWorld } from '../support/evaluation-world.js';
import { putFile } from '../support/temporary-folder.js';

let world: EvaluationWorld;
let manifest: string;

const { run } = commandLine();

function streetdex(...args: string[]) {
  const data = join(world.folder, 'data');
  return run(['evaluate', ...args, '--data-dir', data], { ...process.env, STREETDEX_THREADS: '1' });
}

beforeAll(async () => {
  world = await makeEvaluationWorld();
  const lines = readFileSync(world.manifest, 'utf8').trim().split('\n');
  putFile(world.folder, 'queries/more.csv', [...lines, 'gone.jpg,1,2,x,', ''].join('\n'));
  manifest = join(world.folder, 'queries/more.csv');
}, 300_000);

const index = () => join(world.folder, 'index');

describe('streetdex evaluate', () => {
  it('prints the sides with intervals, and says what was skipped and why', () => {
    const { status, stdout, stderr } = streetdex('--index', index(), '--manifest', manifest);
    expect(stderr).toMatch(/12 queries: the photos of .*more\.csv; 12 embedded now\./);
    expect(stderr).toMatch(/1 were skipped:\n +file_missing +gone\.jpg/);
    expect(status).toBe(0);
    expect(stdout).toMatch(/retrieval +captions +blend/);
    expect(stdout).toMatch(/within 25 km, % +\d+\.\d \(\d+\.\d–\d+\.\d\)/);
    expect(stdout).toContain('blend minus better side');
    expect(stdout).toMatch(/\nindexed: 8 queries/);
    expect(stdout).toMatch(/\nunindexed: 4 queries/);
    expect(stdout).toMatch(/Took: search \d/);
  });

  it('gives the same as JSON and as CSV, and nothing is embedded any more', () => {
    const json = streetdex('--index', index(), '--manifest', manifest, '--json');
    expect(json.stderr).not.toContain('embedded now');
    const evaluation = JSON.parse(json.stdout);
    expect(evaluation).toMatchObject({
      format: 'streetdex-evaluation',
      overall: { queries: 12 },
      skipped: { total: 1, by_code: { file_missing: 1 } },
      skipped_queries: [{ id: 'gone.jpg', code: 'file_missing' }],
      in_index_queries: [],
    });
    const csv = streetdex('--index', index(), '--manifest', manifest, '--csv');
    const rows = parse(csv.stdout, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(13);
    const within = rows.filter((row) => row.blend_error_km && Number(row.blend_error_km) <= 200).length;
    expect(evaluation.overall.sides.blend.within_percent['200'].value).toBeCloseTo((100 * within) / 12, 9);
  });

  it('says in every form how many photos are in the index already, in other bytes', async () => {
    const original = join(world.folder, 'photos/3-0.jpg');
    putFile(world.folder, 'queries/copy.jpg', await sharp(original).resize(240).jpeg({ quality: 50 }).toBuffer());
    const lines = readFileSync(world.manifest, 'utf8').trim().split('\n');
    putFile(world.folder, 'queries/copies.csv', [...lines, 'copy.jpg,1,2,x,', ''].join('\n'));
    const report = join(world.folder, 'copies.html');
    const asked = ['--index', index(), '--manifest', join(world.folder, 'queries/copies.csv')];
    const { stdout, stderr } = streetdex(...asked, '--report', report);
    const line = '1 photo is the same picture as one of the index (near-duplicate), and is left out';
    expect(stdout).toContain(line);
    expect(stderr).toContain(line);
    expect(readFileSync(report, 'utf8')).toMatch(/near-duplicates of the index<\/th><td>1, left out</);
    const left = JSON.parse(streetdex(...asked, '--json').stdout);
    const duplicate = { id: 'copy.jpg', reference: expect.stringMatching(/^[0-9a-f]{32}$/) };
    expect(left).toMatchObject({
      overall: { queries: 12 },
      skipped: { by_code: { near_duplicate: 1 } },
      near_duplicates: { left_out: true, queries: [duplicate], unknown: [] },
    });
    const kept = JSON.parse(streetdex(...asked, '--keep-duplicates', '--json').stdout);
    expect(kept).toMatchObject({
      overall: { queries: 13 },
      skipped: { total: 0 },
      near_duplicates: { left_out: false, queries: [duplicate] },
    });
  });

  it('writes a report that stands alone', () => {
    const report = join(world.folder, 'report.html');
    const { status, stderr } = streetdex('--index', index(), '--leave-out', 'place', '--report', report);
    expect(stderr).toContain(report);
    expect(status).toBe(0);
    const html = readFileSync(report, 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/(?:src|href)="(?!data:|#)/);
  });

  it('puts Vo et al.’s answers and those without a fit beside the others when asked to', () => {
    const { stdout } = streetdex('--index', index(), '--manifest', manifest, '--fixed', '--vo', '--json');
    const { sides } = JSON.parse(stdout).overall;
    expect(Object.keys(sides)).toEqual(['retrieval', 'captions', 'blend', 'nearest', 'fixed', 'vo']);
    // The index has no profile of its own.
    expect(sides.fixed).toEqual(sides.blend);
  });

  it('reproduces StreetCLIP’s protocol without an index', () => {
    putFile(world.folder, 'countries.txt', 'France\nJapan\n');
    const countries = join(world.folder, 'countries.txt');
    const { status, stdout, stderr } = streetdex(
      ...['--manifest', manifest, '--model', 'pocket', '--protocol', 'streetclip', '--countries', countries, '--json'],
    );
    expect(stderr).not.toContain('[');
    expect(status).toBe(0);
    const { overall, index: none } = JSON.parse(stdout);
    expect(none).toBeNull();
    expect(Object.keys(overall.sides)).toEqual(['streetclip']);
  });

  it.each([
    [['--leave-out', 'id', '--manifest', 'x.csv'], /either --manifest FILE or --leave-out RULE/, 'usage'],
    [[], /either --manifest FILE or --leave-out RULE/, 'usage'],
    [['--leave-out', 'city'], /none, id, sequence, author, place/, 'usage'],
    [['--leave-out', 'id', '--images', '.'], /--manifest FILE beside --images/, 'usage'],
    [['--leave-out', 'id', '--exclude', 'author'], /--manifest FILE beside --exclude/, 'usage'],
    [['--leave-out', 'id', '--keep-duplicates'], /--manifest FILE beside --keep-duplicates/, 'usage'],
    [['--manifest', 'x.csv', '--exclude', 'town'], /some of author, sequence, place, but got town/, 'usage'],
    [['--manifest', 'x.csv', '--exclude', ''], /but got nothing/, 'usage'],
    [['--manifest', 'x.csv', '--protocol', 'streetclip', '--keep-duplicates'], /without --protocol/, 'usage'],
    [['--leave-out', 'id', '--limit', '0'], /--limit to be a whole number/, 'usage'],
    [['--leave-out', 'id', '--json', '--csv'], /at most one of --json and --csv/, 'usage'],
    [['--leave-out', 'id', '--protocol', 'im2gps'], /streetclip/, 'usage'],
    [['--leave-out', 'id', '--protocol', 'streetclip', '--vo'], /--vo and --fixed without --protocol/, 'usage'],
    [['--leave-out', 'id', '--split-states'], /--protocol streetclip beside/, 'usage'],
    [['--leave-out', 'id', '--report', '/nowhere/at/all.html'], /folder that exists/, 'usage'],
    [['--manifest', '/nowhere/x.csv'], /nothing at \/nowhere\/x\.csv/, 'source_not_found'],
  ])('refuses %j', (args, message, code) => {
    const { status, stdout, stderr } = streetdex(...args, '--index', index());
    expect(stderr).toMatch(message);
    expect(stderr).toContain(code);
    expect(status).toBe(2);
    expect(stdout).toBe('');
  });

  it('refuses an index that is not there, and makes none', () => {
    const nowhere = join(world.folder, 'no-index');
    const { status, stderr } = streetdex('--index', nowhere, '--leave-out', 'id');
    expect(status).toBe(2);
    expect(stderr).toContain('[index_not_found]');
    expect(existsSync(nowhere)).toBe(false);
  });
});
