import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { copyIndex } from '../../src/references/copy-index.js';
import { openStore } from '../../src/references/open-store.js';
import type { Store } from '../../src/references/store.js';
import { describeCopy } from '../contract/index-copy.js';
import { idOf, MODEL, temporaryFolder } from '../support/references.js';
import { emptyPlace, killNode, type Place, programEnvironment, RUNS_LONG, startNode } from './support/clusters.js';
import { photos } from './support/photos.js';

const folder = () => openStore(join(temporaryFolder(), 'index'));

const COPIED = 601;

describeCopy(
  'folder to cluster',
  async () => {
    const place = emptyPlace();
    return { from: folder(), to: place.store, dispose: place.dispose };
  },
  COPIED,
);
describeCopy(
  'cluster to folder',
  async () => {
    const place = emptyPlace();
    return { from: place.store, to: folder(), dispose: place.dispose };
  },
  COPIED,
);
describeCopy(
  'cluster to cluster',
  async () => {
    const [one, other] = [emptyPlace(), emptyPlace()];
    const dispose = async () => {
      await one.dispose();
      await other.dispose();
    };
    return { from: one.store, to: other.store, dispose };
  },
  COPIED,
);

describe('a copy into a cluster', () => {
  let place: Place;
  let down: number | null = null;

  afterEach(async () => {
    if (down !== null) await startNode(down);
    down = null;
    await place.dispose();
  });

  const COUNT = 2500;
  const filled = async (): Promise<{ readonly store: Store; readonly location: string }> => {
    const location = join(temporaryFolder(), 'index');
    const store = openStore(location);
    await store.write(MODEL, (writer) => writer.apply(photos(0, COUNT)));
    return { store, location };
  };

  it('that is killed (-9) at any point goes on, and nothing is there twice', async () => {
    place = emptyPlace();
    const { location } = await filled();
    const begin = () => {
      const main = join(process.cwd(), 'dist/cli/main.js');
      const args = [
        'index',
        'copy',
        '--from',
        location,
        '--to',
        place.location,
        '--data-dir',
        temporaryFolder(),
        '--json',
      ];
      return spawn(process.execPath, [main, ...args], { env: programEnvironment() });
    };
    const counted = async () => {
      try {
        return (await (await place.store.open()).catalogue.counts()).references;
      } catch {
        return 0;
      }
    };
    for (let kills = 0, least = 1; kills < 3; kills++) {
      const child = begin();
      const ended = new Promise((resolve) => child.once('close', resolve));
      while (child.exitCode === null && (await counted()) < least)
        await new Promise((resolve) => setTimeout(resolve, 50));
      child.kill('SIGKILL');
      await ended;
      least = Math.min(COUNT - 500, (await counted()) + 500);
    }
    const report = await said(begin());
    expect(report).toMatchObject({ references: COUNT, sources: COUNT, interrupted: false });
    expect(report.before).toBeGreaterThanOrEqual(500);
    expect(await (await place.store.open()).catalogue.counts()).toMatchObject({ references: COUNT, sources: COUNT });
  });

  (RUNS_LONG ? it : it.skip)('goes on while a node dies', async () => {
    place = emptyPlace();
    const { store } = await filled();
    const names = { from: 'folder', to: 'cluster' };
    let killed: Promise<void> | null = null;
    const onProgress = (_: string, done: number) => {
      if (done < 1000 || killed !== null) return;
      down = 1;
      killed = killNode(1);
    };
    const report = await copyIndex({ from: store, to: place.store, names, onProgress });
    expect(report).toMatchObject({ references: COUNT, copied: COUNT });
    await startNode(1);
    down = null;
    expect(await place.another(undefined, { verifyMs: 90_000 }).maintenance.verify()).toMatchObject({
      ok: true,
      problems: [],
      references: COUNT,
      sources: COUNT,
    });
    expect((await (await place.store.open()).reader.get(idOf(COUNT - 1)))?.sources).toHaveLength(1);
  });
});

async function said(child: ChildProcess) {
  let out = '';
  let error = '';
  child.stdout?.on('data', (data) => {
    out += data;
  });
  child.stderr?.on('data', (data) => {
    error += data;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(error);
  return JSON.parse(out) as { before: number };
}
