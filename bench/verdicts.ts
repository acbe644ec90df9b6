// What verdicts are worth: on indexes of five shapes, verdict against truth.
//
//   npm run bench:verdicts -- [--seeds 1,2,3,4,5] [--scenes 150]        seeds are drawn where none are given
//
// Each index of the pocket world has so many towns with so many photos each. It is tuned on `--scenes` further scenes of its
// towns and as many of towns that it does not have, and then asked about as many of each again: other scenes of its towns, and
// scenes of yet other towns. A row says what share of the answers got a verdict, and how many of those are wrong at the level
// that they name; `no profile` is the same index untuned, where nothing may be sure or likely.
import { createHash, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import type { QueryResult } from '../dist/evaluate/query-result.js';
import { runEvaluation } from '../dist/evaluate/run-evaluation.js';
import { tuneProfile } from '../dist/evaluate/tune-profile.js';
import { Locator } from '../dist/locate/locator.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import type { TownSplit } from '../dist/pocket-world/split.js';
import type { Town } from '../dist/pocket-world/town.js';
import { openReader } from '../dist/references/embedded/open-index.js';
import { indexScenes, queriesAbout, scenesOf } from './pocket-scenes.js';

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, scenes: { type: 'string', default: '150' }, shapes: { type: 'string' } },
});
const SHAPES = values.shapes?.split(',') ?? ['5x2', '10x1', '13x8', '100x1', '125x8'];
const WORDS = ['sure', 'likely', 'unsure', 'unknown', 'not_checked'];
const seeds = values.seeds?.split(',') ?? Array.from({ length: 5 }, () => String(randomInt(1_000_000_000)));
const count = Number(values.scenes);
const log = (text: string) => process.stderr.write(`${text}\n`);

console.log(`seeds ${seeds.join(', ')}; ${count} scenes of towns in the index and ${count} of others, for each seed`);
for (const shape of SHAPES) {
  const rows: Record<string, QueryResult[]> = {};
  for (const seed of seeds) {
    log(`${shape}, seed ${seed}`);
    for (const [name, results] of Object.entries(await measure(shape, seed))) {
      for (const part of ['indexed', 'unindexed']) {
        const row = `${name}, ${part}`;
        rows[row] = [...(rows[row] ?? []), ...results.filter((result) => result.part === part)];
      }
    }
  }
  console.log(`\n${shape.replace('x', ' towns, ')} photo(s) each`);
  console.table(Object.fromEntries(Object.entries(rows).map(([name, results]) => [name, describe(results)])));
}

/** Of each verdict its share, and how many of those that name a level are wrong at it. */
function describe(results: QueryResult[]): Record<string, string> {
  return Object.fromEntries(
    WORDS.map((word) => {
      const some = results.filter(({ verdict }) => verdict.word === word);
      const named = some.filter(({ verdict }) => verdict.wrong !== null);
      const wrong = named.filter(({ verdict }) => verdict.wrong).length;
      const levels = ['town', 'region', 'country'].map(
        (level) => named.filter((one) => one.verdict.level === level).length,
      );
      if (some.length === 0) return [word, ''];
      const text = `${((100 * some.length) / results.length).toFixed(1)} %`;
      return [
        word,
        named.length === 0
          ? text
          : `${text} (${levels.join('/')}), wrong ${wrong} = ${((100 * wrong) / named.length).toFixed(1)} %`,
      ];
    }),
  );
}

/** The answers of one index without and with a profile of its own. */
async function measure(shape: string, seed: string) {
  const [towns, photos] = shape.split('x').map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'streetdex-verdicts-'));
  const index = join(folder, 'index');
  const app = new App(loadConfig({ model: 'pocket', index }));
  try {
    const gazetteer = await app.gazetteer();
    const indexed = draw('index', towns, seed);
    const others = draw('fresh', 2 * count, seed);
    await indexScenes(app, index, scenesOf(indexed, photos, `index ${seed}`));
    const reader = await openReader(index);
    try {
      const model = await app.model('throughput');
      const plain = new Locator(reader, await app.captions(), gazetteer, model.info.logitScale);
      const tuneOn = await queries(app, indexed, others.slice(0, count), `tune ${seed}`);
      const check = await queries(app, indexed, others.slice(count), `query ${seed}`);
      const { profile, report } = await tuneProfile(tuneOn, plain, { seed, model: reader.modelId, index: shape });
      log(`  ${report.outcome}: ${report.verdict}`);
      const tuned = report.outcome === 'unchanged' ? plain : plain.withProfile(profile);
      return {
        'no profile': await runEvaluation(check, plain, gazetteer),
        tuned: await runEvaluation(check, tuned, gazetteer),
      };
    } finally {
      await reader.close();
    }
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same towns whatever the number, the first so many of an order of the seed's own. */
function draw(split: TownSplit, towns: number, seed: string): Town[] {
  const order = (town: Town) => createHash('sha256').update(`${seed} ${town.id}`).digest('hex');
  const all = chooseTowns({ count: 2 * count, seed: `verdicts ${seed}`, splits: [split] });
  return all.sort((a, b) => (order(a) < order(b) ? -1 : 1)).slice(0, towns);
}

/** As many scenes of the one as of the others. */
async function queries(app: App, indexed: Town[], others: Town[], seed: string) {
  const own = [...scenesOf(indexed, Math.ceil(count / indexed.length), seed)].slice(0, count);
  return [
    ...(await queriesAbout(app, own, 'indexed')),
    ...(await queriesAbout(app, scenesOf(others, 1, seed), 'unindexed')),
  ];
}
