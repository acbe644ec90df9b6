// A cluster of three nodes on this machine against a folder, the same references in both (made-up-world.ts), asked in turn:
// ingesting (changes of 64 photos, then the graph), searching, all of locating but the encoder, recall against every vector compared, for
// photos and for texts, the walk that makes a summary, what the nodes hold, and with --copy copies out of the cluster and in. Nodes and program share this machine's processors.
//   npm run bench:cluster -- [--references 10000] [--queries 200] [--quantisation none|rq8] [--copy | --curve] [--seed 1] [--json]
// --curve only fills the cluster, in lots of 500, and says what a node holds at each fifth of the way.
// The server is found as test:cluster finds it (WEAVIATE_SERVER).
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { STREETCLIP_TEMPLATES } from '../dist/domain/caption.js';
import type { Reference } from '../dist/domain/reference.js';
import { seededRandom } from '../dist/domain/seeded-random.js';
import { cosine, type UnitVector } from '../dist/domain/unit-vector.js';
import { openGazetteer } from '../dist/gazetteer/open-gazetteer.js';
import { Locator } from '../dist/locate/locator.js';
import { copyIndex } from '../dist/references/copy-index.js';
import { openCaptionSet } from '../dist/references/embedded/caption-store.js';
import { openStore } from '../dist/references/open-store.js';
import type { OpenIndex, Store } from '../dist/references/store.js';
import type { PhotoChange } from '../dist/references/writer.js';
import { findServer, startCluster, WEAVIATE } from '../scripts/cluster.mjs';
import { root } from '../scripts/prepare.mjs';
import { MadeUpWorld } from './made-up-world.js';

const { values: flags } = parseArgs({
  options: {
    references: { type: 'string', default: '10000' },
    queries: { type: 'string', default: '200' },
    quantisation: { type: 'string', default: 'none' },
    copy: { type: 'boolean', default: false },
    curve: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const DIMENSION = 512;
const LOGIT_SCALE = 100;
const LOT = 64;
const WARM_UP = 20;
const K = [150, 600] as const;
const RECALL_AT = [10, 100] as const;
/** Of the design: at most so many times the folder's time, at least such a share of its rate. */
const GOALS = {
  ingest_share: 0.25,
  retrieval_times: 8,
  locate_times: 4,
  copied_in_per_second: 150,
  copied_out_per_second: 800,
};
const seed = Number(flags.seed);
const count = Number(flags.references);
const quantisation = flags.quantisation === 'rq8' ? 'rq8' : 'none';
const say = (line: string) => process.stderr.write(`${line}\n`);

const server = findServer(join(root, '.cache', `weaviate-${WEAVIATE}`));
if (server === null) throw new Error('Expected a weaviate-server on the PATH or named by WEAVIATE_SERVER.');
const work = mkdtempSync(join(tmpdir(), 'streetdex-bench-cluster-'));
const gazetteer = openGazetteer({ file: join(work, 'gazetteer.sqlite') });
const world = new MadeUpWorld(gazetteer, { seed, dimension: DIMENSION });
const model = { modelId: `bench-${seed}`, modelName: 'bench', dimension: DIMENSION };
const cluster = await startCluster(server, join(work, 'nodes'));
const stores: Record<string, Store> = {
  folder: openStore(join(work, 'index')),
  cluster: openStore(`weaviate://${cluster.addresses}/Bench`, { folder: join(work, 'own'), quantisation }),
};
const indexes: Record<string, OpenIndex> = {};
try {
  if (flags.curve) await fillAndMeasure();
  else await compare();
} finally {
  for (const index of Object.values(indexes)) await index.close();
  for (const store of Object.values(stores)) await store.close();
  await cluster.stop();
  gazetteer.close();
  rmSync(work, { recursive: true, force: true });
}

async function compare() {
  const before = await memoryOfNodes();
  const rates: Record<string, { readonly per_second: number; readonly last_fifth_per_second: number }> = {};
  for (const [name, store] of Object.entries(stores)) {
    say(`ingesting ${count} references into the ${name} …`);
    rates[name] = await ingest(store);
  }
  const after = await memoryOfNodes();
  const disk = bytesBelow(join(work, 'nodes'));
  const summarising = performance.now();
  await stores.cluster.maintenance.summarise();
  const walked = count / ((performance.now() - summarising) / 1000);
  for (const [name, store] of Object.entries(stores)) indexes[name] = await store.open();
  const captions = await openCaptionSet(join(work, 'captions'), {
    modelId: model.modelId,
    gazetteerHash: gazetteer.hash,
    templates: STREETCLIP_TEMPLATES,
    captions: () => gazetteer.captions(STREETCLIP_TEMPLATES),
    embed: world.captionVectors(),
  });
  const queries = photos(Number(flags.queries) + WARM_UP);
  const retrieval: Record<string, Record<string, Spread>> = {};
  for (const k of K) {
    say(`searching for ${k} …`);
    retrieval[k] = await inTurn(queries, (index) => async (vector) => {
      await index.reader.neighbours(vector, { k });
    });
  }
  say('locating …');
  const locators = Object.fromEntries(
    Object.entries(indexes).map(([name, index]) => [name, new Locator(index, captions, gazetteer, LOGIT_SCALE)]),
  );
  const located = await inTurn(queries, (_, name) => async (vector) => {
    await locators[name].locate({ vector });
  });
  say('comparing with every vector …');
  const all = [...world.lots(count, LOT)].flat();
  const texts = [...gazetteer.captions(STREETCLIP_TEMPLATES)].slice(0, 50);
  const textVectors = await world.captionVectors()(texts.map(({ text }) => text));
  const recall = {
    photos: await recallOf(queries.slice(0, 50), all),
    texts: await recallOf(textVectors, all),
  };
  let copies: { readonly out: number; readonly in: number } | null = null;
  if (flags.copy) {
    say('copying out, and in …');
    const outside = openStore(join(work, 'copied'));
    const inside = openStore(`weaviate://${cluster.addresses}/Copied`, { folder: join(work, 'own2'), quantisation });
    copies = { out: await copied(stores.cluster, outside), in: await copied(outside, inside) };
    await outside.close();
    await inside.close();
  }
  const result = {
    references: count,
    quantisation,
    ingest: {
      ...rates,
      share: round(rates.cluster.per_second / rates.folder.per_second),
    },
    retrieval_ms: retrieval,
    retrieval_times: times(retrieval[600]),
    locate_ms: located,
    locate_times: times(located),
    recall,
    ...(copies && { copied_per_second: copies }),
    summarised_per_second: round(walked),
    per_node: {
      memory_bytes_per_reference: round((after - before) / 3 / count),
      disk_bytes_per_reference: round(disk / 3 / count),
    },
    goals: GOALS,
  };
  console.log(flags.json ? JSON.stringify(result, null, 2) : describe(result));
  const reached =
    result.ingest.share >= GOALS.ingest_share &&
    result.retrieval_times.median <= GOALS.retrieval_times &&
    result.locate_times.median <= GOALS.locate_times &&
    (copies?.in ?? GOALS.copied_in_per_second) >= GOALS.copied_in_per_second &&
    (copies?.out ?? GOALS.copied_out_per_second) >= GOALS.copied_out_per_second;
  process.exitCode = reached ? 0 : 1;
  await captions.close();
}

/** What a node holds as it is filled. */
async function fillAndMeasure() {
  let done = 0;
  let next = count / 5;
  const started = performance.now();
  await stores.cluster.write(model, async (writer) => {
    for (const lot of world.lots(count, 500)) {
      await writer.apply(lot.map(([reference, vector]) => change(reference, vector)));
      done += lot.length;
      if (done < next) continue;
      next += count / 5;
      const memory = Math.round((await memoryOfNodes()) / 3 / 2 ** 20);
      const disk = Math.round(bytesBelow(join(work, 'nodes')) / 3 / 2 ** 20);
      const rate = round(done / ((performance.now() - started) / 1000));
      console.log(
        `${done} references: ${memory} MiB of memory and ${disk} MiB of disk a node, ${rate} a second so far`,
      );
    }
  });
}

async function ingest(store: Store) {
  const started = performance.now();
  let lastFifth = started;
  let done = 0;
  await store.write(model, async (writer) => {
    for (const lot of world.lots(count, LOT)) {
      await writer.apply(lot.map(([reference, vector]) => change(reference, vector)));
      if (done < 0.8 * count && done + lot.length >= 0.8 * count) lastFifth = performance.now();
      done += lot.length;
    }
    const applied = performance.now();
    lastFifth = (0.2 * count) / ((applied - lastFifth) / 1000);
    await writer.checkpoint();
  });
  return {
    per_second: round(count / ((performance.now() - started) / 1000)),
    last_fifth_per_second: round(lastFifth),
  };
}

/** With the comparison at the end. */
async function copied(from: Store, to: Store): Promise<number> {
  const { tookMs } = await copyIndex({ from, to, names: { from: 'one', to: 'another' } });
  return round(count / (tookMs / 1000));
}

function change(reference: Reference, vector: UnitVector): PhotoChange {
  const { id, iso2, point } = reference;
  const file = { bytes: 1, mtimeMs: 1, ctimeMs: 1, inode: '1' };
  return {
    ...{ kind: 'photo', id, iso2, facts: reference, gone: [], embedded: { reference, vector } },
    source: { root: '/photos', path: `${id}.jpg`, ...file, point, factsHash: '', origin: null },
  };
}

function photos(amount: number): UnitVector[] {
  const random = seededRandom(seed + 2);
  const { cities } = gazetteer;
  return Array.from({ length: amount }, () => world.photoOf(cities[Math.floor(random() * cities.length)], random));
}

interface Spread {
  readonly median: number;
  readonly p99: number;
}

/** Each query to each engine in turn, so that what else the machine does meets both. */
async function inTurn(
  queries: readonly UnitVector[],
  ask: (index: OpenIndex, name: string) => (vector: UnitVector) => Promise<void>,
): Promise<Record<string, Spread>> {
  const took: Record<string, number[]> = Object.fromEntries(Object.keys(indexes).map((name) => [name, []]));
  for (const [i, vector] of queries.entries()) {
    for (const [name, index] of Object.entries(indexes)) {
      const started = performance.now();
      await ask(index, name)(vector);
      if (i >= WARM_UP) took[name].push(performance.now() - started);
    }
  }
  return Object.fromEntries(Object.entries(took).map(([name, values]) => [name, spread(values)]));
}

async function recallOf(queries: readonly UnitVector[], all: readonly (readonly [Reference, UnitVector])[]) {
  const found: Record<string, Record<string, number>> = {};
  for (const [name, index] of Object.entries(indexes)) {
    const sums = RECALL_AT.map(() => 0);
    for (const query of queries) {
      const exact = all
        .map(([{ id }, vector]) => ({ id, score: cosine(query, vector) }))
        .sort((a, b) => b.score - a.score);
      const hits = new Set((await index.reader.neighbours(query, { k: 600 })).slice(0, 100).map(({ id }) => id));
      for (const [i, at] of RECALL_AT.entries())
        sums[i] += exact.slice(0, at).filter(({ id }) => hits.has(id)).length / at;
    }
    found[name] = Object.fromEntries(RECALL_AT.map((at, i) => [`at_${at}`, round(sums[i] / queries.length)]));
  }
  return found;
}

/** Resident, of all nodes together. */
async function memoryOfNodes(): Promise<number> {
  return cluster.pids().reduce((sum, pid) => {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return sum + 1024 * Number(kilobytes);
  }, 0);
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

function times({ folder, cluster: other }: Record<string, Spread>): Spread {
  return { median: round(other.median / folder.median), p99: round(other.p99 / folder.p99) };
}

function spread(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.floor(share * (sorted.length - 1))]);
  return { median: at(0.5), p99: at(0.99) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function describe(result: object): string {
  const lines = (value: object, indent: string): string[] =>
    Object.entries(value).flatMap(([name, one]) =>
      typeof one === 'object' && !Object.values(one).every((inner) => typeof inner !== 'object')
        ? [`${indent}${name}`, ...lines(one, `${indent}  `)]
        : [`${indent}${name.padEnd(28 - indent.length)}${typeof one === 'object' ? pairs(one) : one}`],
    );
  return lines(result, '').join('\n');
}

function pairs(value: object): string {
  return Object.entries(value)
    .map(([name, one]) => `${name} ${one}`)
    .join('  ');
}
