// `npm run lint`: which file may import which (ARCHITECTURE.md, "Rooms"). `node scripts/check-rooms.mjs [FOLDER]`
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';

/** The rooms in their order: a file may import from its own room and those before it. `only`: from these alone. */
const ROOMS = [
  { at: 'src/domain/' },
  { at: 'src/config/' },
  { at: 'src/store/' },
  { at: 'src/geo/' },
  { at: 'src/gazetteer/' },
  { at: 'src/images/' },
  { at: 'src/clip/' },
  { at: 'src/references/' },
  { at: 'src/ingest/' },
  { at: 'src/locate/' },
  { at: 'src/search/' },
  { at: 'src/evaluate/' },
  { at: 'src/pocket-world/' },
  { at: 'src/client/', only: ['src/geo/'] },
  { at: 'src/app.ts' },
  { at: 'src/http/' },
  { at: 'src/cli/' },
  { at: 'web/src/', only: ['src/client/', 'src/geo/'] },
];

/** An engine of the store: only `opens` knows which one it is. `also`: what has no port yet, and so goes past it. */
const ENGINE = {
  at: 'src/references/embedded/',
  opens: 'src/app.ts',
  also: {
    'src/cli/run/index-folder.ts': 'verifies, prunes, remaps, rebuilds and backs up a folder',
    'src/cli/run/index-reembed.ts': 'makes the vectors of another model',
    'src/cli/run/ingest.ts': 'a dry run asks a writer what is stored',
    'src/cli/run/reference.ts': 'deletes references with the bytes that the index keeps',
    'src/http/app-parts.ts': 'deletes references with the bytes that the index keeps',
  },
};

/** Circles that are known: an import of one of these files closes none. */
const CIRCLES_LEFT = [
  'src/clip/resample.ts',
  'src/clip/import/checkpoint/checkpoint.ts',
  'src/clip/import/checkpoint/clip-architecture.ts',
  'src/clip/import/fetch/fetch-model.ts',
];

/** Any path to a module counts: imports of types, imports when needed, and what a worker is started with. */
const PATH = /'(\.{1,2}\/[^'\n]+\.js)'/g;

function importsOf(root) {
  const files = ['src', 'web/src']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.tsx?$/.test(file))
    .sort();
  const known = new Set(files);
  const resolve = (from, path) => {
    const target = join(from, '..', path).slice(0, -'.js'.length);
    return known.has(`${target}.tsx`) ? `${target}.tsx` : `${target}.ts`;
  };
  return new Map(
    files.map((file) => {
      const paths = [...readFileSync(join(root, file), 'utf8').matchAll(PATH)].map(([, path]) => resolve(file, path));
      return [file, [...new Set(paths)]];
    }),
  );
}

function wrongImports(imports) {
  const problems = [];
  const unused = new Set(Object.keys(ENGINE.also).filter((file) => imports.has(file)));
  const roomOf = (file) => ROOMS.findIndex(({ at }) => file.startsWith(at));
  for (const [file, targets] of imports) {
    const own = roomOf(file);
    if (own === -1) problems.push(`${file}: lies in no room of the list.`);
    for (const target of own === -1 ? [] : targets) {
      const { at, only } = ROOMS[own];
      const room = roomOf(target);
      const allowed = only === undefined ? room !== -1 && room <= own : room === own || only.includes(ROOMS[room]?.at);
      const may = only === undefined ? 'rooms before it in the list' : only.join(' and ');
      if (!allowed) problems.push(`${file}: imports ${target}, but ${at} may import only from ${may}.`);
      if (!target.startsWith(ENGINE.at) || file.startsWith(ENGINE.at) || file === ENGINE.opens) continue;
      if (!(file in ENGINE.also))
        problems.push(`${file}: imports ${target}, but only ${ENGINE.opens} knows the engine.`);
      unused.delete(file);
    }
  }
  return [...problems, ...[...unused].map((file) => `${file}: imports no engine any more; take it off ENGINE.also.`)];
}

/** Of each circle of files one path through it. @param passed files whose imports by others are not followed */
function circles(imports, passed) {
  const found = [];
  const done = new Set();
  const visit = (file, path) => {
    const at = path.indexOf(file);
    if (at !== -1) found.push([...path.slice(at), file]);
    if (at !== -1 || done.has(file)) return;
    for (const target of imports.get(file) ?? []) if (!passed.includes(target)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}

function checkCircles(imports) {
  const mended = CIRCLES_LEFT.filter((left) => {
    const others = CIRCLES_LEFT.filter((file) => file !== left);
    return imports.has(left) && circles(imports, others).length === 0;
  });
  return [
    ...circles(imports, CIRCLES_LEFT).map(
      (path) => `${path[0]}: imports itself by way of ${path.slice(1).join(' → ')}.`,
    ),
    ...mended.map((file) => `${file}: is in no circle any more; take it off CIRCLES_LEFT.`),
  ];
}

const root = process.argv[2] ?? join(fileURLToPath(new URL('.', import.meta.url)).replaceAll('\\', '/'), '..');
const imports = importsOf(root);
const problems = [...wrongImports(imports), ...checkCircles(imports)];
for (const problem of problems) console.error(problem);
if (problems.length > 0) console.error(`${problems.length} wrong imports (ARCHITECTURE.md, "Rooms").`);
process.exitCode = problems.length === 0 ? 0 : 1;
