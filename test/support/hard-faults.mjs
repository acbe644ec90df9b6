// Lets each file call of each command that writes fail once, in each way: node --require ./test/support/fail-nth.cjs
// hard-faults.mjs FOLDER SEED SECONDS KILLS. Or ends a process that runs one: --run COMMAND FOLDER. Prints lines as
// hard-damage.mjs does. Uses the build.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StreetdexError } from '../../dist/domain/errors.js';
import { seededRandom } from '../../dist/domain/seeded-random.js';
import { toUnitVector } from '../../dist/domain/unit-vector.js';
import { DEFAULT_PROFILE } from '../../dist/locate/blend-profile.js';
import { readProfile, writeProfile } from '../../dist/locate/profile-file.js';
import { copyIndex } from '../../dist/references/copy-index.js';
import { openCaptionSet } from '../../dist/references/embedded/caption-store.js';
import { EmbeddedStore } from '../../dist/references/embedded/embedded-store.js';
import { openReader, openWriter } from '../../dist/references/embedded/open-index.js';

const MODEL = { modelId: 'a'.repeat(64), modelName: 'test/model', dimension: 32 };
const NEXT = { modelId: 'b'.repeat(64), modelName: 'test/next', dimension: 32 };
const BYTES = Buffer.alloc(300_000, 7);

function vectorOf(i) {
  const own = seededRandom(i * 7919 + 1);
  return toUnitVector(Array.from({ length: 32 }, () => own() - 0.5));
}

function referenceOf(i, sha256 = createHash('sha256').update(`photo ${i}`).digest('hex')) {
  const own = seededRandom(i * 104_729 + 2);
  const point = { lat: own() * 170 - 85, lon: own() * 360 - 180 };
  const facts = { headingDeg: null, altitudeM: null, capturedAt: null, author: null, sequence: null };
  const more = { licence: null, attribution: null, url: null, iso2: null, width: 640, height: 480, bytes: 1000 + i };
  return { id: sha256.slice(0, 32), sha256, point, ...facts, ...more };
}

function sourceOf(i, { point, bytes }) {
  const state = { bytes, mtimeMs: 1.7e12 + i, ctimeMs: null, inode: null };
  return { root: '/photos', path: `${i}.jpg`, ...state, point, factsHash: 'x', origin: null };
}

async function put(folder, from, to) {
  const writer = await openWriter(folder, MODEL);
  try {
    writer.transaction((tx) => {
      for (let i = from; i < to; i++) {
        const reference = referenceOf(i);
        tx.put(reference, vectorOf(i));
        tx.putSource(reference.id, sourceOf(i, reference));
      }
    });
    await writer.checkpoint();
  } finally {
    await writer.close();
  }
}

const store = (folder) => new EmbeddedStore(join(folder, 'index'));

/** What writes, and may be done again after it was cut short. */
const COMMANDS = {
  ingest: (folder) => put(join(folder, 'index'), 60, 80),
  upload: async (folder) => {
    const writer = await openWriter(join(folder, 'index'), MODEL);
    try {
      const sha256 = createHash('sha256').update(BYTES).digest('hex');
      await writer.keepFile(BYTES, 'jpg');
      writer.transaction((tx) => tx.put(referenceOf(900, sha256), vectorOf(900)));
      await writer.checkpoint();
    } finally {
      await writer.close();
    }
  },
  'index rebuild': (folder) => store(folder).maintenance.rebuild(),
  'index remap': (folder) => store(folder).maintenance.remap('/photos', '/elsewhere').catch(unlessDone()),
  'index backup': (folder) => store(folder).maintenance.backup(join(folder, 'backup')).catch(unlessDone()),
  'index copy': (folder) =>
    copyIndex({ from: store(folder), to: new EmbeddedStore(join(folder, 'copy')), names: { from: 'a', to: 'b' } }),
  'index reembed': async (folder) => {
    const next = await store(folder).maintenance.reembed(NEXT);
    try {
      const missing = next.missing(0, 1000);
      next.put(missing.map(({ id }, i) => ({ id, vector: vectorOf(2000 + i) })));
      if (next.current.modelId !== NEXT.modelId) next.switchOver([]);
      await next.buildGraph();
    } finally {
      await next.close();
    }
  },
  'reference delete': (folder) => store(folder).maintenance.remove([referenceOf(3).id, referenceOf(4).id]),
  tune: async (folder) => writeProfile(join(folder, 'index'), DEFAULT_PROFILE),
  captions: async (folder) => {
    const captions = Array.from({ length: 100 }, (_, i) => ({
      id: `place:${i}`,
      level: 'city',
      text: `A photo of place ${i}.`,
    }));
    const set = await openCaptionSet(join(folder, 'captions'), {
      ...{ modelId: MODEL.modelId, gazetteerHash: 'g', templates: { country: ['{}'], region: ['{}'], city: ['{}'] } },
      captions: () => captions,
      embed: async (texts) => texts.map((text) => vectorOf(text.length + Number(text.match(/\d+/)?.[0] ?? 0))),
    });
    await set.close();
  },
};

/** Nothing is left to be done of what was whole before it was cut short; the state tells. */
function unlessDone() {
  return (error) => {
    if (!(error instanceof StreetdexError) || !/root|source|target_not_empty/.test(error.code)) throw error;
  };
}

async function answers(of) {
  if (!existsSync(of)) return null;
  const report = await new EmbeddedStore(of).maintenance.verify();
  const reader = await openReader(of, { bruteForceMax: 0 });
  try {
    const found = [report.ok, report.problems, report.graph.state, readProfile(of)];
    for (const i of [1, 2, 3]) found.push(await reader.neighbours(vectorOf(50_000 + i), { k: 5 }));
    found.push((await reader.list({ limit: 200 })).references, await reader.counts());
    return JSON.stringify(found);
  } finally {
    await reader.close();
  }
}

/** What a folder says to its users, and which files were left that nobody needs. */
async function stateOf(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => /tmp-|\.new$|\.part$/.test(name));
  const all = [
    await answers(join(folder, 'index')),
    await answers(join(folder, 'copy')),
    await answers(join(folder, 'backup')),
  ];
  return JSON.stringify([all, names]);
}

const [first, second, third] = process.argv.slice(2);
if (first === '--run') {
  await COMMANDS[second](third);
  process.exit(0);
}

const [folder, seed, seconds, kills] = [first, Number(second), Number(third), Number(process.argv[5])];
const whole = join(folder, 'faults-whole');
const copy = join(folder, 'faults-copy');
const count = join(folder, 'faults-count');
const random = seededRandom(seed);
const begun = performance.now();
const counts = {};
const raw = [];
const wrong = [];
let cases = 0;

mkdirSync(whole, { recursive: true });
await put(join(whole, 'index'), 0, 60);

function afresh() {
  rmSync(copy, { recursive: true, force: true });
  cpSync(whole, copy, { recursive: true });
}

function note(label, how) {
  counts[label] ??= {};
  counts[label][how] = (counts[label][how] ?? 0) + 1;
}

async function attempt(work) {
  try {
    await work();
    return 'done';
  } catch (error) {
    const said = error instanceof StreetdexError && error.code !== 'worker_failed' && error.code !== 'internal';
    return said ? 'refused' : `raw ${error.stack}`;
  }
}

/** The same command again comes to the same. */
async function again(command, label, expected) {
  const retried = await attempt(() => COMMANDS[command](copy));
  const state = retried === 'done' ? await stateOf(copy).catch((error) => String(error.stack)) : retried;
  if (state === expected) return note(label, 'and again: the same');
  wrong.push({ label, case: cases, retried: retried.slice(0, 300), state: difference(state, expected) });
  note(label, 'and again: another');
}

function difference(state, expected) {
  let at = 0;
  while (state[at] === expected[at]) at++;
  return [state.slice(Math.max(0, at - 60), at + 160), expected.slice(Math.max(0, at - 60), at + 160)];
}

for (const [i, command] of Object.keys(COMMANDS).entries()) {
  // Each has its share of the time, and what is left of those before.
  const until = begun + ((i + 1) / Object.keys(COMMANDS).length) * seconds * 1000;
  afresh();
  const started = performance.now();
  await COMMANDS[command](copy);
  const tookMs = performance.now() - started;
  const expected = await stateOf(copy);
  for (const code of ['ENOSPC', 'EIO', 'EROFS', 'EMFILE', 'short']) {
    for (let n = 1; performance.now() < until; n++) {
      afresh();
      rmSync(count, { force: true });
      Object.assign(process.env, { FAULT_FOLDER: copy, FAULT_AT: String(n), FAULT_CODE: code, FAULT_COUNT: count });
      const label = `${command} ${code}`;
      process.stdout.write(`${JSON.stringify({ case: cases, label, n })}\n`);
      const how = await attempt(() => COMMANDS[command](copy));
      delete process.env.FAULT_COUNT;
      if ((statSync(count, { throwIfNoEntry: false })?.size ?? 0) < n) break;
      cases++;
      note(label, how === 'done' || how === 'refused' ? how : 'raw');
      if (how.startsWith('raw')) raw.push({ label, n, how: how.slice(0, 500) });
      await again(command, label, expected);
    }
  }
  for (let kill = 0; kill < kills / Object.keys(COMMANDS).length && performance.now() < until; kill++) {
    afresh();
    const label = `${command} kill -9`;
    const afterMs = Math.floor(random() * (tookMs + 400));
    process.stdout.write(`${JSON.stringify({ case: cases, label, afterMs })}\n`);
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--run', command, copy], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('close', (_, signal) => resolve(signal)));
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
    note(label, (await ended) === null ? 'ended before' : 'killed');
    clearTimeout(timer);
    cases++;
    await again(command, label, expected);
  }
}
process.stdout.write(`${JSON.stringify({ cases, counts, raw, wrong })}\n`);
