// What an index that is not even does to answers of the unfitted blend, with the pocket world and model.
//
//   npm run bench:uneven -- --seeds 11,12,13 [--folder DIR] [--json]
//
// For each seed: 100 towns of 8 references each (`world`), 2 further scenes of each to ask about (`indexed`), 2 scenes of
// each of 75 towns that are not indexed (`foreign`), and 60 of the references, made smaller and compressed again
// (`re-encoded`). Asked are
//   uneven       the indexed scenes where 0, 1,000 and 2,500 scenes of one other town stand beside the world;
//   one each     the foreign scenes where the world has one reference a town: how many count as covered;
//   re-encoded   the re-encoded references: how many are answered within 1 km;
//   sides        indexed and foreign scenes by the blend, by retrieval and captions alone, by the nearest neighbour, by Vo.
// --folder keeps the vectors of the scenes (rendering takes most of the time); what the figures come from is made anew.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import { runEvaluation } from '../dist/evaluate/run-evaluation.js';
import { voSide } from '../dist/evaluate/vo-side.js';
import { Locator } from '../dist/locate/locator.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import { driverOf, planScene } from '../dist/pocket-world/world.js';
import { openReader, openWriter } from '../dist/references/embedded/open-index.js';
import { referenceOf } from './pocket-scenes.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    folder: { type: 'string' },
    dense: { type: 'string', default: '0,1000,2500' },
    json: { type: 'boolean', default: false },
  },
});
if (values.seeds === undefined) throw new Error('Expected --seeds with a list of seeds, such as 11,12,13.');
const TOWNS = 100;
const REFERENCES = 8;
const FOREIGN = 75;
const ASKED = 2;
const REENCODED = 60;
const DENSE = values.dense.split(',').map(Number);
const log = (text) => process.stderr.write(`${text}\n`);
const work = mkdtempSync(join(tmpdir(), 'streetdex-uneven-'));
const app = new App(loadConfig({ model: 'pocket', index: join(work, 'index') }));
const results = [];
try {
  for (const seed of values.seeds.split(',')) results.push(await measure(seed));
  if (values.json) console.log(JSON.stringify(results));
  else print();
} finally {
  await app.close();
  rmSync(work, { recursive: true, force: true });
}

async function measure(seed) {
  const draw = (count, split) => chooseTowns({ count, seed: `uneven ${seed}`, splits: [split] });
  const [other, ...towns] = draw(TOWNS + 1, 'index');
  const vectors = await vectorsOf(seed, { towns, other, foreign: draw(FOREIGN, 'fresh') });
  const gazetteer = await app.gazetteer();
  const captions = await app.captions();
  const { logitScale } = (await app.model()).info;
  const asked = (part) => vectors[part].map((one) => ({ ...one, filter: {}, sha256: null, file: null, part }));
  const answers = async (references, queries, sides) => {
    const folder = join(work, `index-${seed}-${Math.random()}`);
    await fill(folder, references, gazetteer);
    const reader = await openReader(folder);
    try {
      const locator = new Locator(reader, captions, gazetteer, logitScale);
      const extra = sides ? { vo: (_, retrieved) => voSide(retrieved) } : {};
      const found = await runEvaluation(queries, locator, gazetteer, { extra });
      const own = (await reader.summary()).selfSimilarity;
      const covered = found.map(({ bestScore }) => (own === null ? null : bestScore >= own.q05));
      return { found, covered, own };
    } finally {
      await reader.close();
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const uneven = [];
  for (const n of DENSE) {
    log(`seed ${seed}: ${n} scenes of one other town beside the world …`);
    const answered = await answers([...vectors.world, ...vectors.dense.slice(0, n)], asked('indexed'), false);
    const blend = answered.found.map(({ sides }) => sides.blend);
    uneven.push({
      dense: n,
      within_25: share(blend.map(({ errorKm }) => errorKm <= 25)),
      radius_90: median(blend.map(({ radius90Km }) => radius90Km)),
      circle_90: share(blend.map(({ errorKm, radius90Km }) => errorKm <= radius90Km)),
      covered: covered(answered),
      not_indexed: mean(answered.found.map(({ notIndexed }) => notIndexed)),
      q05: answered.own?.q05 ?? null,
    });
  }
  log(`seed ${seed}: one reference a town; re-encoded references; sides …`);
  const oneEach = await answers(
    vectors.world.filter(({ n }) => n === 0),
    asked('foreign'),
    false,
  );
  const even = await answers(vectors.world, [...asked('reencoded'), ...asked('indexed'), ...asked('foreign')], true);
  const of = (part) => even.found.filter((one) => one.part === part);
  const sideFigures = (part) =>
    Object.fromEntries(
      ['blend', 'retrieval', 'captions', 'nearest', 'vo'].map((side) => {
        const all = of(part).map(({ sides }) => sides[side]);
        const within = [1, 25, 200, 750].map((km) => [km, share(all.map(({ errorKm }) => errorKm <= km))]);
        const circles = ['50', '90'].map((q) => share(all.map((one) => one.errorKm <= one[`radius${q}Km`])));
        return [side, { within: Object.fromEntries(within), circle_50: circles[0], circle_90: circles[1] }];
      }),
    );
  const gain = (part, km) =>
    of(part).map(({ sides: { blend, nearest } }) => (blend.errorKm <= km ? 1 : 0) - (nearest.errorKm <= km ? 1 : 0));
  return {
    seed,
    uneven,
    one_each: { covered: covered(oneEach), q05: oneEach.own?.q05 ?? null },
    reencoded: {
      queries: of('reencoded').length,
      within_1: of('reencoded').filter(({ sides }) => sides.blend.errorKm <= 1).length,
      nearest_within_1: of('reencoded').filter(({ sides }) => sides.nearest.errorKm <= 1).length,
      cosine_least: Math.min(...of('reencoded').map(({ bestScore }) => bestScore)),
    },
    sides: { indexed: sideFigures('indexed'), foreign: sideFigures('foreign') },
    blend_minus_nearest: Object.fromEntries(
      ['indexed', 'foreign'].map((part) => [
        part,
        Object.fromEntries([1, 25, 200, 750].map((km) => [km, gain(part, km)])),
      ]),
    ),
  };
}

/** Percent of the queries that count as covered; null where the index does not tell. */
function covered({ covered: all }) {
  return all.includes(null) ? null : share(all);
}

async function fill(folder, references, gazetteer) {
  const { info } = await app.model();
  const writer = await openWriter(folder, { modelId: info.id, modelName: info.name, dimension: info.dimension });
  writer.transaction((tx) => {
    for (const { id, truth: point, author, vector } of references) {
      tx.put(referenceOf(id, { point, author }, gazetteer), vector);
    }
  });
  await writer.checkpoint();
  await writer.close();
}

/** Vectors of all scenes of a seed, from the folder where they are kept already. */
async function vectorsOf(seed, { towns, other, foreign }) {
  const plan = (some, count, lot) =>
    some.flatMap((town) =>
      Array.from({ length: count }, (_, n) => {
        const { point: truth, scene } = planScene(town, n, `uneven ${lot} ${seed}`);
        return { id: `${lot} ${seed} ${town.id} ${n}`, cluster: town.id, n, author: driverOf(town, n), truth, scene };
      }),
    );
  const world = plan(towns, REFERENCES, 'world');
  const step = Math.floor(world.length / REENCODED);
  const lots = {
    world,
    dense: plan([other], Math.max(...DENSE), 'dense'),
    indexed: plan(towns, ASKED, 'query'),
    foreign: plan(foreign, ASKED, 'query'),
    reencoded: Array.from({ length: REENCODED }, (_, i) => ({ ...world[i * step], again: true })),
  };
  const file = values.folder && join(values.folder, `uneven-${seed}-${Math.max(...DENSE)}.f32`);
  const { dimension } = (await app.model()).info;
  const all = Object.values(lots).flat();
  let table;
  if (file && existsSync(file)) table = new Float32Array(new Uint8Array(readFileSync(file)).buffer);
  else {
    log(`seed ${seed}: rendering and embedding ${all.length} scenes …`);
    table = new Float32Array(all.length * dimension);
    for (let first = 0; first < all.length; first += 32) {
      const some = await Promise.all(all.slice(first, first + 32).map(embed));
      some.forEach((vector, i) => {
        table.set(vector, (first + i) * dimension);
      });
    }
    if (file) {
      mkdirSync(values.folder, { recursive: true });
      writeFileSync(file, table);
    }
  }
  all.forEach((one, i) => {
    one.vector = table.slice(i * dimension, (i + 1) * dimension);
  });
  return lots;
}

async function embed({ scene, again }) {
  const model = await app.model();
  const rendered = await renderDescribed(scene);
  const bytes = again ? await sharp(rendered).resize({ width: 480 }).jpeg({ quality: 75 }).toBuffer() : rendered;
  const { tensor } = await model.prepare(bytes, { wait: true });
  return (await model.encode(tensor, { wait: true })).vector;
}

function share(hits) {
  return (100 * hits.filter(Boolean).length) / hits.length;
}

function mean(all) {
  return all.reduce((sum, x) => sum + x, 0) / all.length;
}

function median(all) {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Mean over the seeds; null where one has none. */
function over(of) {
  const all = results.map(of);
  return all.includes(null) ? null : mean(all);
}

function print() {
  const one = (x) => (x === null ? 'unknown' : x.toFixed(1));
  console.log(`seeds ${results.map(({ seed }) => seed).join(', ')}; means over them, percent`);
  console.log('\nuneven: indexed scenes, with N scenes of one other town in the index');
  console.table(
    DENSE.map((n, i) => ({
      N: n,
      'within 25 km': one(over(({ uneven }) => uneven[i].within_25)),
      '90 % radius, km (median)': one(over(({ uneven }) => uneven[i].radius_90)),
      '90 % circle holds': one(over(({ uneven }) => uneven[i].circle_90)),
      covered: one(over(({ uneven }) => uneven[i].covered)),
      'mean ε_r': over(({ uneven }) => uneven[i].not_indexed).toFixed(3),
      q05: over(({ uneven }) => uneven[i].q05)?.toFixed(3) ?? 'unknown',
    })),
  );
  console.log(
    `one each: ${one(over(({ one_each }) => one_each.covered))} % of ${FOREIGN * ASKED} foreign scenes are covered; ` +
      `q05 ${over(({ one_each }) => one_each.q05)?.toFixed(3) ?? 'unknown'}`,
  );
  const again = results.map(
    ({ reencoded: one }) => `${one.within_1} of ${one.queries} (by the nearest ${one.nearest_within_1})`,
  );
  console.log(
    `re-encoded references answered within 1 km: ${again.join(', ')}; least cosine ${Math.min(...results.map(({ reencoded }) => reencoded.cosine_least)).toFixed(4)}`,
  );
  for (const part of ['indexed', 'foreign']) {
    console.log(`\n${part}: within km, circles`);
    console.table(
      Object.fromEntries(
        ['blend', 'retrieval', 'captions', 'nearest', 'vo'].map((side) => [
          side,
          {
            ...Object.fromEntries(
              [1, 25, 200, 750].map((km) => [`${km} km`, one(over(({ sides }) => sides[part][side].within[km]))]),
            ),
            '50 % circle': one(over(({ sides }) => sides[part][side].circle_50)),
            '90 % circle': one(over(({ sides }) => sides[part][side].circle_90)),
          },
        ]),
      ),
    );
    const differences = [1, 25, 200, 750].map((km) => {
      const all = results.flatMap(({ blend_minus_nearest }) => blend_minus_nearest[part][km]);
      const middle = mean(all);
      // Two scenes of a town count as one draw.
      const pairs = Array.from({ length: all.length / ASKED }, (_, i) => mean(all.slice(i * ASKED, (i + 1) * ASKED)));
      const error = Math.sqrt(mean(pairs.map((x) => (x - middle) ** 2)) / pairs.length);
      return `${km} km ${one(100 * middle)} ± ${one(196 * error)}`;
    });
    console.log(`blend minus nearest, points: ${differences.join('; ')}`);
  }
}
