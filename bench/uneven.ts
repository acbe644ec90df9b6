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
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import type { EvaluationQuery } from '../dist/evaluate/evaluation-query.js';
import type { QueryResult, SideResult } from '../dist/evaluate/query-result.js';
import { type ExtraSide, runEvaluation } from '../dist/evaluate/run-evaluation.js';
import { voSide } from '../dist/evaluate/vo-side.js';
import type { Gazetteer } from '../dist/gazetteer/gazetteer.js';
import { Locator } from '../dist/locate/locator.js';
import { openReader } from '../dist/references/embedded/open-index.js';
import { indexModel, referenceOf } from './pocket-scenes.js';
import { ASKED, type EmbeddedScene, embedScenes, FOREIGN } from './uneven-scenes.js';
import { writeIndex } from './write-index.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    folder: { type: 'string' },
    dense: { type: 'string', default: '0,1000,2500' },
    json: { type: 'boolean', default: false },
  },
});
if (values.seeds === undefined) throw new Error('Expected --seeds with a list of seeds, such as 11,12,13.');
const DENSE = values.dense.split(',').map(Number);
const SIDES = ['blend', 'retrieval', 'captions', 'nearest', 'vo'];
const RADII_KM = [1, 25, 200, 750];
const log = (text: string) => process.stderr.write(`${text}\n`);
const work = mkdtempSync(join(tmpdir(), 'streetdex-uneven-'));
const app = new App(loadConfig({ model: 'pocket', index: join(work, 'index') }));
const results: Measured[] = [];
try {
  for (const seed of values.seeds.split(',')) results.push(await measure(seed));
  if (values.json) console.log(JSON.stringify(results));
  else print();
} finally {
  await app.close();
  rmSync(work, { recursive: true, force: true });
}

type Measured = Awaited<ReturnType<typeof measure>>;
type Part = 'indexed' | 'foreign';

async function measure(seed: string) {
  const vectors = await embedScenes(app, seed, Math.max(...DENSE), values.folder);
  const gazetteer = await app.gazetteer();
  const captions = await app.captions();
  const { logitScale } = (await app.model()).info;
  const asked = (part: Part | 'reencoded') =>
    vectors[part].map((one) => ({ ...one, filter: {}, sha256: null, file: null, part }));
  const answers = async (references: EmbeddedScene[], queries: EvaluationQuery[], sides: boolean) => {
    const folder = join(work, `index-${seed}-${Math.random()}`);
    await fill(folder, references, gazetteer);
    const reader = await openReader(folder);
    try {
      const locator = new Locator(reader, captions, gazetteer, logitScale);
      const extra: Record<string, ExtraSide> = sides ? { vo: (_, retrieved) => voSide(retrieved) } : {};
      const found = await runEvaluation(queries, locator, gazetteer, { extra });
      const own = (await reader.summary()).selfSimilarity;
      const covered = found.map(({ bestScore }) => (own === null ? null : (bestScore ?? -1) >= own.q05));
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
    const blend = answered.found.map((one) => sideOf(one, 'blend'));
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
  const of = (part: Part | 'reencoded') => even.found.filter((one) => one.part === part);
  const sideFigures = (part: Part) =>
    Object.fromEntries(
      SIDES.map((side) => {
        const all = of(part).map((one) => sideOf(one, side));
        const within = RADII_KM.map((km) => [km, share(all.map(({ errorKm }) => errorKm <= km))] as const);
        const circle_50 = share(all.map(({ errorKm, radius50Km }) => errorKm <= radius50Km));
        const circle_90 = share(all.map(({ errorKm, radius90Km }) => errorKm <= radius90Km));
        return [side, { within: Object.fromEntries(within), circle_50, circle_90 }];
      }),
    );
  const within = (one: QueryResult, side: string, km: number) => (sideOf(one, side).errorKm <= km ? 1 : 0);
  const gain = (part: Part, km: number) => of(part).map((one) => within(one, 'blend', km) - within(one, 'nearest', km));
  const gains = (part: Part) => Object.fromEntries(RADII_KM.map((km) => [km, gain(part, km)]));
  const reencoded = of('reencoded');
  return {
    seed,
    uneven,
    one_each: { covered: covered(oneEach), q05: oneEach.own?.q05 ?? null },
    reencoded: {
      queries: reencoded.length,
      within_1: reencoded.filter((one) => within(one, 'blend', 1)).length,
      nearest_within_1: reencoded.filter((one) => within(one, 'nearest', 1)).length,
      cosine_least: Math.min(...reencoded.map(({ bestScore }) => bestScore ?? -1)),
    },
    sides: { indexed: sideFigures('indexed'), foreign: sideFigures('foreign') },
    blend_minus_nearest: { indexed: gains('indexed'), foreign: gains('foreign') },
  };
}

function sideOf({ id, sides }: QueryResult, name: string): SideResult {
  const side = sides[name];
  if (!side) throw new Error(`${name} has no answer to ${id}.`);
  return side;
}

/** Percent of the queries that count as covered; null where the index does not tell. */
function covered({ covered: all }: { covered: (boolean | null)[] }): number | null {
  return all.includes(null) ? null : share(all);
}

async function fill(folder: string, references: EmbeddedScene[], gazetteer: Gazetteer) {
  const { info } = await app.model();
  const stored = references.map(
    ({ id, truth: point, author, vector }) => [referenceOf(id, { point, author }, gazetteer), vector] as const,
  );
  await writeIndex(folder, indexModel(info), [stored]);
}

function share(hits: readonly unknown[]): number {
  return (100 * hits.filter(Boolean).length) / hits.length;
}

function mean(all: readonly number[]): number {
  return all.reduce((sum, x) => sum + x, 0) / all.length;
}

function median(all: readonly number[]): number {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Mean over the seeds; null where one has none. */
function over(of: (one: Measured) => number | null): number | null {
  const all = results.map(of).filter((one) => one !== null);
  return all.length < results.length ? null : mean(all);
}

function print() {
  const one = (x: number | null) => (x === null ? 'unknown' : x.toFixed(1));
  console.log(`seeds ${results.map(({ seed }) => seed).join(', ')}; means over them, percent`);
  console.log('\nuneven: indexed scenes, with N scenes of one other town in the index');
  console.table(
    DENSE.map((n, i) => ({
      N: n,
      'within 25 km': one(over(({ uneven }) => uneven[i].within_25)),
      '90 % radius, km (median)': one(over(({ uneven }) => uneven[i].radius_90)),
      '90 % circle holds': one(over(({ uneven }) => uneven[i].circle_90)),
      covered: one(over(({ uneven }) => uneven[i].covered)),
      'mean ε_r': over(({ uneven }) => uneven[i].not_indexed)?.toFixed(3),
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
  for (const part of ['indexed', 'foreign'] as const) {
    console.log(`\n${part}: within km, circles`);
    console.table(
      Object.fromEntries(
        SIDES.map((side) => [
          side,
          {
            ...Object.fromEntries(
              RADII_KM.map((km) => [`${km} km`, one(over(({ sides }) => sides[part][side].within[km]))]),
            ),
            '50 % circle': one(over(({ sides }) => sides[part][side].circle_50)),
            '90 % circle': one(over(({ sides }) => sides[part][side].circle_90)),
          },
        ]),
      ),
    );
    const differences = RADII_KM.map((km) => {
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
