// `npm run lint`: which file may import which (ARCHITECTURE.md, "Rooms"). `node scripts/check-rooms.mjs [FOLDER]`
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';

/** The rooms in their order: a file may import from its own room and those before it. `only`: from these alone; `types`: types from these, too. */
const ROOMS = [
  { at: 'src/domain/' },
  { at: 'src/config/' },
  { at: 'src/store/' },
  { at: 'src/geo/' },
  { at: 'src/gazetteer/' },
  { at: 'src/api/' },
  { at: 'src/images/' },
  { at: 'src/clip/' },
  { at: 'src/references/' },
  { at: 'src/ingest/' },
  { at: 'src/locate/' },
  { at: 'src/search/' },
  { at: 'src/collection/' },
  { at: 'src/evaluate/' },
  { at: 'src/pocket-world/' },
  { at: 'src/client/', only: ['src/geo/'], types: ['src/api/'] },
  { at: 'src/app.ts' },
  { at: 'src/http/' },
  { at: 'src/cli/' },
  { at: 'web/src/', only: ['src/client/', 'src/geo/'] },
];

/** Engines of the store, and the door to them: only who is named here may know one. `src/app.ts` keeps captions by one. */
const BEHIND_DOORS = [
  { at: 'src/references/embedded/', opens: ['src/references/open-store.ts', 'src/app.ts'] },
  { at: 'src/references/weaviate/', opens: ['src/references/open-store.ts', 'src/app.ts'] },
  { at: 'src/references/open-store.ts', opens: ['src/app.ts'] },
];

/** Any path to a module counts: imports of types, imports when needed, and what a worker is started with. */
const PATH = /'(\.{1,2}\/[^'\n]+\.js)'/g;
/** Such an import is gone when the program runs. */
const OF_TYPES = /^(?:import|export) type [^']*from '[^']*'/gm;

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
  const importsIn = (text) => (file) => {
    const paths = [...text(file).matchAll(PATH)].map(([, path]) => resolve(file, path));
    return [file, [...new Set(paths)]];
  };
  const textOf = (file) => readFileSync(join(root, file), 'utf8');
  return {
    imports: new Map(files.map(importsIn(textOf))),
    running: new Map(files.map(importsIn((file) => textOf(file).replace(OF_TYPES, '')))),
  };
}

/** @param running the imports that are left when the program runs: those of more than types */
function wrongImports(imports, running) {
  const problems = [];
  const roomOf = (file) => ROOMS.findIndex(({ at }) => file.startsWith(at));
  for (const [file, targets] of imports) {
    const own = roomOf(file);
    if (own === -1) problems.push(`${file}: lies in no room of the list.`);
    for (const target of own === -1 ? [] : targets) {
      const { at, only, types = [] } = ROOMS[own];
      const room = roomOf(target);
      const among = running.get(file).includes(target) ? only : only?.concat(types);
      const allowed = only === undefined ? room !== -1 && room <= own : room === own || among.includes(ROOMS[room]?.at);
      const may = only === undefined ? 'rooms before it in the list' : among.join(' and ');
      if (!allowed) problems.push(`${file}: imports ${target}, but ${at} may import only from ${may}.`);
      for (const { at: behind, opens } of BEHIND_DOORS) {
        if (!target.startsWith(behind) || file.startsWith(behind) || opens.includes(file)) continue;
        problems.push(`${file}: imports ${target}, which only ${opens.join(' and ')} may know.`);
      }
    }
  }
  return problems;
}

/** Of each circle of files one path through it. */
function circles(imports) {
  const found = [];
  const done = new Set();
  const visit = (file, path) => {
    const at = path.indexOf(file);
    if (at !== -1) found.push([...path.slice(at), file]);
    if (at !== -1 || done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}

function checkCircles(imports) {
  return circles(imports).map((path) => `${path[0]}: imports itself by way of ${path.slice(1).join(' → ')}.`);
}

const root = process.argv[2] ?? join(fileURLToPath(new URL('.', import.meta.url)).replaceAll('\\', '/'), '..');
const { imports, running } = importsOf(root);
const problems = [...wrongImports(imports, running), ...checkCircles(imports)];
for (const problem of problems) console.error(problem);
if (problems.length > 0) console.error(`${problems.length} wrong imports (ARCHITECTURE.md, "Rooms").`);
process.exitCode = problems.length === 0 ? 0 : 1;
