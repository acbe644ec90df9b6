// What the fitted blend says of every scene of a world of embed-world.ts, for location-expert.py to add an expert to.
//
//   npm run bench:location-expert -- --pool FILE --out FOLDER [--index full|one|eighth]
//
// The index holds all references, one a town, or all of an eighth of the towns. The blend is fitted on one half of the
// towns that are asked about, for each of the two halves. Kept are, by query and point of its support (COLUMNS below),
// the terms that the blend's exponents weigh.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import { fitProfile, freedomFor } from '../dist/evaluate/fit/fit-profile.js';
import { logLoss, nearness, product } from '../dist/evaluate/fit/log-loss.js';
import { splitClusters } from '../dist/evaluate/split-clusters.js';
import { type BlendProfile, priorExponent } from '../dist/locate/blend-profile.js';
import type { Locator } from '../dist/locate/locator.js';
import type { Retrieved } from '../dist/locate/retrieve.js';
import { loadPool, openIndex, type PoolItem, type PoolQuery, queriesOf, weighed } from './open-pool.js';

const { values } = parseArgs({
  options: { pool: { type: 'string' }, out: { type: 'string' }, index: { type: 'string', default: 'full' } },
});
const { pool, out } = values;
if (pool === undefined || out === undefined) throw new Error('Expected --pool and --out.');

interface Asked {
  readonly query: PoolQuery;
  readonly retrieved: Retrieved;
}

const COLUMNS = ['lat', 'lon', 'log_area', 'retrieval', 'captions', 'prior', 'nearness', 'probability'];
const work = mkdtempSync(join(tmpdir(), 'streetdex-location-expert-'));
const app = new App(loadConfig({ model: 'pocket', index: join(work, 'index'), threads: '1' }));
try {
  mkdirSync(out, { recursive: true });
  const { items, scale } = loadPool(pool);
  const references = items.filter(({ kind }) => kind === 'ref').filter(chosen(items));
  const { reader, locator } = await openIndex(app, join(work, 'index'), references, scale);
  const queries = queriesOf(items, references);
  const asked: Asked[] = [];
  for (const query of queries) asked.push({ query, retrieved: await locator.retrieve(query) });
  const halves = splitClusters(queries, [0.5, 0.5], 'location-expert').map((half) => new Set(half));
  for (const [h, half] of halves.entries()) {
    const fit = weighed(asked.filter(({ query }) => half.has(query)));
    const profile = await fitProfile(fit, locator, freedomFor(fit.length));
    keep(join(out, `${values.index}-${h}`), {
      asked,
      half,
      locator: locator.withProfile(profile),
      profile,
      references,
    });
  }
  await reader.close();
} finally {
  await app.close();
  rmSync(work, { recursive: true, force: true });
}

interface Fitted {
  readonly asked: readonly Asked[];
  /** What was fitted to. */
  readonly half: ReadonlySet<PoolQuery>;
  readonly locator: Locator;
  readonly profile: BlendProfile;
  readonly references: readonly PoolItem[];
}

function keep(file: string, { asked, half, locator, profile, references }: Fitted): void {
  const rows: number[] = [];
  const queries = asked.map(({ query, retrieved }) => {
    const { support, posterior, notIndexed } = locator.judge(query, retrieved);
    const near = nearness(query.truth, support.points);
    support.points.forEach(({ lat, lon }, j) => {
      const logs = [posterior.retrieval, posterior.captions, support.prior].map((mass) =>
        Math.log((mass?.[j] ?? Number.NaN) / support.area[j]),
      );
      rows.push(lat, lon, Math.log(support.area[j]), ...logs, near[j], posterior.probability[j]);
    });
    const loss = logLoss(product(posterior.probability, near));
    const { at, cluster, part, truth } = query;
    return { at, cluster, part, truth, fit: half.has(query), not_indexed: notIndexed, points: near.length, loss };
  });
  const { alpha, beta, evidence_limit_nats: limit } = profile.blend;
  const blend = { alpha, beta, gamma: priorExponent(profile.blend, alpha, beta), limit };
  writeFileSync(`${file}.f64`, Float64Array.from(rows));
  const refs = references.map(({ at }) => at);
  writeFileSync(`${file}.json`, JSON.stringify({ columns: COLUMNS, blend, references: refs, queries }));
  const mean = queries.filter(({ fit }) => !fit).reduce((sum, { loss }, _, { length }) => sum + loss / length, 0);
  process.stderr.write(`${file}: ${mean.toFixed(4)} nats on the other half, ${JSON.stringify(blend)}\n`);
}

/** Which references the index holds. */
function chosen(items: readonly PoolItem[]): (item: PoolItem) => boolean {
  const towns = [...new Set(items.map(({ town }) => town))];
  const rank = new Map(towns.map((town, i) => [town, i]));
  const by: Record<string, (item: PoolItem) => boolean> = {
    full: () => true,
    one: ({ n }) => n === 0,
    eighth: ({ town }) => (rank.get(town) ?? 0) % 8 === 0,
  };
  return by[values.index];
}
