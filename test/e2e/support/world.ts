import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config/package-root.js';

const root = packageRoot();
const main = join(root, 'dist', 'cli', 'main.js');
/** Kept between runs, as the demo's: captions take half a minute to embed. */
const folder = join(root, '.streetdex', 'e2e');
const TOWNS = 60;
const SCENES = 5;

export interface E2eWorld {
  readonly index: string;
  readonly dataDir: string;
  /** Scenes of indexed towns that are not in the index. */
  readonly queries: readonly string[];
  readonly emptyIndex: string;
  /** Where files live that are made once for each build. */
  readonly made: string;
  /** A folder that may be ingested: three scenes with positions and one file that is no picture. */
  readonly more: string;
}

/** A small rendered world with its index, and an empty index beside it; what is written to is made anew each time. */
export function makeWorld(): E2eWorld {
  const [world, index, dataDir, more, emptyIndex, made] = [
    ...['world', 'index', 'data', 'more', 'empty-index', 'made'],
  ].map((name) => join(folder, name)) as [string, string, string, string, string, string];
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(world, 'manifest.csv'))) {
    run(['world', 'render', world, '--towns', String(TOWNS), '--scenes', String(SCENES), '--seed', 'e2e'], dataDir);
  }
  const [header, ...rows] = readFileSync(join(world, 'manifest.csv'), 'utf8').trimEnd().split('\n') as [
    string,
    ...string[],
  ];
  const last = `-${SCENES - 1}.jpg`;
  const asked = rows.filter((row) => row.includes(last));
  makeIndexes(made, world, [header, ...rows.filter((row) => !row.includes(last))].join('\n'), dataDir);
  for (const [name, copy] of [
    ['index', index],
    ['empty', emptyIndex],
  ] as const) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(join(made, name), copy, { recursive: true });
  }
  makeMore(more, world, header, asked.slice(-3));
  return { index, emptyIndex, dataDir, made, queries: asked.slice(0, 20).map((row) => join(world, fileOf(row))), more };
}

/** The two indexes that every file of tests gets copies of; made once for each build. */
function makeIndexes(made: string, world: string, references: string, dataDir: string): void {
  const stamp = join(made, 'stamp');
  const wanted = stampOf(references);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(join(made, 'nothing'), { recursive: true });
  writeFileSync(join(world, 'references.csv'), references);
  run(['ingest', join(world, 'references.csv'), '--index', join(made, 'index')], dataDir);
  run(['ingest', join(made, 'nothing'), '--index', join(made, 'empty')], dataDir);
  writeFileSync(stamp, wanted);
}

/** Changes with what is indexed, and with every build of what indexes it. */
function stampOf(references: string): string {
  const hash = createHash('sha256').update(references);
  for (const room of ['references', 'ingest', 'images', 'clip', 'store']) {
    const built = join(root, 'dist', room);
    for (const name of readdirSync(built, { recursive: true }).map(String).sort()) {
      hash.update(`${name} ${statSync(join(built, name)).mtimeMs}`);
    }
  }
  return hash.digest('hex');
}

function makeMore(more: string, world: string, header: string, rows: readonly string[]): void {
  rmSync(more, { recursive: true, force: true });
  mkdirSync(join(more, 'images'), { recursive: true });
  for (const row of rows) copyFileSync(join(world, fileOf(row)), join(more, fileOf(row)));
  const [first] = rows as readonly [string];
  const broken = first.replace(fileOf(first), 'images/broken.jpg');
  writeFileSync(join(more, 'images', 'broken.jpg'), 'no picture');
  writeFileSync(join(more, 'manifest.csv'), [header, ...rows, broken].join('\n'));
}

const fileOf = (row: string): string => (/images\/[\w.-]+\.jpg/.exec(row) as RegExpExecArray)[0];

function run(args: readonly string[], dataDir: string): void {
  execFileSync(process.execPath, [main, ...args], {
    cwd: root,
    env: { ...process.env, STREETDEX_DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
