// Installs from the lockfile and builds what is missing or older than its sources; does nothing when all is there.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// `npm run -s sbom | head`: nobody reads the rest.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

/** Runs a program in the project's folder and ends this one with its code when it fails. */
export function run(program, args, environment) {
  const status = statusOf(program, args, environment);
  if (status !== 0) process.exit(status);
}

export function statusOf(program, args, environment) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', ...here(environment) });
  if (error) throw error;
  return status ?? 1;
}

function here(environment) {
  return { cwd: root, env: { ...process.env, ...environment }, shell: process.platform === 'win32' };
}

/**
 * Native modules are compiled, which is most of the time of a fresh clone, beside the builds and what else wants none of
 * them. Whatever fails, the other is waited for, so that no compiler works on in a folder that is installed anew.
 *
 * @param besides does such work, and gives its exit code
 */
export async function prepare(besides = () => 0) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  // The page's bundler needs 20.19 or 22.12.
  if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)) {
    console.error(`streetdex is built with Node 20.19 or newer, or 22.12 or newer; this is ${process.version}.`);
    process.exit(2);
  }
  const compiling = install();
  let status = build() || besides();
  if (compiling !== null) {
    const started = performance.now();
    status = (await compiling) || status;
    tellTime('Waiting for the compiler', started);
  }
  if (status !== 0) process.exit(status);
}

/** Installs what the lockfile wants; gives what becomes of compiling native modules, or null where all is there. */
function install() {
  const hadHeic = existsSync(join(root, 'node_modules', 'libheif-js'));
  const stamp = join(root, 'node_modules', '.streetdex-stamp');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(process.versions.modules) // native modules are compiled for one ABI
    .digest('hex');
  const there = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (!there) {
    console.error(
      'Installing packages from the lockfile (two native modules are compiled: a minute, beside the builds) …',
    );
    timed('Packages', () => npm('ci'));
  }
  if (hadHeic || process.env.HEIF_REQUIRED !== undefined) installHeic();
  return there ? null : compile(() => writeFileSync(stamp, wanted));
}

/** No script of a package is run but those that `compile` calls; every other only fetches what is not needed. */
function npm(...args) {
  run('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** The optional decoder of HEIC, which `npm ci` takes away; who had it, and CI, has it again afterwards. */
function installHeic() {
  if (existsSync(join(root, 'node_modules', 'libheif-js'))) return;
  npm('install', '--no-save', settings().config.heic_decoder);
}

function settings() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/** Compiles the packages that package.json allows to; gives the exit code. What failed is told, in whole. */
async function compile(onDone) {
  const packages = Object.entries(settings().allowScripts).flatMap(([name, allowed]) => (allowed ? [name] : []));
  const compiler = spawn('npm', ['rebuild', ...packages, '--loglevel=error'], here({ JOBS: 'max' }));
  let said = '';
  for (const stream of [compiler.stdout, compiler.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  const [code] = await once(compiler, 'close');
  if (code === 0) onDone();
  else console.error(said);
  return code ?? 1;
}

/** Gives the exit code of the part that failed, or 0. */
function build() {
  return (
    buildPart('program', ['src', 'tsconfig.json', 'scripts/build-wasm.mjs'], 'build:program') ||
    // What the page shares with the program lies in these two rooms.
    buildPart('page', ['web', 'src/client', 'src/geo'], 'build:page')
  );
}

/** Builds a part where its sources are not those that it was built from. */
function buildPart(name, sources, script) {
  const stamp = join(root, 'dist', `.${name}-stamp`);
  const wanted = createHash('sha256')
    .update(JSON.stringify(sources.flatMap(filesOf)))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return 0;
  if (name === 'program') removeOrphans();
  const status = timed(`Building the ${name}`, () => statusOf('npm', ['run', '--silent', script]));
  if (status === 0) writeFileSync(stamp, wanted);
  return status;
}

/** The compiler leaves what it made of a source that is gone, and a worker or a migration of it would still be found. */
function removeOrphans() {
  const built = join(root, 'dist');
  if (!existsSync(built)) return;
  for (const entry of readdirSync(built, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const inside = relative(built, file);
    if (!entry.isFile() || inside.startsWith('web') || inside.startsWith('.')) continue;
    const source = join(root, 'src', inside.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts').replace(/wasm$/, 'wat'));
    if (!existsSync(source) && !existsSync(join(root, 'src', inside))) rmSync(file);
  }
}

/** A stage, and how long it took. */
function timed(name, work) {
  const started = performance.now();
  const done = work();
  tellTime(name, started);
  return done;
}

function tellTime(name, started) {
  console.error(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function filesOf(path) {
  const full = join(root, path);
  const files = statSync(full).isFile()
    ? [full]
    : readdirSync(full, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
        .sort();
  return files.map((file) => [file, statSync(file).mtimeMs, statSync(file).size]);
}
