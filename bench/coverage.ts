// How long a pan over the map takes with a million references: `npm run bench:coverage -- [--count 1000000]`.
// References are drawn (seeded) around 400 cities of different size; pans are views of 1400 x 900 pixels at each zoom.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../dist/domain/seeded-random.js';
import { resolutionAtZoom } from '../dist/geo/cells.js';
import { shapeCoverage } from '../dist/http/shape-coverage.js';
import type { CoverageQuery } from '../dist/references/catalogue.js';
import { fillCoverage } from '../dist/references/embedded/coverage-counts.js';
import { CoverageReader } from '../dist/references/embedded/read-coverage.js';
import { openDatabase } from '../dist/store/open-database.js';
import { normal } from './normal.js';

const { values } = parseArgs({ options: { count: { type: 'string', default: '1000000' } } });
const count = Number(values.count);
const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
const random = seededRandom(1);

function drawPoints() {
  const cities = Array.from({ length: 400 }, () => ({ lat: random() * 120 - 55, lon: random() * 360 - 180 }));
  // A country for each 20 x 20 degrees, and a second one for some photos of a city, as along a border.
  const countryAt = (lat: number, lon: number) =>
    `${'ABCDEFGHIJ'[Math.floor((lat + 90) / 20)]}${'ABCDEFGHIJKLMNOPQRS'[Math.floor((lon + 180) / 20)]}`;
  const draw = () => {
    // Zipf-like: the first cities have most of the photos.
    const { lat, lon } = cities[Math.floor(cities.length * random() ** 3)];
    return {
      lat: Math.max(-89, Math.min(89, lat + normal(random) * 0.12)),
      lon: ((lon + normal(random) * 0.15 + 540) % 360) - 180,
      city: { lat, lon },
      country: random() < 0.05 ? 'XX' : countryAt(lat, lon),
    };
  };
  return Object.assign(draw, { countryAt });
}

const ms = (since: number) => performance.now() - since;
const quantile = (sorted: number[], q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

try {
  const db = openDatabase(join(folder, 'index.sqlite'), { migrations: 'index', create: true });
  const point = drawPoints();
  const insert = db.prepare(
    `INSERT INTO "references" (id, sha256, lat, lon, captured_ms, iso2, sequence, width, height, bytes, added_at)
     VALUES (?, '', ?, ?, ?, ?, ?, 1, 1, 1, '')`,
  );
  const source = db.prepare(
    `INSERT INTO sources (root_id, path, label, bytes, mtime_ms, lat, lon, facts_hash) VALUES (?, ?, ?, 1, 0, 0, 0, '')`,
  );
  db.exec(`INSERT INTO roots (id, path) VALUES (1, '/a'), (2, '/b')`);
  db.transaction(() => {
    for (let i = 1; i <= count; i++) {
      const { lat, lon, country } = point();
      const sequence = random() < 0.6 ? `walk ${i >> 4}` : null;
      insert.run(String(i), lat, lon, Date.UTC(2012 + Math.floor(random() * 12), 5), country, sequence);
      source.run(1 + (i % 2), `${i}`, i);
    }
  })();
  const filling = performance.now();
  fillCoverage(db);
  const rows = db.prepare('SELECT count(*) FROM coverage').pluck().get();
  const filledMs = ms(filling);
  const kib = Number(db.prepare("SELECT sum(pgsize) / 1024 FROM dbstat WHERE name = 'coverage'").pluck().get());
  console.log(
    `${count} references: ${rows} counts in ${(kib / 1024).toFixed(0)} MiB, filled in ${(filledMs / 1000).toFixed(1)} s`,
  );
  const reader = new CoverageReader(db);
  const all: number[] = [];
  const filters: ((lat: number, lon: number) => Omit<CoverageQuery, 'bbox' | 'resolution'>)[] = [
    () => ({}),
    () => ({ source: '1' }),
    () => ({ yearFrom: 2014, yearTo: 2019 }),
    (lat, lon) => ({ country: [point.countryAt(lat, lon), 'XX'] }),
    () => ({ hasSequence: true }),
    (lat, lon) => ({ hasSequence: false, country: [point.countryAt(lat, lon)] }),
  ];
  for (let zoom = 0; zoom <= 16; zoom++) {
    const times: number[] = [];
    let most = 0;
    for (let pan = 0; pan < 30; pan++) {
      const { lat, lon } = point().city;
      const halfLon = Math.min(179.99, (700 / (512 * 2 ** zoom)) * 360);
      const halfLat = Math.min(85, (450 / (512 * 2 ** zoom)) * 360 * Math.cos((lat * Math.PI) / 180));
      const wrap = (x: number) => ((x + 540) % 360) - 180;
      const bbox = {
        west: halfLon > 179 ? -180 : wrap(lon - halfLon),
        east: halfLon > 179 ? 180 : wrap(lon + halfLon),
        south: Math.max(-90, lat - halfLat),
        north: Math.min(90, lat + halfLat),
      };
      const filter = filters[pan % filters.length](lat, lon);
      const start = performance.now();
      const answer = reader.cells({ bbox, resolution: resolutionAtZoom(zoom), ...filter });
      JSON.stringify(shapeCoverage(answer, true));
      times.push(ms(start));
      most = Math.max(most, answer.cells.length);
    }
    times.sort((a, b) => a - b);
    all.push(...times);
    console.log(
      `zoom ${String(zoom).padStart(2)}: median ${quantile(times, 0.5).toFixed(1)} ms, worst ${times[times.length - 1].toFixed(1)} ms, at most ${most} cells`,
    );
  }
  all.sort((a, b) => a - b);
  console.log(`all: p99 ${quantile(all, 0.99).toFixed(1)} ms, worst ${all[all.length - 1].toFixed(1)} ms`);
  const grouping = performance.now();
  db.prepare(`SELECT round(lat, 1), round(lon, 1), count(*) FROM "references" GROUP BY 1, 2`).all();
  console.log(`grouping all references on request instead: ${ms(grouping).toFixed(0)} ms`);
  const facets = performance.now();
  reader.facets();
  console.log(`facets: ${ms(facets).toFixed(1)} ms`);
  db.close();
} finally {
  rmSync(folder, { recursive: true });
}
