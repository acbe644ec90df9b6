import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { packageRoot } from '../../../src/config/package-root.js';

const BUDGET_BYTES = 560 * 1024;
const web = join(packageRoot(), 'dist', 'web');

it('all scripts of the page, the map and its worker included, are at most 560 KB compressed', () => {
  const scripts = readdirSync(join(web, 'assets')).filter((name) => /\.m?js\.gz$/.test(name));
  const bytes = scripts.reduce((sum, name) => sum + readFileSync(join(web, 'assets', name)).length, 0);
  expect(scripts.length).toBeGreaterThanOrEqual(3);
  expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES);
});

it('the page itself names no script of the map: it comes after the first paint', () => {
  const html = readFileSync(join(web, 'index.html'), 'utf8');
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toContain('map-room');
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=/);
});
