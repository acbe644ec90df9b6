import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { referenceId } from '../../src/domain/reference.js';
import { sha256Of } from '../../src/domain/sha256.js';
import { copyIndex } from '../../src/references/copy-index.js';
import { referenceUuid } from '../../src/references/weaviate/cluster-objects.js';
import type { PhotoChange } from '../../src/references/writer.js';
import { makePhoto } from '../support/make-photo.js';
import { eventually, idOf, MODEL } from '../support/references.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { askNode, emptyPlace, type Place, programEnvironment } from './support/clusters.js';
import { photo } from './support/photos.js';

const places: Place[] = [];
const children: ChildProcess[] = [];
let place: Place;

function another(): Place {
  const made = emptyPlace();
  places.push(made);
  return made;
}

beforeEach(() => {
  place = another();
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    const closed = new Promise((resolve) => child.once('close', resolve));
    if (child.exitCode === null) {
      child.kill();
      await closed;
    }
  }
  for (const one of places.splice(0)) await one.dispose();
});

/** The program as on a machine of its own. */
function streetdex(...args: string[]): { readonly said: () => string; readonly ended: Promise<unknown> } {
  const own = [...args, '--index', place.location, '--data-dir', temporaryFolder()];
  const child = spawn(process.execPath, [join(process.cwd(), 'dist/cli/main.js'), ...own], {
    env: programEnvironment(),
  });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  return { said: () => said, ended: new Promise((resolve) => child.once('close', resolve)) };
}

const picture = (i: number) => Uint8Array.of(i, 1, 2, 3);

function pictured(i: number): PhotoChange {
  const change = photo(i);
  return { ...change, embedded: change.embedded && { ...change.embedded, thumbnail: picture(i) } };
}

async function kept(of: Place, ...photos: number[]): Promise<readonly (Uint8Array | undefined)[]> {
  const found = await (await of.store.open()).photos.thumbnails?.(photos.map(idOf));
  return photos.map((i) => found?.get(idOf(i)));
}

describe('thumbnails of a cluster', () => {
  it('are shown by a server that does not see the photos', async () => {
    const photos = {
      'a.jpg': await makePhoto(1, { lat: 40, lon: -3.5 }),
      'b.jpg': await makePhoto(2, { lat: 41, lon: -3.5 }),
    };
    const folder = temporaryFolder(photos);
    const ingest = streetdex('ingest', folder, '--model', 'pocket', '--thumbnails');
    expect([await ingest.ended, ingest.said()]).toEqual([0, expect.stringContaining('2 added')]);
    rmSync(folder, { recursive: true });
    const server = streetdex('serve', '--port', '0');
    const url = () => /answers at (http:\/\/\S+)/.exec(server.said())?.[1];
    await eventually(() => url() !== undefined, 60_000);
    const id = referenceId(await sha256Of(photos['a.jpg']));
    for (const format of ['webp', 'jpeg']) {
      const answer = await fetch(`${url()}/v1/references/${id}/thumbnail`, { headers: { accept: `image/${format}` } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, `image/${format}`]);
      expect(await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).toMatchObject({ format, width: 24 });
    }
    expect((await fetch(`${url()}/v1/references/${id}/image`)).status).toBe(404);
  });

  it('are refused beside a folder, whose servers make their own', async () => {
    const folder = temporaryFolder({ 'a.jpg': await makePhoto(1, { lat: 40, lon: -3.5 }) });
    const index = join(temporaryFolder(), 'index');
    const refused = spawn(
      process.execPath,
      [
        join(process.cwd(), 'dist/cli/main.js'),
        ...['ingest', folder, '--index', index, '--model', 'pocket', '--thumbnails'],
      ],
      { env: programEnvironment() },
    );
    expect(await new Promise((resolve) => refused.once('close', resolve))).toBe(2);
    expect(existsSync(index)).toBe(false);
  });

  it('come with their references, are copied with them, and go with them', async () => {
    expect(await kept(place, 0).catch(() => 'no index')).toBe('no index');
    await place.store.write(MODEL, (writer) => writer.apply([photo(9)]));
    expect(await kept(place, 9)).toEqual([undefined]);
    await place.store.write(MODEL, (writer) => writer.apply([pictured(0), pictured(1), pictured(2)]));
    const all = [Buffer.from(picture(0)), Buffer.from(picture(1)), Buffer.from(picture(2)), undefined];
    expect(await kept(place, 0, 1, 2, 9)).toEqual(all);
    const other = another();
    await copyIndex({ from: place.store, to: other.store, names: { from: 'one', to: 'other' } });
    expect(await kept(other, 0, 1, 2, 9)).toEqual(all);
    await place.store.maintenance.remove([idOf(0)]);
    const withdrawal = { kind: 'withdrawal' as const, root: '/photos', path: '1.jpg', next: null };
    await place.store.write(MODEL, (writer) => writer.apply([withdrawal]));
    expect(await kept(place, 0, 1, 2)).toEqual([undefined, undefined, all[2]]);
    expect((await other.store.maintenance.verify()).ok).toBe(true);
  });

  it('of no reference are pruned', async () => {
    await place.store.write(MODEL, (writer) => writer.apply([pictured(0), pictured(1)]));
    // As an ingest leaves it that is killed between the two.
    const id = referenceUuid(MODEL.modelId, idOf(7));
    const properties = { refId: idOf(7), picture: Buffer.from(picture(7)).toString('base64') };
    const object = { class: `${place.name}Thumb`, id, properties };
    expect((await askNode(0, 'POST', '/objects?consistency_level=ALL', object)).status).toBe(200);
    expect(await kept(place, 7)).toEqual([Buffer.from(picture(7))]);
    await place.store.maintenance.prune({ dryRun: true });
    expect(await kept(place, 7)).toEqual([Buffer.from(picture(7))]);
    await place.store.maintenance.prune();
    expect(await kept(place, 0, 1, 7)).toEqual([Buffer.from(picture(0)), Buffer.from(picture(1)), undefined]);
  });
});
