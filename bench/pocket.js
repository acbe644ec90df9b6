// What the pocket model shows on towns and seeds it has never seen: captions alone, neighbours alone, blend.
//
//   npm run bench:pocket -- [--seed N] [--json] [--model pocket] [--towns 300] [--scenes 3] [--references 8]
//
// Half of the towns are indexed with `--references` scenes each ('index' split), half are not ('fresh' split); of every
// town `--scenes` further scenes are asked about. Intervals come from drawing towns whole.
import { createHash, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import { referenceId } from '../dist/domain/reference.js';
import { ClusterBootstrap } from '../dist/evaluate/cluster-bootstrap.js';
import { accuracy, coveragePercent } from '../dist/evaluate/metrics.js';
import { distanceKm } from '../dist/geo/distance.js';
import { Locator } from '../dist/locate/locator.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import { driverOf, planScene } from '../dist/pocket-world/world.js';
import { openReader } from '../dist/references/embedded/open-index.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
    json: { type: 'boolean', default: false },
    model: { type: 'string', default: 'pocket' },
    towns: { type: 'string', default: '320' },
    scenes: { type: 'string', default: '3' },
    references: { type: 'string', default: '8' },
    'data-dir': { type: 'string' },
  },
});
const SIDES = { retrieval: { alpha: 1, beta: 0, gamma: 0 }, captions: { alpha: 0, beta: 1, gamma: 0 }, blend: {} };
const log = (text) => process.stderr.write(`${text}\n`);
const folder = mkdtempSync(join(tmpdir(), 'streetdex-pocket-'));
const index = join(folder, 'index');
const flags = { model: values.model, index, ...(values['data-dir'] ? { data_dir: values['data-dir'] } : {}) };
const app = new App(loadConfig(flags));
try {
  const result = await measure();
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else print(result);
} finally {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measure() {
  const { seed } = values;
  const count = Number(values.towns);
  const towns = {
    indexed: chooseTowns({ count, seed: `bench ${seed}`, splits: ['index'] }),
    unindexed: chooseTowns({ count, seed: `bench ${seed}`, splits: ['fresh'] }),
  };
  log(`Seed ${seed}: indexing ${values.references} scenes of each of ${towns.indexed.length} towns …`);
  await fillIndex(towns.indexed, seed);
  const reader = await openReader(index);
  const captions = await app.captions((done, total) => done % 5000 === 0 && log(`captions ${done}/${total}`));
  const gazetteer = await app.gazetteer();
  const { logitScale } = (await app.model()).info;
  const locator = new Locator(reader, captions, gazetteer, logitScale);
  const countryIds = gazetteer.countries.map((place) => place.id);
  const queries = [];
  for (const [half, list] of Object.entries(towns)) {
    log(`Asking about ${values.scenes} scenes of each of ${list.length} ${half} towns …`);
    for (const town of list) {
      for (let n = 0; n < Number(values.scenes); n++) {
        const { point, scene } = planScene(town, n, `query ${seed}`);
        const { vector } = await embed(await renderDescribed(scene));
        const answers = {};
        for (const [side, overrides] of Object.entries(SIDES)) {
          const best = (await locator.locate({ vector }, { overrides })).candidates[0];
          answers[side] = {
            error: distanceKm(best.point, point),
            country: best.place.iso2 === town.iso2,
            r50: best.radius_50_km,
            r90: best.radius_90_km,
          };
        }
        const cosines = captions.cosines(vector, countryIds);
        const top = countryIds[cosines.indexOf(Math.max(...cosines.filter((c) => !Number.isNaN(c))))];
        queries.push({ half, town: town.id, answers, zeroShot: top === town.iso2 });
      }
    }
  }
  await reader.close();
  const part = (half) => queries.filter((query) => half === 'mixed' || query.half === half);
  const halves = ['mixed', 'indexed', 'unindexed'];
  const report = Object.fromEntries(halves.map((half) => [half, describe(part(half))]));
  return {
    seed,
    date: new Date().toISOString().slice(0, 10),
    model: reader.modelId,
    queries: queries.length,
    towns: towns.indexed.length + towns.unindexed.length,
    countries: new Set([...towns.indexed, ...towns.unindexed].map((town) => town.iso2)).size,
    ...report,
    blend_minus_better_side: Object.fromEntries(halves.map((half) => [half, gain(part(half), report[half])])),
  };
}

async function fillIndex(towns, seed) {
  const gazetteer = await app.gazetteer();
  await app.withWriter(async (writer) => {
    for (const town of towns) {
      const rows = [];
      for (let n = 0; n < Number(values.references); n++) {
        const { point, scene } = planScene(town, n, `index ${seed}`);
        const bytes = await renderDescribed(scene);
        const { vector, width, height } = await embed(bytes);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const facts = {
          point,
          headingDeg: null,
          altitudeM: null,
          capturedAt: null,
          author: driverOf(town, n),
          sequence: null,
        };
        const none = { licence: null, attribution: null, url: null, iso2: gazetteer.countryAt(point) };
        const reference = { id: referenceId(sha256), sha256, width, height, bytes: bytes.length, ...facts, ...none };
        rows.push([reference, vector]);
      }
      writer.transaction((tx) => {
        for (const [reference, vector] of rows) tx.put(reference, vector);
      });
    }
    await writer.checkpoint();
  });
}

async function embed(bytes) {
  const model = await app.model();
  const prepared = await model.prepare(bytes);
  const { vector } = await model.encode(prepared.tensor, { wait: true });
  return { vector, width: prepared.width, height: prepared.height };
}

function describe(queries) {
  const bootstrap = intervals(queries);
  const sides = Object.keys(SIDES).map((side) => {
    const of = (key) => queries.map((query) => query.answers[side][key]);
    const figures = accuracy(of('error'));
    const country = queries.map((query) => Number(query.answers[side].country));
    return [
      side,
      {
        within_percent: figures.withinPercent,
        within_25_interval: bootstrap(of('error').map((km) => (km <= 25 ? 100 : 0))),
        median_km: figures.medianKm,
        mean_km: figures.meanKm,
        geoscore: figures.geoScore,
        country_percent: (100 * country.reduce((a, b) => a + b, 0)) / queries.length,
        country_interval: bootstrap(country.map((hit) => 100 * hit)),
        coverage_50: coveragePercent(of('error'), of('r50')),
        coverage_90: coveragePercent(of('error'), of('r90')),
      },
    ];
  });
  const zeroShot = queries.filter((query) => query.zeroShot).length;
  return {
    scenes: queries.length,
    ...Object.fromEntries(sides),
    zero_shot_country_percent: (100 * zeroShot) / queries.length,
  };
}

/** Paired difference in points, blend minus the side that is better on this part, within 25, 200 and 750 km. */
function gain(queries, figures) {
  const bootstrap = intervals(queries);
  return Object.fromEntries(
    [25, 200, 750].map((km) => {
      const percent = (side) => figures[side].within_percent[String(km)];
      const better = percent('retrieval') >= percent('captions') ? 'retrieval' : 'captions';
      const hit = (query, side) => (query.answers[side].error <= km ? 100 : 0);
      const interval = bootstrap(queries.map((query) => hit(query, 'blend') - hit(query, better)));
      return [String(km), { better, points: percent('blend') - percent(better), interval }];
    }),
  );
}

function intervals(queries) {
  const clusters = queries.map((query) => query.town);
  const bootstrap = new ClusterBootstrap(
    clusters,
    Number.parseInt(createHash('sha256').update(values.seed).digest('hex').slice(0, 8), 16),
  );
  return (numbers) => {
    const { low, high } = bootstrap.mean(numbers);
    return [low, high];
  };
}

function print(result) {
  const one = (x) => x.toFixed(1);
  console.log(
    `seed ${result.seed}, ${result.queries} scenes of ${result.towns} towns in ${result.countries} countries`,
  );
  for (const half of ['mixed', 'indexed', 'unindexed']) {
    console.log(
      `\n${half} (${result[half].scenes} scenes): zero-shot country ${one(result[half].zero_shot_country_percent)} %`,
    );
    const rows = Object.keys(SIDES).map((side) => {
      const f = result[half][side];
      return {
        side,
        ...Object.fromEntries(Object.entries(f.within_percent).map(([km, p]) => [`${km} km %`, one(p)])),
        'median km': one(f.median_km),
        'country %': `${one(f.country_percent)} [${f.country_interval.map(one).join(', ')}]`,
        '25 km interval': f.within_25_interval.map(one).join(' to '),
        '50 % circle': one(f.coverage_50),
        '90 % circle': one(f.coverage_90),
      };
    });
    console.table(Object.fromEntries(rows.map(({ side, ...row }) => [side, row])));
    for (const [km, g] of Object.entries(result.blend_minus_better_side[half])) {
      console.log(
        `  blend minus ${g.better} within ${km} km: ${one(g.points)} points [${g.interval.map(one).join(', ')}]`,
      );
    }
  }
}
