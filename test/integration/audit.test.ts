import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { GeoPoint } from '../../src/domain/geo-point.js';
import { present } from '../../src/domain/present.js';
import { distanceKm } from '../../src/geo/distance.js';
import { chooseTowns } from '../../src/pocket-world/choose-towns.js';
import { renderDescribed } from '../../src/pocket-world/render-scene.js';
import { planScene } from '../../src/pocket-world/world.js';
import { commandLine } from '../support/command-line.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { putFile, temporaryFolder } from '../support/temporary-folder.js';

const SEED = 'audit test';
const SCENES = 3;
const MISTAKES: readonly ((point: GeoPoint) => GeoPoint)[] = [
  ({ lat, lon }) => ({ lat: -lat, lon }),
  ({ lat, lon }) => ({ lat, lon: -lon }),
  ({ lat, lon }) => ({ lat: lon, lon: lat }),
  ({ lat, lon }) => ({ lat: lat / 2 - 20, lon: lon > 0 ? lon - 120 : lon + 120 }),
];

let folder: string;
/** By the photo's file: where it was taken, of those that say another place. */
const planted = new Map<string, GeoPoint>();

const { run } = commandLine();
const cli = (...args: string[]) =>
  run([...args, '--index', join(folder, 'index'), '--data-dir', join(folder, 'data'), '--threads', '1']);

interface Listed {
  readonly id: string;
  readonly source: string;
  readonly stated: GeoPoint;
  readonly suggested: GeoPoint | null;
  readonly mistake: string;
  readonly false_alarm_probability: number;
}

const audit = (...flags: string[]): { implausible: Listed[]; expected_false_alarms: number; photos: number } => {
  const { stdout, stderr, status } = cli('audit', '--json', ...flags);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};

beforeAll(async () => {
  folder = temporaryFolder();
  smallGazetteer(join(folder, 'data'));
  const rows = ['file,lat,lon,author'];
  const towns = chooseTowns({ count: 40, seed: SEED, splits: ['index', 'fresh'] });
  for (const [t, town] of towns.entries()) {
    for (let n = 0; n < SCENES; n++) {
      const { point, scene } = planScene(town, n, SEED);
      const file = `${t}-${n}.jpg`;
      putFile(folder, `photos/${file}`, await renderDescribed(scene));
      const mistake = n === 0 && t % 8 === 0 ? present(MISTAKES[(t / 8) % MISTAKES.length]) : null;
      const wanted = mistake?.(point);
      const stated =
        wanted !== undefined && Math.abs(wanted.lat) <= 90 && distanceKm(wanted, point) > 500 ? wanted : point;
      if (stated !== point) planted.set(file, point);
      rows.push(`${file},${stated.lat},${stated.lon},driver ${t} ${n}`);
    }
  }
  putFile(folder, 'photos/photos.csv', [...rows, ''].join('\n'));
  const { status, stderr } = cli('ingest', join(folder, 'photos/photos.csv'), '--model', 'pocket');
  if (status !== 0) throw new Error(stderr);
}, 300_000);

describe('an audit', () => {
  it('lists the photos that say a false place, with the true one, and as few others as it says', () => {
    const { implausible, expected_false_alarms, photos } = audit();
    expect(planted.size).toBeGreaterThanOrEqual(3);
    expect(photos).toBe(40 * SCENES);
    expect(expected_false_alarms).toBeCloseTo(0.05 * photos, 1);
    const found = new Map(implausible.map((one) => [one.source, one]));
    for (const [file, truth] of planted) {
      const one = found.get(file);
      expect(one?.false_alarm_probability).toBeLessThanOrEqual(0.05);
      expect(distanceKm(one?.suggested ?? { lat: 90, lon: 0 }, truth)).toBeLessThan(25);
    }
    const others = implausible.filter(({ source }) => !planted.has(source));
    // Twice the standard deviation above what was expected.
    expect(others.length).toBeLessThanOrEqual(expected_false_alarms + 2 * Math.sqrt(expected_false_alarms));
    const probabilities = implausible.map((one) => one.false_alarm_probability);
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => a - b));
  });

  it('gives the same again from what is kept, as CSV and as GeoJSON too', () => {
    const { implausible } = audit();
    const csv = cli('audit', '--csv').stdout;
    const rows = parse<Record<string, string>>(csv, { columns: true });
    expect(rows.map(({ source }) => source)).toEqual(implausible.map(({ source }) => source));
    expect(rows.map(({ stated_lat }) => Number(stated_lat))).toEqual(implausible.map(({ stated }) => stated.lat));
    const { features } = JSON.parse(cli('audit', '--geojson').stdout) as {
      features: { geometry: { coordinates: unknown }; properties: { role: string; id: string } }[];
    };
    const stated = features.filter(({ properties }) => properties.role === 'stated');
    expect(stated.map(({ geometry }) => geometry.coordinates)).toEqual(
      implausible.map(({ stated: { lat, lon } }) => [lon, lat]),
    );
    const ways = features.filter(({ properties }) => properties.role === 'way');
    expect(ways).toHaveLength(implausible.filter(({ suggested }) => suggested !== null).length);
  });

  it('goes on where it was killed, and ends as one that was not', async () => {
    const flags = ['--index', join(folder, 'index'), '--data-dir', join(folder, 'data'), '--threads', '1'];
    const whole = audit();
    // Without what was kept, so that there is work to kill.
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `index/.findings.sqlite${end}`), { force: true });
    for (const afterMs of [1500, 2500]) {
      const child = spawn(process.execPath, ['dist/cli/main.js', 'audit', ...flags], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      child.kill('SIGKILL');
      await ended;
    }
    expect(audit()).toEqual(whole);
  });

  it('questions only what a filter lets through, and says so', () => {
    const [file] = [...planted.keys()];
    const { photos, implausible } = audit('--source', String(file));
    // One photo alone has nothing that it could be rarer than.
    expect([photos, implausible.length]).toEqual([1, 0]);
  });

  it.each([
    [['--false-alarms', '0'], /Expected --false-alarms to be a share above 0 and at most 0\.5, but got 0/],
    [['--json', '--csv'], /at most one of --json, --csv and --geojson/],
    [['--bbox', '1,2'], /Expected --bbox W,S,E,N, but got 1,2/],
  ])('refuses %j', (flags, said) => {
    const { status, stderr } = cli('audit', ...flags);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(said);
  });
});
