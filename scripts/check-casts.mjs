// `npm run lint`: what indexing gives is checked (src/domain/present.ts), not cast; in the numeric rooms nothing is cast to a
// number; a private member is `#`, as the language has it. `node scripts/check-casts.mjs [FOLDER]`
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';

const ROOMS = ['clip', 'domain', 'evaluate', 'geo', 'images', 'ingest', 'locate', 'pocket-world', 'search'];

/** Where one cast to a number stays, and why. */
const LEFT = {
  'src/clip/import/checkpoint/safetensors.ts': 'a header whose shapes have no count was refused',
  'src/evaluate/vector-cache.ts': 'a column of SQLite has no type',
};

/** `values[i] as T`; not `[] as T[]`, nor a destructured `as const`. */
const INDEXED = /[\w)\]]\[[^\]]+\] as (?!const\b)[A-Za-z({]/;
/** A private constructor has no other form. */
const PRIVATE = /(^\s*|constructor\()private (?!constructor\b)/;
const COMMENT = /^\s*(\*|\/[*/])/;

const inRooms = (file) => ROOMS.some((room) => file.startsWith(`src/${room}/`));

function problemsOf(file, text) {
  const lines = text.split('\n').map((line, i) => ({ line, at: `${file}:${i + 1}` }));
  const code = lines.filter(({ line }) => !COMMENT.test(line));
  const numbers = inRooms(file) ? code.filter(({ line }) => /\bas number\b(?!\[)/.test(line)) : [];
  const casts = numbers.slice(file in LEFT ? 1 : 0);
  return [
    ...casts.map(({ at }) => `${at}: casts to a number; take present() of src/domain/present.ts.`),
    ...code
      .filter(({ line }) => INDEXED.test(line) && !/^import |^export \{/.test(line))
      .map(({ at }) => `${at}: casts what indexing gives; take present() of src/domain/present.ts.`),
    ...code.filter(({ line }) => PRIVATE.test(line)).map(({ at }) => `${at}: has a private member; write it with #.`),
  ];
}

const root = process.argv[2] ?? join(fileURLToPath(new URL('.', import.meta.url)).replaceAll('\\', '/'), '..');
const files = readdirSync(join(root, 'src'), { recursive: true })
  .map((name) => join('src', name.replaceAll('\\', '/')))
  .filter((file) => file.endsWith('.ts'));
const problems = files.sort().flatMap((file) => problemsOf(file, readFileSync(join(root, file), 'utf8')));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
