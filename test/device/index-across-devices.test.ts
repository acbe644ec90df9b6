import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chooseTowns } from '../../src/pocket-world/choose-towns.js';
import { renderScene } from '../../src/pocket-world/render-scene.js';

const PHOTOS = 3;
let folder = '';

function streetdex(...args: string[]): string {
  const rest = ['--data-dir', join(folder, 'data')];
  return execFileSync(process.execPath, ['dist/cli/main.js', ...args, ...rest], { encoding: 'utf8' });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'streetdex-across-'));
  const seed = `across ${Date.now()}`;
  const lines = ['path,latitude,longitude'];
  for (const [i, town] of chooseTowns({ count: PHOTOS, seed }).entries()) {
    writeFileSync(join(folder, `${i}.jpg`), await renderScene(town, seed));
    lines.push(`${i}.jpg,${town.lat},${town.lon}`);
  }
  writeFileSync(join(folder, 'manifest.csv'), `${lines.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an index', () => {
  it.each([
    ['webgpu', 'cpu'],
    ['cpu', 'webgpu'],
  ])('made on %s answers on %s', (made, asked) => {
    const index = join(folder, `made-on-${made}`);
    const report = streetdex('ingest', join(folder, 'manifest.csv'), '--index', index, '--device', made, '--json');
    expect(JSON.parse(report.trim().split('\n').at(-1) as string).report).toMatchObject({ failed: 0 });
    const photo = join(folder, `${PHOTOS - 1}.jpg`);
    const found = JSON.parse(streetdex('similar', photo, '--index', index, '--device', asked, '--json'));
    const [first, second] = found.results as { score: number }[];
    expect(first?.score).toBeGreaterThanOrEqual(0.9999);
    expect(second?.score).toBeLessThan(0.9999);
  });
});
