import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import sharp from 'sharp';
import { addedReferenceSchema } from '../../src/api/references.js';
import { embedAnswerSchema } from '../../src/api/search.js';
import { problemSchema } from '../../src/api/service.js';
import { App } from '../../src/app.js';
import { openClipModel } from '../../src/clip/open-clip-model.js';
import { settingsSchema } from '../../src/config/settings.js';
import { reportThumbnail } from '../../src/evaluate/report/thumbnail.js';
import { appParts } from '../../src/http/app-parts.js';
import { createServer } from '../../src/http/create-server.js';
import { listen, type RunningServer } from '../../src/http/listen.js';
import type { HeicThread } from '../../src/images/heic/heic-thread.js';
import { fixture, fixtureBytes } from '../support/fixtures.js';
import { describeHeic, noHeic } from '../support/heic.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const open: { server: RunningServer; app: App }[] = [];

afterAll(async () => {
  for (const { server, app } of open) {
    await server.close();
    await app.close();
  }
});

/** A server over an empty index. */
async function serve(settings: object = {}, heic?: HeicThread) {
  const folder = temporaryFolder();
  smallGazetteer(join(folder, 'data'));
  const config = { index: join(folder, 'index'), model: fixture('tiny-clip'), data_dir: join(folder, 'data'), port: 0 };
  const app = new App(
    settingsSchema.parse({ ...config, threads: 1, ...settings }),
    heic ? { model: () => openClipModel(fixture('tiny-clip'), { name: fixture('tiny-clip'), threads: 1, heic }) } : {},
  );
  await app.withWriter(async () => undefined);
  const server = await listen(createServer(appParts(app), { version: '0', logger: pino({ level: 'silent' }) }));
  open.push({ server, app });
  const upload = (path: string, bytes: Uint8Array, part = 'options') => {
    const form = new FormData();
    form.append('image', new Blob([Uint8Array.from(bytes)]), 'IMG_0001.HEIC');
    form.append(part, '{}');
    return fetch(server.url + path, { method: 'POST', body: form });
  };
  return { upload, get: (path: string, headers = {}) => fetch(server.url + path, { headers }) };
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('a server without the decoder of HEIC', () => {
  it('says what is missing and names no folder of its machine', async () => {
    const { upload } = await serve({}, noHeic);
    for (const path of ['/v1/locate', '/v1/embed', '/v1/similar']) {
      const response = await upload(path, fixtureBytes('heic', 'gps.heic'));
      const problem = problemSchema.parse(await response.json());
      expect(problem).toMatchObject({ status: 422, code: 'heic_decoder_missing' });
      expect(problem.detail).toContain('libheif-js');
      expect(problem.detail).not.toContain(process.cwd());
    }
    const added = await upload('/v1/references', fixtureBytes('heic', 'gps.heic'), 'metadata');
    expect(problemSchema.parse(await added.json())).toMatchObject({ status: 422, code: 'heic_decoder_missing' });
  });
});

describeHeic('a server with the decoder of HEIC', () => {
  it('takes a HEIC photo as query and as reference, serves its bytes, and shows it small', async () => {
    const { upload, get } = await serve();
    const bytes = fixtureBytes('heic', 'gps.heic');
    const added = await upload('/v1/references', bytes, 'metadata');
    expect(added.status).toBe(201);
    const { reference } = addedReferenceSchema.parse(await added.json());
    expect(reference).toMatchObject({ country: 'AT', width: 96, height: 72 });
    const embedded = embedAnswerSchema.parse(await (await upload('/v1/embed', bytes)).json());
    expect(embedded.embedding).toHaveLength(24);
    expect((await upload('/v1/similar', bytes)).status).toBe(200);
    const image = await get(`/v1/references/${reference.id}/image`);
    expect(image.headers.get('content-type')).toBe('image/heic');
    expect((await bytesOf(image)).equals(bytes)).toBe(true);
    for (const format of ['webp', 'jpeg']) {
      const thumbnail = await get(`/v1/references/${reference.id}/thumbnail`, { accept: `image/${format}` });
      expect(thumbnail.headers.get('content-type')).toBe(`image/${format}`);
      expect(await sharp(await bytesOf(thumbnail)).metadata()).toMatchObject({ format, width: 96, height: 72 });
    }
  });

  it('that coarsens its answers gives a copy without metadata, upright', async () => {
    const { upload, get } = await serve({ round_km: 10 });
    const form = await upload('/v1/references', fixtureBytes('heic', 'gps.heic'), 'metadata');
    const { reference } = addedReferenceSchema.parse(await form.json());
    const image = await get(`/v1/references/${reference.id}/image`);
    expect(image.headers.get('content-type')).toBe('image/jpeg');
    const copy = await sharp(await bytesOf(image)).metadata();
    expect(copy).toMatchObject({ format: 'jpeg', width: 96, height: 72 });
    expect(copy.exif).toBeUndefined();
  });

  it('refuses what is damaged with its own code, and goes on', async () => {
    const { upload } = await serve();
    const bytes = fixtureBytes('heic', 'plain.heic');
    const cut = problemSchema.parse(await (await upload('/v1/embed', bytes.subarray(0, bytes.length - 200))).json());
    expect(cut).toMatchObject({ status: 422, code: 'image_truncated' });
    expect((await upload('/v1/embed', bytes)).status).toBe(200);
  });

  it('keeps its HEIC pictures upright in the report of an evaluation', async () => {
    const small = await reportThumbnail(fixtureBytes('heic', 'turned.heic'), 36);
    expect(await sharp(small ?? Buffer.of()).metadata()).toMatchObject({ format: 'jpeg', width: 27, height: 36 });
  });
});
