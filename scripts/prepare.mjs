// Installs from the lockfile and builds what is missing or older than its sources; does nothing when all is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
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
export function run(program, args, environment = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

export function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  // The page's bundler needs 20.19 or 22.12.
  if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)) {
    console.error(`streetdex is built with Node 20.19 or newer, or 22.12 or newer; this is ${process.version}.`);
    process.exit(2);
  }
  install();
  build();
}

function install() {
  const hadHeic = existsSync(join(root, 'node_modules', 'libheif-js'));
  installFromLockfile();
  if (hadHeic || process.env.HEIF_REQUIRED !== undefined) installHeic();
}

/** The optional decoder of HEIC, which `npm ci` takes away; who had it, and CI, has it again afterwards. */
function installHeic() {
  if (existsSync(join(root, 'node_modules', 'libheif-js'))) return;
  const { config } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const args = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['install', ...args, config.heic_decoder], { ONNXRUNTIME_NODE_INSTALL: 'skip' });
}

function installFromLockfile() {
  const stamp = join(root, 'node_modules', '.streetdex-stamp');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(process.versions.modules) // native modules are compiled for one ABI
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Installing packages from the lockfile (two native modules are compiled: a minute or two) …');
  // The post-install of onnxruntime-node fetches a GPU build that is not needed; npm 10 ignores allowScripts.
  timed('Packages', () =>
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { ONNXRUNTIME_NODE_INSTALL: 'skip' }),
  );
  writeFileSync(stamp, wanted);
}

function build() {
  buildPart('program', ['src', 'tsconfig.json', 'scripts/build-wasm.mjs'], 'build:program');
  // What the page shares with the program lies in these two rooms.
  buildPart('page', ['web', 'src/client', 'src/geo'], 'build:page');
}

/** Builds a part where its sources are not those that it was built from. */
function buildPart(name, sources, script) {
  const stamp = join(root, 'dist', `.${name}-stamp`);
  const wanted = createHash('sha256')
    .update(JSON.stringify(sources.flatMap(filesOf)))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (name === 'program') removeOrphans();
  timed(`Building the ${name}`, () => run('npm', ['run', '--silent', script]));
  writeFileSync(stamp, wanted);
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
  work();
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
