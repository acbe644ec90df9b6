// Damages copies of an index and looks at what its users are told: node hard-damage.mjs FOLDER SEED SECONDS CASES. Prints a
// line of JSON before each case (so that one that ends the process is known) and one of counts at the end, and how far it is to
// stderr. Uses the build.
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { StreetdexError } from '../../dist/domain/errors.js';
import { seededRandom } from '../../dist/domain/seeded-random.js';
import { toUnitVector } from '../../dist/domain/unit-vector.js';
import { EmbeddedStore } from '../../dist/references/embedded/embedded-store.js';
import { openReader } from '../../dist/references/embedded/open-index.js';

const [folder, seed, seconds, casesMax] = process.argv.slice(2).map((value, i) => (i === 0 ? value : Number(value)));
const whole = join(folder, 'whole');
const other = join(folder, 'other');
const random = seededRandom(seed);
const below = (n) => Math.floor(random() * n);

const queries = Array.from({ length: 3 }, (_, i) => {
  const own = seededRandom(i + 1);
  return toUnitVector(Array.from({ length: 32 }, () => own() - 0.5));
});

const KINDS = {
  flip: (file, size) => overwrite(file, below(size), (byte) => byte ^ (1 << below(8)), 1),
  noise: (file, size) => overwrite(file, below(size), () => below(256), 1 + below(4096)),
  zeros: (file, size) => overwrite(file, below(size), () => 0, 1 + below(8192)),
  cut: (file, size) => truncateSync(file, below(size)),
  longer: (file) => writeFileSync(file, Buffer.alloc(1 + below(5000), below(256)), { flag: 'a' }),
  removed: (file) => rmSync(file),
  swapped: (file, _, name) => {
    const twin = readdirSync(other).find((one) => one.replace(/\d+/, '') === name.replace(/\d+/, ''));
    if (twin !== undefined) cpSync(join(other, twin), file);
  },
};

function overwrite(file, at, change, length) {
  const bytes = readFileSync(file);
  const changed = bytes.subarray(at, at + length).map(change);
  const handle = openSync(file, 'r+');
  writeSync(handle, changed, 0, changed.length, at);
  closeSync(handle);
}

async function answers(of) {
  const reader = await openReader(of, { bruteForceMax: 0 });
  try {
    const found = [];
    for (const query of queries) found.push(await reader.neighbours(query, { k: 5 }));
    found.push((await reader.list({ limit: 100 })).references);
    found.push(await reader.counts());
    answered = JSON.stringify(found);
    return answered;
  } finally {
    await reader.close();
  }
}

/** What was answered last. */
let answered = '';
const right = await answers(whole);
/** A database in the place of another is a whole index, whose answers are its own. */
const rightOfOther = await answers(other);
const counts = {};
const wrong = [];
const raw = [];
const told = { said: 0, silent: 0 };
const until = performance.now() + seconds * 1000;

/** 'refused' in a sentence, 'right', 'wrong', or 'raw': an error that is none of ours. */
async function outcome(work, expected = right) {
  try {
    const said = await work();
    return said === undefined || said === expected ? 'right' : 'wrong';
  } catch (error) {
    if (error instanceof StreetdexError && error.code !== 'worker_failed' && error.code !== 'internal')
      return 'refused';
    return `raw ${error.stack}`;
  }
}

/** At once, for who watches. */
function said(finding) {
  process.stderr.write(`${JSON.stringify(finding)}\n`);
  return finding;
}

function difference(expected, got) {
  const at = [...expected].findIndex((letter, i) => letter !== got[i]);
  return { expected: expected.slice(Math.max(0, at - 60), at + 60), got: got.slice(Math.max(0, at - 60), at + 60) };
}

let cases = 0;
const begun = performance.now();
for (; cases < casesMax && performance.now() < until; cases++) {
  const copy = join(folder, 'copy');
  rmSync(copy, { recursive: true, force: true });
  cpSync(whole, copy, { recursive: true });
  const files = readdirSync(copy).filter((name) => statSync(join(copy, name)).isFile() && !name.startsWith('writer'));
  // What is the truth is half of the cases.
  const name = below(2) === 0 ? 'index.sqlite' : files[below(files.length)];
  const kind = Object.keys(KINDS)[below(Object.keys(KINDS).length)];
  const label = `${name.replace(/\d+/, 'N')} ${kind}`;
  process.stdout.write(`${JSON.stringify({ case: cases, label })}\n`);
  KINDS[kind](join(copy, name), statSync(join(copy, name)).size, name);
  const store = new EmbeddedStore(copy);
  const expected = label === 'index.sqlite swapped' ? rightOfOther : right;
  const opened = await outcome(() => answers(copy), expected);
  let verified = null;
  const verifying = await outcome(async () => {
    verified = await store.maintenance.verify();
  });
  const rebuilding = await outcome(async () => {
    await store.maintenance.rebuild();
  });
  const after = rebuilding === 'right' ? await outcome(() => answers(copy), expected) : 'not rebuilt';
  for (const [what, how] of Object.entries({ opened, verifying, rebuilding, after })) {
    if (how.startsWith('raw')) raw.push(said({ case: cases, label, what, how: how.slice(0, 600) }));
  }
  if (opened === 'wrong' || after === 'wrong') {
    const isSaid = verifying === 'refused' || verified?.ok === false;
    told[isSaid ? 'said' : 'silent']++;
    if (!isSaid) wrong.push(said({ case: cases, label, opened, after, ...difference(expected, answered) }));
  }
  counts[label] ??= {};
  const row = counts[label];
  for (const how of [`opened ${opened}`, `rebuilt ${after}`]) {
    const short = how.split('\n')[0].slice(0, 40);
    row[short] = (row[short] ?? 0) + 1;
  }
  if ((cases + 1) % 500 === 0) {
    const now = performance.now();
    const leftMs = Math.min(((casesMax - cases - 1) * (now - begun)) / (cases + 1), until - now);
    process.stderr.write(
      `${cases + 1} damaged files: ${raw.length} raw, ${wrong.length} wrong in silence; ${(leftMs / 60_000).toFixed(0)} min left\n`,
    );
  }
}
mkdirSync(folder, { recursive: true });
process.stdout.write(`${JSON.stringify({ cases, counts, raw, wrong, told })}\n`);
