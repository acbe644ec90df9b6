import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type Sqlite from 'better-sqlite3';
import type { ClipModel } from '../../src/clip/clip-model.js';
import { openClipModel } from '../../src/clip/open-clip-model.js';
import { fault } from '../../src/domain/errors.js';
import { HeicThread } from '../../src/images/heic/heic-thread.js';
import { addPhoto } from '../../src/ingest/add-photo.js';
import { type ReembedRun, reembed } from '../../src/ingest/reembed.js';
import type { ReembedEvent } from '../../src/ingest/reembed-events.js';
import { runIngest } from '../../src/ingest/run-ingest.js';
import { openNextVectors } from '../../src/references/embedded/embedded-next-vectors.js';
import { indexInfo, openReader, openWriter } from '../../src/references/embedded/open-index.js';
import { rebuildGraph } from '../../src/references/embedded/rebuild-graph.js';
import { remapRoot } from '../../src/references/embedded/remap-root.js';
import { verifyIndex } from '../../src/references/embedded/verify-index.js';
import type { NextVectors } from '../../src/references/next-vectors.js';
import { fixture, fixtureBytes } from '../support/fixtures.js';
import { fakeLibheif, noHeic } from '../support/heic.js';
import { makePhoto } from '../support/make-photo.js';
import { PixelModel } from '../support/pixel-model.js';
import { eventually, seeded } from '../support/references.js';
import { putFile, temporaryFolder } from '../support/temporary-folder.js';

/** As the pixel model, seen in a mirror. */
class MirrorModel extends PixelModel {
  override readonly info = { ...new PixelModel().info, id: 'b'.repeat(64), name: 'mirror' };

  override async prepare(bytes: Uint8Array) {
    const prepared = await super.prepare(bytes);
    return { ...prepared, tensor: prepared.tensor.reverse() };
  }
}

const COUNT = 100;
const photos: Buffer[] = [];

beforeAll(async () => {
  for (let i = 0; i < COUNT; i++) photos.push(await makePhoto(9000 + i * 3, { lat: i / 10, lon: 2 }));
});

function identityOf({ info }: ClipModel) {
  return { modelId: info.id, modelName: info.name, dimension: info.dimension };
}

/** A folder with the first photos. */
function photoFolder(count: number): string {
  const folder = temporaryFolder();
  for (let i = 0; i < count; i++) putFile(folder, `${i % 7}/${i}.jpg`, photos[i] as Buffer);
  return folder;
}

async function ingest(index: string, source: string, model: ClipModel = new PixelModel()): Promise<string> {
  const writer = await openWriter(index, identityOf(model));
  try {
    await runIngest({ sources: [source], writer, model, countryAt: () => null });
  } finally {
    await writer.close();
  }
  return index;
}

type Options = Partial<Omit<ReembedRun, 'vectors' | 'model'>> & { prepare?: (vectors: NextVectors) => void };

async function bringOver(index: string, model: ClipModel, { prepare, ...options }: Options = {}) {
  const vectors = openNextVectors(index, identityOf(model));
  prepare?.(vectors);
  try {
    return await reembed({ vectors, model, ...options });
  } finally {
    await vectors.close();
  }
}

/** All that an index says of its references but when they were added, and the answers to their own vectors. */
async function contents(index: string) {
  const reader = await openReader(index);
  try {
    const { references } = await reader.list({ limit: 1000 });
    const vectors = [...(await reader.vectors(references.map(({ id }) => id))).values()];
    expect(vectors).toHaveLength(references.length);
    const answers = [];
    for (const vector of vectors.slice(0, 10)) {
      answers.push(await reader.neighbours(vector, { k: 10, exact: true }));
    }
    // A file that was renamed away and back is the same, but for the time of that.
    const timeless = references.map(({ sources, ...facts }) => ({
      ...facts,
      sources: sources.map(({ ctimeMs, ...source }) => source),
    }));
    return { references: timeless, vectors, answers };
  } finally {
    await reader.close();
  }
}

describe('bringing an index over to another model', () => {
  it('leaves the index that an ingest with that model makes, and tells how it goes', async () => {
    const source = photoFolder(COUNT);
    const index = await ingest(temporaryFolder(), source);
    const fresh = await ingest(temporaryFolder(), source, new MirrorModel());
    const events: ReembedEvent[] = [];
    const model = new MirrorModel();
    const report = await bringOver(index, model, { onEvent: (event) => events.push(event) });
    expect(report).toMatchObject({
      from: { modelName: 'pixel' },
      to: { modelName: 'mirror' },
      references: COUNT,
      embedded: COUNT,
      embeddedBefore: 0,
      failed: 0,
      switched: true,
      interrupted: false,
      generation: 2,
      encodeMs: 3 * COUNT,
    });
    expect(await contents(index)).toEqual(await contents(fresh));
    expect(verifyIndex(index)).toMatchObject({ ok: true, graph: { state: 'current', points: COUNT } });
    expect((await rebuildGraph(index)).fingerprint).toBe((await rebuildGraph(fresh)).fingerprint);
    expect(events[0]).toEqual({ type: 'planned', references: COUNT, embedded_before: 0 });
    expect(events.filter(({ type }) => type === 'progress').at(-1)).toMatchObject({ done: COUNT, total: COUNT });
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['indexing', 'done']);
    expect(model.aheadMax).toBeLessThan(40);
    const again = new MirrorModel();
    expect(await bringOver(index, again)).toMatchObject({ embedded: 0, switched: true, from: { modelName: 'mirror' } });
    expect(again.prepared).toBe(0);
  });

  it('does not switch where photos are gone or changed, says which, and does once they are back', async () => {
    const source = photoFolder(20);
    const index = await ingest(temporaryFolder(), source);
    const before = await contents(index);
    for (const i of [3, 4, 5]) renameSync(join(source, `${i}/${i}.jpg`), join(source, `${i}.kept`));
    writeFileSync(join(source, '4/4.jpg'), photos[50] as Buffer);
    writeFileSync(join(source, '5/5.jpg'), 'longer than it was, or shorter');
    const report = await bringOver(index, new MirrorModel());
    expect(report).toMatchObject({ embedded: 17, failed: 3, switched: false, deleted: 0, generation: null });
    expect(report.failures.map(({ path, code }) => [path, code])).toEqual([
      ['3/3.jpg', 'file_missing'],
      ['4/4.jpg', 'file_changed'],
      ['5/5.jpg', 'file_changed'],
    ]);
    expect(await contents(index)).toEqual(before);
    for (const i of [3, 4, 5]) renameSync(join(source, `${i}.kept`), join(source, `${i}/${i}.jpg`));
    const model = new MirrorModel();
    expect(await bringOver(index, model)).toMatchObject({ embeddedBefore: 17, embedded: 3, switched: true });
    expect(model.encoded).toBe(3);
    expect(await contents(index)).toEqual(await contents(await ingest(temporaryFolder(), source, new MirrorModel())));
  });

  it('without the missing ones deletes their references at the switch, and nothing else', async () => {
    const source = photoFolder(20);
    const index = await ingest(temporaryFolder(), source);
    rmSync(join(source, '3/3.jpg'));
    writeFileSync(join(source, '4/4.jpg'), photos[50] as Buffer);
    const report = await bringOver(index, new MirrorModel(), { withoutMissing: true });
    expect(report).toMatchObject({ embedded: 18, failed: 2, deleted: 2, switched: true });
    const left = await contents(index);
    expect(left.references.flatMap(({ sources }) => sources.map(({ path }) => path))).not.toContain('3/3.jpg');
    expect(left.references).toHaveLength(18);
    expect(verifyIndex(index)).toMatchObject({ ok: true, references: 18, sources: 18 });
  });

  it('never deletes what lies on a disk that is not mounted; told where it is, it goes on', async () => {
    const source = photoFolder(20);
    const index = await ingest(temporaryFolder(), source);
    const elsewhere = join(temporaryFolder(), 'moved');
    renameSync(source, elsewhere);
    const report = await bringOver(index, new MirrorModel(), { withoutMissing: true });
    expect(report).toMatchObject({ failed: 20, rootsMissing: 20, deleted: 0, switched: false });
    expect(report.failures[0]).toMatchObject({ code: 'root_missing', reason: expect.stringContaining('remap') });
    remapRoot(index, source, elsewhere);
    expect(await bringOver(index, new MirrorModel())).toMatchObject({ embedded: 20, switched: true });
    expect(indexInfo(index)?.modelName).toBe('mirror');
  });

  it('deletes no HEIC reference for want of the decoder', async () => {
    const heic = new HeicThread({ find: () => fakeLibheif });
    const first = new PixelModel();
    first.heic = heic;
    const source = temporaryFolder({ 'a.heic': fixtureBytes('heic', 'gps.heic'), 'b.jpg': photos[0] as Buffer });
    const index = await ingest(temporaryFolder(), source, first);
    await heic.end();
    const next = new MirrorModel();
    next.heic = noHeic;
    const report = await bringOver(index, next, { withoutMissing: true });
    expect(report).toMatchObject({ failed: 1, decoderMissing: 1, deleted: 0, switched: false });
    expect(report.failures[0]).toMatchObject({ code: 'heic_decoder_missing', path: 'a.heic' });
  });

  it('takes the bytes from any source that still has them, and from those that the index keeps', async () => {
    const source = photoFolder(3);
    putFile(source, 'copy of 1.jpg', photos[1] as Buffer);
    const index = await ingest(temporaryFolder(), source);
    const parts = {
      model: new PixelModel(),
      countryAt: () => null,
      withWriter: async <T>(work: (writer: Awaited<ReturnType<typeof openWriter>>) => Promise<T>) => {
        const writer = await openWriter(index, identityOf(new PixelModel()));
        return work(writer).finally(() => writer.close());
      },
    };
    await addPhoto(photos[60] as Buffer, {}, parts);
    rmSync(join(source, '1/1.jpg'));
    expect(await bringOver(index, new MirrorModel())).toMatchObject({ embedded: 4, failed: 0, switched: true });
  });

  it('stopped stores what is in hand and does not switch; the next run does the rest alone', async () => {
    const index = await ingest(temporaryFolder(), photoFolder(COUNT));
    const stop = new AbortController();
    const model = new MirrorModel();
    model.beforeEncode = (encoded) => {
      if (encoded === 40) stop.abort();
    };
    const report = await bringOver(index, model, { signal: stop.signal });
    expect(report).toMatchObject({ interrupted: true, switched: false });
    expect(report.embedded).toBe(model.encoded);
    expect(indexInfo(index)?.modelName).toBe('pixel');
    const rest = new MirrorModel();
    expect(await bringOver(index, rest)).toMatchObject({ embeddedBefore: report.embedded, switched: true });
    expect(rest.prepared).toBe(COUNT - report.embedded);
  });

  it('stopped at the last photo does not switch either', async () => {
    const index = await ingest(temporaryFolder(), photoFolder(5));
    const stop = new AbortController();
    const model = new MirrorModel();
    model.beforeEncode = (encoded) => {
      if (encoded === 4) stop.abort();
    };
    const report = await bringOver(index, model, { signal: stop.signal });
    expect(report).toMatchObject({ interrupted: true, switched: false });
    expect(indexInfo(index)?.modelName).toBe('pixel');
  });

  it('stores what was embedded when the encoder fails, and says how far it had come', async () => {
    const index = await ingest(temporaryFolder(), photoFolder(COUNT));
    const model = new MirrorModel();
    model.beforeEncode = (encoded) => {
      if (encoded === 70) throw fault('encoder_crashed', 'The encoder is gone.');
    };
    await expect(bringOver(index, model)).rejects.toMatchObject({
      code: 'encoder_crashed',
      message: expect.stringMatching(/70 references of this run are stored, .* goes on from there/),
    });
    const rest = new MirrorModel();
    expect(await bringOver(index, rest)).toMatchObject({ embeddedBefore: 70, embedded: 30, switched: true });
  });

  it('of a picture that gives no finite vector makes a failure, as an ingest does', async () => {
    const index = await ingest(temporaryFolder(), photoFolder(5));
    const model = new MirrorModel();
    model.beforeEncode = (encoded) => {
      if (encoded === 2 && model.prepared < 100) {
        model.prepared = 100;
        throw fault('vector_not_finite', 'Not a number.');
      }
    };
    const report = await bringOver(index, model);
    expect(report).toMatchObject({ embedded: 4, failed: 1, switched: false });
    expect(report.failures).toMatchObject([{ code: 'vector_not_finite', path: '2/2.jpg' }]);
  });

  it('on a full disk keeps what was stored and the former model, and goes on when there is room', async () => {
    const index = await ingest(temporaryFolder(), photoFolder(COUNT));
    const before = await contents(index);
    // SQLite gives the same error for a full disk and for a file at its page limit; with each vector a page is taken.
    const ballast = (vectors: NextVectors) => {
      const db = (vectors as unknown as { db: Sqlite.Database }).db;
      db.exec('CREATE TABLE ballast (bytes BLOB)');
      db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 80}`);
      db.exec(`CREATE TEMP TRIGGER grow AFTER INSERT ON next_vectors
        BEGIN INSERT INTO ballast VALUES (zeroblob(4000)); END`);
    };
    await expect(bringOver(index, new MirrorModel(), { prepare: ballast })).rejects.toMatchObject({
      code: 'disk_full',
      family: 'later',
      message: expect.stringContaining('answers with its former model'),
    });
    expect(await contents(index)).toEqual(before);
    const rest = await bringOver(index, new MirrorModel());
    expect(rest).toMatchObject({ switched: true, failed: 0 });
    expect(rest.embeddedBefore).toBeGreaterThan(0);
    expect(rest.embedded).toBe(COUNT - rest.embeddedBefore);
  });
});

describe('bringing an index over in a process of its own', () => {
  const TINY = fixture('tiny-clip');
  let source: string;
  let fresh: Awaited<ReturnType<typeof contents>>;

  beforeAll(async () => {
    source = photoFolder(COUNT);
    const model = await openClipModel(TINY, { threads: 1 });
    fresh = await contents(await ingest(temporaryFolder(), source, model));
    await model.close();
  });

  it('killed at random moments leaves the former model or the next one whole, and in the end what an ingest makes', async () => {
    const index = await ingest(temporaryFolder(), source);
    const former = await contents(index);
    const random = seeded(11);
    const ends: string[] = [];
    for (let time = 0; time < 9; time++) {
      const run = start(index);
      // The last three times about the switch.
      const done = time < 6 ? 1 + Math.floor(random() * 12 * (time + 1)) : COUNT;
      await eventually(() => run.done() >= done || run.ended());
      await new Promise((resolve) => setTimeout(resolve, random() * 20));
      run.child.kill('SIGKILL');
      await eventually(run.ended);
      expect(run.said.error).toBe('');
      const now = await contents(index);
      const holds = indexInfo(index)?.dimension === 4 ? former : fresh;
      expect(now).toEqual(holds);
      ends.push(holds === former ? 'former' : 'next');
      expect(verifyIndex(index).ok).toBe(true);
    }
    expect(ends).toContain('former');
    const last = start(index);
    await eventually(last.ended, 60_000);
    expect(last.report()).toMatchObject({ switched: true });
    expect(await contents(index)).toEqual(fresh);
    expect(verifyIndex(index)).toMatchObject({ ok: true, graph: { state: 'current', points: COUNT, deleted: 0 } });
  }, 180_000);

  it('stopped by Ctrl-C goes on where it ended', async () => {
    const index = temporaryFolder();
    cpSync(await ingest(temporaryFolder(), source), index, { recursive: true });
    const run = start(index);
    await eventually(() => run.done() >= 10);
    run.child.kill('SIGINT');
    await eventually(run.ended, 30_000);
    const { embedded, interrupted } = run.report();
    expect(interrupted).toBe(true);
    const rest = start(index);
    await eventually(rest.ended, 60_000);
    expect(rest.report()).toMatchObject({ embeddedBefore: embedded, embedded: COUNT - embedded, switched: true });
  }, 120_000);

  function start(index: string) {
    const script = join(process.cwd(), 'test/support/reembed-process.mjs');
    const child: ChildProcess = spawn(process.execPath, [script, index, TINY]);
    const said = { out: '', error: '' };
    let ended = false;
    child.stdout?.on('data', (data) => {
      said.out += data;
    });
    child.stderr?.on('data', (data) => {
      said.error += data;
    });
    child.once('close', () => {
      ended = true;
    });
    return {
      child,
      said,
      ended: () => ended,
      done: () => Math.max(0, ...[...said.out.matchAll(/"done":(\d+)/g)].map((match) => Number(match[1]))),
      report: () => JSON.parse(said.out.trim().split('\n').at(-1) ?? '{}').report,
    };
  }
});
