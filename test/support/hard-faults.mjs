// Lets each file call of each command that writes fail once, in each way: node --require ./test/support/fail-nth.cjs
// hard-faults.mjs FOLDER SEED SECONDS KILLS [COMMAND]. Or ends a process that runs one: --run COMMAND FOLDER. Prints lines as
// hard-damage.mjs does, and how far it is to stderr. Uses the build.
import { spawn } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StreetdexError } from '../../dist/domain/errors.js';
import { drawWithout, seededRandom } from '../../dist/domain/seeded-random.js';
import { COMMANDS, prepare, stateOf } from './hard-commands.mjs';

const CODES = ['ENOSPC', 'EIO', 'EROFS', 'EMFILE', 'short'];

const [first, second, third] = process.argv.slice(2);
if (first === '--run') {
  await COMMANDS[second](third);
  process.exit(0);
}

const [folder, seed, seconds, kills] = [first, Number(second), Number(third), Number(process.argv[5])];
const names = Object.keys(COMMANDS).filter((name) => (process.argv[6] ?? name) === name);
const whole = join(folder, 'faults-whole');
const copy = join(folder, 'faults-copy');
const count = join(folder, 'faults-count');
const random = seededRandom(seed);
const begun = performance.now();
const counts = {};
const raw = [];
const wrong = [];
let cases = 0;

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

/** Runs a command with its nth file call failing. @returns what came of it, and how many such calls there were */
async function withFault(command, n, code) {
  afresh();
  rmSync(count, { force: true });
  Object.assign(process.env, { FAULT_FOLDER: copy, FAULT_AT: String(n), FAULT_CODE: code, FAULT_COUNT: count });
  const how = await attempt(() => COMMANDS[command](copy));
  delete process.env.FAULT_COUNT;
  return { how, calls: statSync(count, { throwIfNoEntry: false })?.size ?? 0 };
}

/** Who comes later finds drafts that are old. */
function letDraftsAge() {
  for (const name of readdirSync(copy, { recursive: true })) {
    const file = join(copy, name);
    if (/tmp-|building/.test(name) && lstatSync(file).isFile()) utimesSync(file, 0, 0);
  }
}

/** The same command again comes to the same. */
async function again(command, label, expected, drawn) {
  letDraftsAge();
  const retried = await attempt(() => COMMANDS[command](copy));
  const state = retried === 'done' ? await stateOf(copy).catch((error) => String(error.stack)) : retried;
  if (state === expected) return note(label, 'and again: the same');
  wrong.push({ label, ...drawn, retried: retried.slice(0, 300), state: difference(state, expected) });
  note(label, 'and again: another');
}

function difference(state, expected) {
  let at = 0;
  while (state[at] === expected[at]) at++;
  return [state.slice(Math.max(0, at - 60), at + 160), expected.slice(Math.max(0, at - 60), at + 160)];
}

async function fail(command, { code, n }, expected) {
  const label = `${command} ${code}`;
  process.stdout.write(`${JSON.stringify({ case: cases, label, n })}\n`);
  const { how, calls } = await withFault(command, n, code);
  if (calls < n) return note(label, 'not reached');
  note(label, how === 'done' || how === 'refused' ? how : 'raw');
  if (how.startsWith('raw')) raw.push({ label, n, how: how.slice(0, 900) });
  await again(command, label, expected, { n });
}

async function kill(command, { afterMs }, expected) {
  afresh();
  const label = `${command} kill -9`;
  process.stdout.write(`${JSON.stringify({ case: cases, label, afterMs })}\n`);
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--run', command, copy], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', (_, signal) => resolve(signal)));
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  note(label, (await ended) === null ? 'ended before' : 'killed');
  clearTimeout(timer);
  await again(command, label, expected, { afterMs });
}

mkdirSync(whole, { recursive: true });
await prepare(whole);

/** What each command comes to, and its cases in an order that is drawn, so that a share of them is any of them. */
const plans = [];
for (const command of names) {
  const started = performance.now();
  // No call is the 0th.
  const { how, calls } = await withFault(command, 0, 'EIO');
  if (how !== 'done') throw new Error(`${command} failed by itself: ${how}`);
  const tookMs = performance.now() - started;
  const expected = await stateOf(copy);
  const faults = CODES.flatMap((code) => Array.from({ length: calls }, (_, i) => ({ code, n: i + 1 })));
  const moments = Array.from({ length: Math.ceil(kills / names.length) }, () => ({
    afterMs: Math.floor(random() * (tookMs + 400)),
  }));
  const all = [...faults, ...moments];
  plans.push({ command, expected, all: drawWithout(all, all.length, random) });
}

const planned = performance.now();
const total = plans.reduce((sum, { all }) => sum + all.length, 0);
for (const [i, { command, expected, all }] of plans.entries()) {
  // Each has its share of the time, and what is left of those before.
  const until = planned + ((i + 1) / plans.length) * (begun + seconds * 1000 - planned);
  const [before, started] = [cases, performance.now()];
  for (const one of all) {
    if (performance.now() >= until) break;
    await ('code' in one ? fail : kill)(command, one, expected);
    cases++;
  }
  const now = performance.now();
  const left = plans.slice(i + 1).reduce((sum, { all }) => sum + all.length, 0);
  const leftMs = Math.min((left * (now - planned)) / Math.max(1, cases), begun + seconds * 1000 - now);
  process.stderr.write(
    `${command}: ${cases - before} of ${all.length} cases in ${((now - started) / 1000).toFixed(0)} s; ${cases} of ${total} in all, ${(Math.max(0, leftMs) / 60_000).toFixed(0)} min left\n`,
  );
}
process.stdout.write(`${JSON.stringify({ cases, counts, raw, wrong })}\n`);
