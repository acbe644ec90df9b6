// What other ways of comparing vectors do to the blend, on a world of embed-world.ts.
//
//   npm run bench:retrieval -- --pool FILE [--cone [STATISTICS]] [--order 12345] [--only 'centred;spread']
//
//   centred     the mean of the references is taken away from all vectors
//   whitened    and their variances are evened out, by half (to the root of a deviation) or whole
//   expanded    the query is drawn towards its first ten groups, each by its cosine cubed (alpha query expansion,
//               Radenović et al. 2019): those within so many km of the first, or all
//   spread      the temperature is by the standard deviation of the query's cosines over its first hundred groups
//
// --cone gives the vectors the mean and the variances of a real model's, whose cosines lie in a narrow cone. Which variance
// goes with which part of the mean is not known; it is drawn (--order), and what centring gains depends on it. Captions are
// compared with the vectors as they were, and so only retrieval differs. Half of the towns that are asked about fit the
// blend, the other half are measured. `nats` are differences to `base` ± one standard error over towns. At the end, what
// the agreement of the first groups adds to the best cosine where a gate asks whether a place is indexed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import { seededRandom } from '../dist/domain/seeded-random.js';
import { toUnitVector, type UnitVector } from '../dist/domain/unit-vector.js';
import { fitProfile, freedomFor } from '../dist/evaluate/fit/fit-profile.js';
import { logLoss, nearness, product } from '../dist/evaluate/fit/log-loss.js';
import { splitClusters } from '../dist/evaluate/split-clusters.js';
import { distanceKm } from '../dist/geo/distance.js';
import type { Locator } from '../dist/locate/locator.js';
import type { Retrieved } from '../dist/locate/retrieve.js';
import { root } from '../scripts/prepare.mjs';
import { idOf, loadPool, openIndex, type PoolItem, type PoolQuery, queriesOf, weighed } from './open-pool.js';
import { along, type PrincipalAxes, principalAxes } from './principal-axes.js';

type Change = (vector: UnitVector) => UnitVector;

interface Variant {
  readonly change?: (axes: PrincipalAxes) => Change;
  readonly expandKm?: number;
  readonly bySpread?: boolean;
}

interface Asked {
  readonly query: PoolQuery;
  readonly retrieved: Retrieved;
}

interface Judged {
  readonly part: string | null;
  readonly cluster: string;
  readonly loss: number;
  readonly errorKm: number;
  readonly nearestKm: number;
}

type Sides = Record<'unfitted' | 'fitted', Judged[]>;

/** What is read of data/clip-image-cone.json. */
interface Cone {
  readonly mean_vector_norm: number;
  readonly mean_vector_sorted_by_size: readonly number[];
  readonly covariance_eigenvalues: readonly number[];
}

const VARIANTS: Record<string, Variant> = {
  base: {},
  centred: { change: ({ mean }) => minus(mean) },
  'whitened by half': { change: (axes) => whiten(axes, 0.5) },
  whitened: { change: (axes) => whiten(axes, 1) },
  'expanded, 25 km': { expandKm: 25 },
  'expanded, 200 km': { expandKm: 200 },
  expanded: { expandKm: Number.POSITIVE_INFINITY },
  spread: { bySpread: true },
};
const EXPAND = { groups: 10, power: 3 };
/** The spread at which the default temperature stays: the pocket model's usual one. */
const USUAL_SPREAD = 0.11;
const RADII_KM = [25, 200, 750];
const PARTS = ['indexed', 'unindexed'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pool: { type: 'string' },
    cone: { type: 'boolean', default: false },
    order: { type: 'string', default: '12345' },
    only: { type: 'string' },
  },
});
if (values.pool === undefined) throw new Error('Expected --pool with a file of embed-world.ts.');
const statistics = positionals[0] ?? join(root, 'bench', 'data', 'clip-image-cone.json');
const cone: Cone | null = values.cone ? JSON.parse(readFileSync(statistics, 'utf8')) : null;
const only = values.only?.split(';');
const work = mkdtempSync(join(tmpdir(), 'streetdex-retrieval-'));
const app = new App(loadConfig({ model: 'pocket', index: join(work, 'index'), threads: '1' }));
try {
  const { items, scale } = loadPool(values.pool);
  const refs = (all: PoolItem[]) => all.filter(({ kind }) => kind === 'ref');
  const axesOf = (all: PoolItem[]) => principalAxes(refs(all).map(({ vector }) => vector));
  const plain = await openIndex(app, join(work, 'plain'), refs(items), scale);
  const queries = queriesOf(items, refs(items));
  const seen = cone === null ? items : changed(items, intoCone(axesOf(items), cone));
  const axes = axesOf(seen);
  const [fit, check] = splitClusters(queries, [0.5, 0.5], 'retrieval').map((half) => new Set(half));
  const judged: Record<string, Sides> = {};
  let base: Asked[] = [];
  for (const [name, { change, ...how }] of Object.entries(VARIANTS)) {
    if (name !== 'base' && !(only?.includes(name) ?? true)) continue;
    process.stderr.write(`${name} …\n`);
    const own = change ? changed(seen, change(axes)) : seen;
    const { reader, locator } = await openIndex(app, join(work, name), refs(own), scale);
    const byId = new Map(refs(own).map((one) => [idOf(one), one.vector]));
    const asked: Asked[] = [];
    for (const query of queries) {
      const found = await retrieve(locator, { ...query, vector: own[query.at].vector }, byId, how);
      asked.push({ query, retrieved: { ...found, summary: await plain.reader.summary() } });
    }
    const of = (half: ReadonlySet<PoolQuery>) => asked.filter(({ query }) => half.has(query));
    const fitted = await fitProfile(weighed(of(fit)), locator, freedomFor(fit.size));
    judged[name] = {
      unfitted: of(check).map(judge(locator)),
      fitted: of(check).map(judge(locator.withProfile(fitted))),
    };
    if (name === 'base') base = asked;
    await reader.close();
  }
  await plain.reader.close();
  print(judged);
  printGate(base);
} finally {
  await app.close();
  rmSync(work, { recursive: true, force: true });
}

async function retrieve(
  locator: Locator,
  query: PoolQuery,
  byId: ReadonlyMap<string, UnitVector>,
  { expandKm, bySpread }: Variant,
): Promise<Retrieved> {
  const found = await locator.retrieve(query);
  if (bySpread) return stretched(found);
  if (expandKm === undefined) return found;
  const first = found.groups[0].representative;
  const sum = Float64Array.from(query.vector);
  for (const { representative: one } of found.groups.slice(0, EXPAND.groups)) {
    if (distanceKm(one.point, first.point) > expandKm) continue;
    const weight = Math.max(0, one.score) ** EXPAND.power;
    byId.get(one.id)?.forEach((x, i) => {
      sum[i] += weight * x;
    });
  }
  return locator.retrieve({ ...query, vector: toUnitVector(sum) });
}

/**
 * A temperature of T times the spread over the usual one weighs the groups as T weighs cosines that are stretched about
 * the best by the inverse, which needs no change of the product. The gate sees the best cosine, which stays; only the
 * share of the very spot, by the ratio of the first two, is not quite what it would be.
 */
function stretched(found: Retrieved): Retrieved {
  const cosines = found.groups.map(({ representative }) => representative.score);
  const factor = USUAL_SPREAD / deviation(cosines);
  const stretch = (c: number) => cosines[0] + (c - cosines[0]) * factor;
  const groups = found.groups.map((group) => {
    const { representative } = group;
    return { ...group, representative: { ...representative, score: stretch(representative.score) } };
  });
  return { ...found, groups };
}

function judge(locator: Locator) {
  return ({ query, retrieved }: Asked): Judged => {
    const { support, posterior, candidates } = locator.judge(query, retrieved);
    const loss = logLoss(product(posterior.probability, nearness(query.truth, support.points)));
    const errorKm = distanceKm(support.points[candidates[0].at], query.truth);
    const nearestKm = distanceKm(retrieved.groups[0].representative.point, query.truth);
    return { part: query.part, cluster: query.cluster, loss, errorKm, nearestKm };
  };
}

function print(judged: Record<string, Sides>): void {
  for (const how of ['unfitted', 'fitted'] as const) {
    console.log(`\n${how}: nats less or more than base; percent within ${RADII_KM.join(', ')} km`);
    const { base, ...others } = judged;
    const first = base[how];
    console.table({
      nearest: within(first, ({ nearestKm }) => nearestKm),
      base: { ...nats(first, (part) => mean(part.map(({ loss }) => loss)).toFixed(3)), ...within(first) },
      ...Object.fromEntries(
        Object.entries(others).map(([name, { [how]: all }]) => {
          const less = all.map((one, i) => ({ ...one, loss: one.loss - first[i].loss }));
          return [name, { ...nats(less, overTowns), ...within(all) }];
        }),
      ),
    });
  }
}

function nats(all: Judged[], figure: (some: Judged[]) => string): Record<string, string> {
  const of = (part: string) => figure(all.filter((one) => one.part === part));
  return { all: figure(all), ...Object.fromEntries(PARTS.map((part) => [part, of(part)])) };
}

/** Mean over towns ± its standard error. */
function overTowns(all: Judged[]): string {
  const byTown = new Map<string, number[]>();
  for (const { cluster, loss } of all) byTown.set(cluster, [...(byTown.get(cluster) ?? []), loss]);
  const towns = [...byTown.values()].map(mean);
  return `${mean(towns).toFixed(4)} ± ${(deviation(towns) / Math.sqrt(towns.length)).toFixed(4)}`;
}

function within(all: Judged[], error = ({ errorKm }: Judged) => errorKm): Record<string, string> {
  const share = (part: Judged[], km: number) => (100 * mean(part.map((one) => (error(one) <= km ? 1 : 0)))).toFixed(1);
  return Object.fromEntries(
    PARTS.map((part) => {
      const some = all.filter((one) => one.part === part);
      return [`${part}, km`, RADII_KM.map((km) => share(some, km)).join(' ')];
    }),
  );
}

/** Of the base, in sample: what more is known flatters itself. */
function printGate(asked: Asked[]): void {
  const rows = asked.map(({ query, retrieved: { groups } }) => {
    const [first, ...rest] = groups.slice(0, 8).map(({ representative }) => representative);
    const agreeing = rest.filter(({ point }) => distanceKm(point, first.point) <= 25).length;
    return { indexed: query.part === 'indexed', best: first.score, agreeing };
  });
  const [best, agreeing] = (['best', 'agreeing'] as const).map((name) => standard(rows.map((row) => row[name])));
  const indexed = rows.map((row) => row.indexed);
  console.log('\ngate: is the place indexed? Logistic regression, log loss; AUC of the best cosine');
  const [alone, both] = [[best], [best, agreeing]].map((some) => regressionLoss(some, indexed).toFixed(4));
  console.log(`best cosine ${alone}; with the agreement of 8 groups ${both}; AUC ${auc(best, indexed).toFixed(4)}`);
}

function regressionLoss(features: number[][], indexed: boolean[]): number {
  const b = new Float64Array(features.length + 1);
  const slope = (i: number, k: number) => features[k]?.[i] ?? 1;
  const says = (i: number) => 1 / (1 + Math.exp(-b.reduce((sum, w, k) => sum + w * slope(i, k), 0)));
  for (let step = 0; step < 3000; step++) {
    const off = indexed.map((yes, i) => says(i) - (yes ? 1 : 0));
    const down = b.map((_, k) => mean(off.map((x, i) => x * slope(i, k))));
    for (let k = 0; k < b.length; k++) b[k] -= down[k];
  }
  return mean(indexed.map((yes, i) => -Math.log(yes ? says(i) : 1 - says(i))));
}

function auc(values: number[], indexed: boolean[]): number {
  const [yes, no] = [true, false].map((wanted) => values.filter((_, i) => indexed[i] === wanted));
  return mean(yes.map((y) => mean(no.map((n) => (y > n ? 1 : y === n ? 0.5 : 0)))));
}

function changed(items: PoolItem[], change: Change): PoolItem[] {
  return items.map((one) => ({ ...one, vector: change(one.vector) }));
}

function minus(mean: Float64Array): Change {
  return (v) => toUnitVector(v.map((x, i) => x - mean[i]));
}

function whiten(axes: PrincipalAxes, power: number): Change {
  const scales = axes.axes.map(({ variance }) => (variance + 1e-5) ** (-power / 2));
  return (v) => toUnitVector(along(v, axes).map((x, k) => x * scales[k]));
}

/** Each axis gets the variance of its rank and becomes a coordinate, in an order that is drawn. */
function intoCone(seen: PrincipalAxes, statistics: Cone): Change {
  const { axes } = seen;
  const random = seededRandom(Number(values.order));
  const order = axes.map((_, k) => [random(), k] as const).sort(([a], [b]) => a - b);
  const middle = axes.map((_, i) => statistics.mean_vector_sorted_by_size[i]);
  const longer = statistics.mean_vector_norm / Math.hypot(...middle);
  return (v) => {
    const at = along(v, seen);
    const stretch = (k: number) => Math.sqrt(statistics.covariance_eigenvalues[k] / Math.max(axes[k].variance, 1e-9));
    return toUnitVector(Float64Array.from(order, ([, k], i) => at[k] * stretch(k) + middle[i] * longer));
  };
}

function standard(values: number[]): number[] {
  const [middle, scale] = [mean(values), deviation(values)];
  return values.map((x) => (x - middle) / scale);
}

function mean(all: number[]): number {
  return all.reduce((sum, x) => sum + x, 0) / all.length;
}

function deviation(all: number[]): number {
  const middle = mean(all);
  return Math.sqrt(mean(all.map((x) => (x - middle) ** 2)));
}
