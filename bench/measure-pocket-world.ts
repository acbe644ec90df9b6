import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import type { EvaluationQuery } from '../dist/evaluate/evaluation-query.js';
import { type ExtraSide, runEvaluation } from '../dist/evaluate/run-evaluation.js';
import { summarise } from '../dist/evaluate/summarise.js';
import { tuneProfile } from '../dist/evaluate/tune-profile.js';
import { voSide } from '../dist/evaluate/vo-side.js';
import type { BlendProfile } from '../dist/locate/blend-profile.js';
import { Locator } from '../dist/locate/locator.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import type { TownSplit } from '../dist/pocket-world/split.js';
import type { Town } from '../dist/pocket-world/town.js';
import { openReader } from '../dist/references/embedded/open-index.js';
import { describe, gains, type Half } from './pocket-figures.js';
import { indexScenes, queriesAbout, scenesOf } from './pocket-scenes.js';

/** Flags of bench:pocket. */
export interface WorldFlags {
  readonly model: string;
  readonly towns: string;
  readonly scenes: string;
  readonly references: string;
  readonly 'data-dir'?: string;
}

interface Lot {
  readonly indexed: Town[];
  readonly unindexed: Town[];
}

export type PocketWorld = Awaited<ReturnType<typeof measure>>;

const FARTHEST_KM = 20_015;
const log = (text: string) => process.stderr.write(`${text}\n`);

/** Makes the world of a seed, tunes on it and measures it. */
export async function measurePocketWorld(seed: string, values: WorldFlags): Promise<PocketWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'streetdex-pocket-'));
  const index = join(folder, 'index');
  const flags = { model: values.model, index, ...(values['data-dir'] ? { data_dir: values['data-dir'] } : {}) };
  const app = new App(loadConfig(flags));
  try {
    return await measure(app, index, seed, values);
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(app: App, index: string, seed: string, values: WorldFlags) {
  const lots = townLots(Number(values.towns), seed);
  const indexed = [...lots.tune.indexed, ...lots.check.indexed];
  const model = await app.model('throughput');
  const captions = await app.captions((done, total) => done % 6400 === 0 && log(`captions ${done}/${total}`));
  const gazetteer = await app.gazetteer();
  log(`Seed ${seed}: indexing ${values.references} scenes of each of ${indexed.length} towns …`);
  await indexScenes(app, index, scenesOf(indexed, Number(values.references), `index ${seed}`));
  const reader = await openReader(index);
  try {
    const fixed = new Locator(reader, captions, gazetteer, model.info.logitScale);
    log(`Rendering ${values.scenes} scenes of each town to ask about …`);
    const tuneOn = await queriesOf(app, lots.tune, Number(values.scenes), `tune ${seed}`);
    const check = await queriesOf(app, lots.check, Number(values.scenes), `query ${seed}`);
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
    const half = (name: Half) => describe(name, evaluation, results, zeroShot);
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
      ...{ mixed: half('mixed'), indexed: half('indexed'), unindexed: half('unindexed') },
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
function townLots(count: number, seed: string): { tune: Lot; check: Lot } {
  const order = (town: Town) => createHash('sha256').update(`${seed} ${town.id}`).digest('hex');
  const draw = (split: TownSplit) => {
    const towns = chooseTowns({ count: 2 * count, seed: `bench ${seed}`, splits: [split] });
    towns.sort((a, b) => (order(a) < order(b) ? -1 : 1));
    const half = towns.length >> 1;
    return { tune: towns.slice(0, half), check: towns.slice(half) };
  };
  const [indexed, unindexed] = [draw('index'), draw('fresh')];
  return {
    tune: { indexed: indexed.tune, unindexed: unindexed.tune },
    check: { indexed: indexed.check, unindexed: unindexed.check },
  };
}

async function queriesOf(app: App, lot: Lot, scenes: number, seed: string): Promise<EvaluationQuery[]> {
  return [
    ...(await queriesAbout(app, scenesOf(lot.indexed, scenes, seed), 'indexed')),
    ...(await queriesAbout(app, scenesOf(lot.unindexed, scenes, seed), 'unindexed')),
  ];
}

/** A line at the start of each stage. */
function progressOf(what: string) {
  let last = '';
  return (stage: string) => {
    if (stage !== last) log(`${what}: ${stage}`);
    last = stage;
  };
}

/** A seed of 32 bits. */
function numberOf(seed: string): number {
  return Number.parseInt(createHash('sha256').update(seed).digest('hex').slice(0, 8), 16);
}

async function timed<T>(work: () => Promise<T>): Promise<[T, seconds: number]> {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}

/** What the constant gate is set to: the fitted one's mean. */
async function meanGate(queries: readonly EvaluationQuery[], locator: Locator): Promise<number> {
  let sum = 0;
  for (const query of queries) sum += locator.judge(query, await locator.retrieve(query)).notIndexed;
  return sum / queries.length;
}

/** Further sides: the fitted blend without one of its constructions, and Vo et al.'s (2017) kernel. */
function ablations(fixed: Locator, profile: BlendProfile, gate: number): Record<string, ExtraSide> {
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
function entropy(mass: Float64Array): number {
  const nats = mass.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
  return nats / Math.log(mass.length);
}
