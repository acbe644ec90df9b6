import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makePhoto } from '../support/make-photo.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { emptyPlace, type Place, programEnvironment } from './support/clusters.js';

let place: Place;
afterEach(async () => place.dispose());

const COUNT = 40;

/** The program as on a machine of its own: with a data folder that no other has. */
async function streetdex(...args: string[]): Promise<{ readonly code: unknown; readonly out: string }> {
  const own = [...args, '--index', place.location, '--data-dir', temporaryFolder()];
  const child = spawn(process.execPath, [join(process.cwd(), 'dist/cli/main.js'), ...own], {
    env: programEnvironment(),
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      out += data;
    });
  return { code: await new Promise((resolve) => child.once('close', resolve)), out };
}

describe('several machines', () => {
  it('ingest their parts at once, one of them twice, and nothing is lost or there twice', async () => {
    place = emptyPlace();
    const files: Record<string, Buffer> = {};
    for (let i = 0; i < COUNT; i++)
      files[`walk/${i}.jpg`] = await makePhoto(5000 + i, { lat: 40 + i / 100, lon: -3.5 });
    // The same photo in two parts, under two names.
    for (let i = 0; i < 10; i++) files[`again/${i}.jpg`] = files[`walk/${i}.jpg`] as Buffer;
    const folder = temporaryFolder(files);
    const ingest = (part: string) => streetdex('ingest', folder, '--part', part, '--model', 'pocket', '--json');
    const runs = await Promise.all(['1/2', '2/2', '2/2'].map(ingest));
    expect(runs.filter(({ code }) => code !== 0).map(({ out }) => out)).toEqual([]);
    const index = await place.store.open();
    expect(await index.catalogue.counts()).toEqual({ references: COUNT, sources: COUNT + 10, conflicts: 0 });
    const settled = await streetdex('index', 'reconcile', '--json');
    expect([settled.code, JSON.parse(settled.out)]).toMatchObject([
      0,
      { references: COUNT, sources: COUNT + 10, forgotten: 0 },
    ]);
    expect((await streetdex('index', 'reconcile')).out).toContain('There was nothing to settle.');
    const verified = await streetdex('index', 'verify', '--json');
    expect([verified.code, JSON.parse(verified.out)]).toMatchObject([
      0,
      { ok: true, references: COUNT, sources: COUNT + 10 },
    ]);
    expect((await streetdex('index', 'prune', '--dry-run')).out).toContain('0 references would be deleted');
    const whole = await streetdex('ingest', folder, '--json');
    const { report } = JSON.parse(whole.out.trim().split('\n').at(-1) as string) as { report: object };
    expect(report).toMatchObject({ photos: COUNT + 10, added: 0, linked: 0, failed: 0 });
  });
});
