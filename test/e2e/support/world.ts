import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  /** A folder that may be ingested: three scenes with positions and one file that is no picture. */
  readonly more: string;
}

/** A small rendered world with its index, and an empty index beside it; what is written to is made anew each time. */
export function makeWorld(): E2eWorld {
  const [world, index, dataDir, more] = ['world', 'index', 'data', 'more'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
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
  writeFileSync(join(world, 'references.csv'), [header, ...rows.filter((row) => !row.includes(last))].join('\n'));
  rmSync(index, { recursive: true, force: true });
  run(['ingest', join(world, 'references.csv'), '--index', index], dataDir);
  makeMore(more, world, header, asked.slice(-3));
  const nothing = join(folder, 'nothing');
  const emptyIndex = join(folder, 'empty-index');
  rmSync(emptyIndex, { recursive: true, force: true });
  mkdirSync(nothing, { recursive: true });
  run(['ingest', nothing, '--index', emptyIndex], dataDir);
  return { index, emptyIndex, dataDir, queries: asked.slice(0, 20).map((row) => join(world, fileOf(row))), more };
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
