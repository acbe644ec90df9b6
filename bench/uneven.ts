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
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import type { GeoPoint } from '../dist/domain/geo-point.js';
import type { UnitVector } from '../dist/domain/unit-vector.js';
import type { EvaluationQuery } from '../dist/evaluate/evaluation-query.js';
import type { QueryResult, SideResult } from '../dist/evaluate/query-result.js';
import { type ExtraSide, runEvaluation } from '../dist/evaluate/run-evaluation.js';
import { voSide } from '../dist/evaluate/vo-side.js';
import type { Gazetteer } from '../dist/gazetteer/gazetteer.js';
import { Locator } from '../dist/locate/locator.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import type { Scene } from '../dist/pocket-world/scene.js';
import type { TownSplit } from '../dist/pocket-world/split.js';
import type { Town } from '../dist/pocket-world/town.js';
import { driverOf, planScene } from '../dist/pocket-world/world.js';
import { openReader } from '../dist/references/embedded/open-index.js';
import { vectorToBytes } from '../dist/references/embedded/vector-table.js';
import { indexModel, referenceOf } from './pocket-scenes.js';
import { readVectors } from './read-vectors.js';
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
const TOWNS = 100;
const REFERENCES = 8;
const FOREIGN = 75;
const ASKED = 2;
const REENCODED = 60;
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
  const draw = (count: number, split: TownSplit) => chooseTowns({ count, seed: `uneven ${seed}`, splits: [split] });
  const [other, ...towns] = draw(TOWNS + 1, 'index');
  const vectors = await vectorsOf(seed, { towns, other, foreign: draw(FOREIGN, 'fresh') });
  const gazetteer = await app.gazetteer();
  const captions = await app.captions();
  const { logitScale } = (await app.model()).info;
  const asked = (part: Part | 'reencoded') =>
    vectors[part].map((one) => ({ ...one, filter: {}, sha256: null, file: null, part }));
  const answers = async (references: Vector[], queries: EvaluationQuery[], sides: boolean) => {
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
  const uneven: Uneven[] = [];
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

interface Uneven {
  readonly dense: number;
  readonly within_25: number;
  readonly radius_90: number;
  readonly circle_90: number;
  readonly covered: number | null;
  readonly not_indexed: number;
  readonly q05: number | null;
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

async function fill(folder: string, references: Vector[], gazetteer: Gazetteer) {
  const { info } = await app.model();
  const stored = references.map(
    ({ id, truth: point, author, vector }) => [referenceOf(id, { point, author }, gazetteer), vector] as const,
  );
  await writeIndex(folder, indexModel(info), [stored]);
}

interface Planned {
  readonly id: string;
  readonly cluster: string;
  readonly n: number;
  readonly author: string;
  readonly truth: GeoPoint;
  readonly scene: Scene;
  /** Encoded anew. */
  readonly again?: boolean;
}

interface Vector extends Planned {
  readonly vector: UnitVector;
}

/** Vectors of all scenes of a seed, from the folder where they are kept already. */
async function vectorsOf(seed: string, { towns, other, foreign }: { towns: Town[]; other: Town; foreign: Town[] }) {
  const plan = (some: Town[], count: number, lot: string): Planned[] =>
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
  let vectors: UnitVector[] = [];
  if (file && existsSync(file)) vectors = readVectors(file, dimension);
  else {
    log(`seed ${seed}: rendering and embedding ${all.length} scenes …`);
    for (let first = 0; first < all.length; first += 32)
      vectors.push(...(await Promise.all(all.slice(first, first + 32).map(embed))));
    if (file) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, Buffer.concat(vectors.map(vectorToBytes)));
    }
  }
  let next = 0;
  const taken = (lot: Planned[]): Vector[] => lot.map((one) => ({ ...one, vector: vectors[next++] }));
  return {
    world: taken(lots.world),
    dense: taken(lots.dense),
    indexed: taken(lots.indexed),
    foreign: taken(lots.foreign),
    reencoded: taken(lots.reencoded),
  };
}

async function embed({ scene, again }: Planned): Promise<UnitVector> {
  const model = await app.model();
  const rendered = await renderDescribed(scene);
  const bytes = again ? await sharp(rendered).resize({ width: 480 }).jpeg({ quality: 75 }).toBuffer() : rendered;
  const { tensor } = await model.prepare(bytes, { wait: true });
  return (await model.encode(tensor, { wait: true })).vector;
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
