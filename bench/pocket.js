// What the pocket model and the blend show on towns and seeds they have never seen.
//
//   npm run bench:pocket -- [--seed N] [--json] [--model pocket] [--towns 750] [--scenes 2] [--references 8]
//   npm run bench:pocket -- --seeds 10 [--json] …    ten worlds of seeds drawn now; or a list, --seeds 3,1,4
//
// With several seeds each world is made, tuned on and measured by itself; then what the blend's circles hold and which
// answers are sure and likely stand in one table, a row for each seed, and in another what the blend gains on each other side, over
// the seeds (`--json`: one line for each seed).
//
// Four lots of `--towns` towns: indexed and unindexed ones to tune on, indexed and unindexed ones to check. Of the
// indexed ('index' split) `--references` scenes each are references; of all, `--scenes` further scenes are asked about.
// The blend is tuned and calibrated on the first two lots (`streetdex tune`), everything is measured on the other two.
// Intervals come from drawing towns whole. Beside the four sides stand the blend with unfitted weights (`fixed`), Vo et
// al.'s kernel, and the fitted blend with one of its constructions taken away.
import { createHash, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import { runEvaluation } from '../dist/evaluate/run-evaluation.js';
import { summarise } from '../dist/evaluate/summarise.js';
import { tuneProfile } from '../dist/evaluate/tune-profile.js';
import { voSide } from '../dist/evaluate/vo-side.js';
import { Locator } from '../dist/locate/locator.js';

import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import { openReader } from '../dist/references/embedded/open-index.js';
import { indexScenes, queriesAbout, scenesOf } from './pocket-scenes.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
    seeds: { type: 'string' },
    json: { type: 'boolean', default: false },
    model: { type: 'string', default: 'pocket' },
    towns: { type: 'string', default: '750' },
    scenes: { type: 'string', default: '2' },
    references: { type: 'string', default: '8' },
    'data-dir': { type: 'string' },
  },
});
const SIDES = ['retrieval', 'captions', 'fixed', 'blend', 'nearest'];
const FARTHEST_KM = 20_015;
const HALVES = ['mixed', 'indexed', 'unindexed'];
/** Student's t at 97.5 %, for 2 seeds and more. */
const STUDENT_975 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];
const log = (text) => process.stderr.write(`${text}\n`);
/** Of the world in hand. */
let app;
let index;

const seeds = seedsOf(values);
const rows = {};
const gained = [];
for (const seed of seeds) {
  const result = await measureWorld(seed);
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (seeds.length === 1) print(result);
  rows[seed] = promisesOf(result);
  gained.push(gainsOf(result));
}
if (!values.json && seeds.length > 1) {
  console.table({ ...rows, mean: meanRow(Object.values(rows)) });
  console.log(
    "\nfitted blend minus each side, points: mean over the seeds, 95 % interval by Student's t, seeds below 0",
  );
  console.table(overSeeds(gained));
}

/** Of `--seeds`, a number of seeds to draw (a single one under 1,000) or a list; else that of `--seed`. */
function seedsOf({ seed, seeds: wanted }) {
  if (wanted === undefined) return [seed];
  if (/^\d{1,3}$/.test(wanted)) return Array.from({ length: Number(wanted) }, () => String(randomInt(1_000_000_000)));
  return wanted.split(',');
}

async function measureWorld(seed) {
  const folder = mkdtempSync(join(tmpdir(), 'streetdex-pocket-'));
  index = join(folder, 'index');
  const flags = { model: values.model, index, ...(values['data-dir'] ? { data_dir: values['data-dir'] } : {}) };
  app = new App(loadConfig(flags));
  try {
    return await measure(seed);
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Percent held by the blend's circles, overall and by part, and how many answers are sure and likely. */
function promisesOf({ evaluation, tuning }) {
  const held = (name) => {
    const { circle_50_percent: half, circle_90_percent: most } = figuresOf(name, evaluation).sides.blend.coverage;
    return { [`${name} 50 %`]: half.value, [`${name} 90 %`]: most.value };
  };
  const { sure, likely } = evaluation.overall.verdicts;
  return {
    ...Object.assign({}, ...HALVES.map(held)),
    'sure %': sure.percent,
    'of these wrong %': sure.wrong_percent ?? 0,
    'likely %': likely.percent,
    'of them wrong %': likely.wrong_percent ?? 0,
    'gain, nats': tuning.gain.value,
  };
}

/** The fitted blend minus each other side, in points, by part, side and radius. */
function gainsOf({ evaluation }) {
  return HALVES.flatMap((name) =>
    figuresOf(name, evaluation)
      .differences.filter(({ of }) => of === 'blend')
      .flatMap(({ against, within_percent: within }) =>
        ['1', '25', '200', '750'].map((km) => ({ row: `${name}, ${against}`, km, points: within[km].value })),
      ),
  );
}

/** A row for each part and side: mean, interval and how many seeds lost. */
function overSeeds(seedsGains) {
  const rows = {};
  for (const [i, { row, km }] of seedsGains[0].entries()) {
    const points = seedsGains.map((gains) => gains[i].points);
    const mean = points.reduce((sum, x) => sum + x, 0) / points.length;
    const variance = points.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (points.length - 1);
    const half = STUDENT_975[points.length - 2] * Math.sqrt(variance / points.length);
    rows[row] ??= {};
    rows[row][`${km} km`] =
      `${mean.toFixed(2)} (${(mean - half).toFixed(2)} to ${(mean + half).toFixed(2)}), ${points.filter((x) => x < 0).length}`;
  }
  return rows;
}

function meanRow(some) {
  const names = Object.keys(some[0]);
  return Object.fromEntries(names.map((name) => [name, some.reduce((sum, row) => sum + row[name], 0) / some.length]));
}

async function measure(seed) {
  const lots = townLots(Number(values.towns), seed);
  const indexed = [...lots.tune.indexed, ...lots.check.indexed];
  const model = await app.model('throughput');
  const captions = await app.captions((done, total) => done % 6400 === 0 && log(`captions ${done}/${total}`));
  const gazetteer = await app.gazetteer();
  log(`Seed ${seed}: indexing ${values.references} scenes of each of ${indexed.length} towns …`);
  await indexScenes(app, scenesOf(indexed, Number(values.references), `index ${seed}`));
  const reader = await openReader(index);
  try {
    const fixed = new Locator(reader, captions, gazetteer, model.info.logitScale);
    log(`Rendering ${values.scenes} scenes of each town to ask about …`);
    const tuneOn = await queriesOf(lots.tune, `tune ${seed}`);
    const check = await queriesOf(lots.check, `query ${seed}`);
    log(`Tuning on ${tuneOn.length} scenes …`);
    const [tuned, tuneSeconds] = await timed(() =>
      tuneProfile(tuneOn, fixed, {
        seed,
        model: reader.modelId,
        index: 'pocket world',
        onProgress: progressOf('tune'),
      }),
    );
    const blend = fixed.withProfile(tuned.profile);
    const gate = await meanGate(tuneOn, blend);
    log(`Asking about ${check.length} scenes …`);
    const [, plainSeconds] = await timed(() => runEvaluation(check, blend, gazetteer));
    const results = await runEvaluation(check, blend, gazetteer, {
      extra: { fixed, ...ablations(fixed, tuned.profile, gate) },
    });
    const evaluation = summarise(results, {
      protocol: `pocket world, seed ${seed}`,
      date: new Date().toISOString().slice(0, 10),
      model: { id: reader.modelId, name: model.info.name },
      index: { references: (await reader.counts()).references, name: 'pocket world' },
      profile: tuned.profile,
      skipped: [],
      inIndex: [],
      cities: [],
      seed: numberOf(seed),
    });
    const countryIds = gazetteer.countries.map((place) => place.id);
    const zeroShot = check.map(({ vector }, i) => {
      const cosines = captions.cosines(vector, countryIds);
      return countryIds[cosines.indexOf(Math.max(...cosines.filter((c) => !Number.isNaN(c))))] === results[i].iso2;
    });
    const half = (name) => describe(name, evaluation, results, zeroShot);
    return {
      seed,
      date: evaluation.date,
      model: reader.modelId,
      queries: results.length,
      towns: evaluation.overall.clusters,
      countries: new Set(results.map((result) => result.iso2)).size,
      references: (await reader.counts()).references,
      tuned_on: { queries: tuneOn.length, towns: new Set(tuneOn.map((query) => query.cluster)).size },
      took_s: { tune: tuneSeconds, evaluate: plainSeconds },
      ...Object.fromEntries(HALVES.map((name) => [name, half(name)])),
      blend_minus_better_side: gains(evaluation, 'blend', 'better_side'),
      fixed_minus_better_side: gains(evaluation, 'fixed', 'better_side'),
      blend_minus_fixed: gains(evaluation, 'blend', 'fixed'),
      blend_minus_nearest: gains(evaluation, 'blend', 'nearest'),
      profile: tuned.profile,
      tuning: tuned.report,
      evaluation,
    };
  } finally {
    await reader.close();
  }
}

/** Of both splits as many to tune on as to check, each an even draw from the countries. */
function townLots(count, seed) {
  const draw = (split) => chooseTowns({ count: 2 * count, seed: `bench ${seed}`, splits: [split] });
  const lots = { tune: {}, check: {} };
  for (const [part, split] of [
    ['indexed', 'index'],
    ['unindexed', 'fresh'],
  ]) {
    const order = (town) => createHash('sha256').update(`${seed} ${town.id}`).digest('hex');
    const towns = draw(split).sort((a, b) => (order(a) < order(b) ? -1 : 1));
    const half = towns.length >> 1;
    lots.tune[part] = towns.slice(0, half);
    lots.check[part] = towns.slice(half);
  }
  return lots;
}

async function queriesOf(lot, seed) {
  const parts = [];
  for (const [part, towns] of Object.entries(lot)) {
    parts.push(...(await queriesAbout(app, scenesOf(towns, Number(values.scenes), seed), part)));
  }
  return parts;
}

/** A line at the start of each stage. */
function progressOf(what) {
  let last = '';
  return (stage) => {
    if (stage !== last) log(`${what}: ${stage}`);
    last = stage;
  };
}

/** A seed of 32 bits. */
function numberOf(seed) {
  return Number.parseInt(createHash('sha256').update(seed).digest('hex').slice(0, 8), 16);
}

async function timed(work) {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}

/** What the constant gate is set to: the fitted one's mean. */
async function meanGate(queries, locator) {
  let sum = 0;
  for (const query of queries) sum += locator.judge(query, await locator.retrieve(query)).notIndexed;
  return sum / queries.length;
}

/** Further sides: the fitted blend without one of its constructions, and Vo et al.'s (2017) kernel. */
function ablations(fixed, profile, gate) {
  const fitted = fixed.withProfile(profile);
  const gates = { lo: gate, hi: gate, tau: 0, delta: 1 };
  return {
    no_area_weights: fixed.withProfile({ ...profile, blend: { ...profile.blend, area_scale_km: FARTHEST_KM } }),
    constant_gate: fixed.withProfile({ ...profile, retrieval: { ...profile.retrieval, not_indexed: gates } }),
    entropy_for_spread: (query, retrieved) => {
      const { support, posterior, candidates } = fitted.judge(query, retrieved);
      const { at, probability, radius50Km, radius90Km } = candidates[0];
      return { point: support.points[at], probability, radius50Km, radius90Km, spread: entropy(posterior.probability) };
    },
    vo: (_, retrieved) => voSide(retrieved),
  };
}

/** Of a distribution, as a share of the greatest. */
function entropy(mass) {
  const nats = mass.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
  return nats / Math.log(mass.length);
}

function figuresOf(name, evaluation) {
  return name === 'mixed' ? evaluation.overall : evaluation.parts[name];
}

function describe(name, evaluation, results, zeroShot) {
  const { queries, sides } = figuresOf(name, evaluation);
  const among = results.map((result) => name === 'mixed' || result.part === name);
  const right = zeroShot.filter((hit, i) => hit && among[i]).length;
  const described = SIDES.map((side) => {
    const { within_percent: within, median_km, mean_km, geoscore, country_percent: country, coverage } = sides[side];
    return [
      side,
      {
        within_percent: Object.fromEntries(Object.entries(within).map(([km, { value }]) => [km, value])),
        within_25_interval: bounds(within['25']),
        median_km: median_km.value,
        mean_km: mean_km.value,
        geoscore: geoscore.value,
        country_percent: country.value,
        country_interval: bounds(country),
        coverage_50: coverage.circle_50_percent.value,
        coverage_90: coverage.circle_90_percent.value,
      },
    ];
  });
  return { scenes: queries, ...Object.fromEntries(described), zero_shot_country_percent: (100 * right) / queries };
}

/** Paired differences in points, by half and radius. */
function gains(evaluation, of, against) {
  return Object.fromEntries(
    HALVES.map((name) => {
      const found = figuresOf(name, evaluation).differences.find((one) => one.of === of && one.against === against);
      const at = (km) => {
        const interval = found.within_percent[km];
        return { better: found.better?.[km] ?? against, points: interval.value, interval: bounds(interval) };
      };
      return [name, Object.fromEntries(['25', '200', '750'].map((km) => [km, at(km)]))];
    }),
  );
}

function bounds({ low, high }) {
  return [low, high];
}

function print(result) {
  const one = (x) => x.toFixed(1);
  const span = ({ value, low, high }) => `${one(value)} [${one(low)}, ${one(high)}]`;
  const { evaluation } = result;
  console.log(
    `seed ${result.seed}, ${result.date}: ${result.queries} scenes of ${result.towns} towns in ${result.countries} countries, ` +
      `${result.references} references; tuned on ${result.tuned_on.queries} scenes of ${result.tuned_on.towns} other towns ` +
      `in ${one(result.took_s.tune)} s, evaluated in ${one(result.took_s.evaluate)} s`,
  );
  for (const name of HALVES) {
    const { sides, queries } = figuresOf(name, evaluation);
    console.log(`\n${name} (${queries} scenes): zero-shot country ${one(result[name].zero_shot_country_percent)} %`);
    const row = ({ within_percent: within, median_km, geoscore, country_percent: country, coverage }) => ({
      ...Object.fromEntries(Object.entries(within).map(([km, percent]) => [`${km} km %`, span(percent)])),
      'median km': one(median_km.value),
      GeoScore: geoscore.value.toFixed(0),
      'country %': one(country.value),
      '50 % circle': one(coverage.circle_50_percent.value),
      '90 % circle': one(coverage.circle_90_percent.value),
    });
    console.table(Object.fromEntries(Object.entries(sides).map(([side, figures]) => [side, row(figures)])));
    for (const { of, against, better, within_percent: within } of figuresOf(name, evaluation).differences) {
      const by = Object.entries(within).map(([km, points]) => `${km} km ${span(points)}`);
      const names = better === null ? '' : ` (${Object.values(better).join(', ')})`;
      console.log(`  ${of} minus ${against}${names}, points: ${by.join('; ')}`);
    }
  }
  const { coverage, risk } = evaluation.overall.sides.blend;
  console.log('\nblend, all scenes, by spread');
  console.table(
    coverage.by_spread.map((bin) => ({
      spread: `${bin.spread_above.toFixed(3)} to ${bin.spread_up_to.toFixed(3)}`,
      scenes: bin.queries,
      '50 % circle': span(bin.circle_50_percent),
      '90 % circle': span(bin.circle_90_percent),
    })),
  );
  console.log(
    `errors beyond ${risk.beyond_km} km: ${span(risk.all_percent)} %, of the surer half ${span(risk.surer_half_percent)} %;`,
  );
  const entropy = evaluation.overall.sides.entropy_for_spread.risk;
  console.log(`  surer by entropy: ${span(entropy.surer_half_percent)} %`);
}
