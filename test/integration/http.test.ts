import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { locateAnswerSchema } from '../../src/api/locate.js';
import { addedReferenceSchema, referenceListSchema } from '../../src/api/references.js';
import { embedAnswerSchema, similarAnswerSchema } from '../../src/api/search.js';
import { indexAnswerSchema, problemSchema, readySchema } from '../../src/api/service.js';
import { App } from '../../src/app.js';
import { openServer } from '../../src/cli/run/open-server.js';
import { settingsSchema } from '../../src/config/settings.js';
import type { RunningServer } from '../../src/http/listen.js';
import { DEFAULT_PROFILE } from '../../src/locate/blend-profile.js';
import { writeProfile } from '../../src/locate/profile-file.js';
import { profileFile } from '../../src/references/beside-index.js';
import { fixture, fixtureBytes } from '../support/fixtures.js';
import { makePhoto } from '../support/make-photo.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const GDANSK = { lat: 54.352, lon: 18.646 };
const PHOTOS = readdirSync(fixture('clip-preprocess')).filter((name) => name.endsWith('.jpg'));

let app: App;
let server: RunningServer;
let index: string;
const ids: string[] = [];

beforeAll(async () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  index = join(folder, 'index');
  smallGazetteer(data);
  app = new App(
    settingsSchema.parse({
      index,
      model: fixture('tiny-clip'),
      data_dir: data,
      port: 0,
      threads: 1,
      pixels_max: 1_000_000,
      log_level: 'silent',
    }),
  );
  server = await openServer(app, { version: '1' });
}, 300_000);

afterAll(async () => {
  await server?.close();
  await app?.close();
});

const url = (path: string) => server.url + path;
const post = (path: string, body: unknown) =>
  fetch(url(path), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

function upload(path: string, bytes: Uint8Array, part: Record<string, unknown> = {}, name = 'options') {
  const form = new FormData();
  form.append('image', new Blob([Uint8Array.from(bytes)]), 'photo.jpg');
  form.append(name, JSON.stringify(part));
  return fetch(url(path), { method: 'POST', body: form });
}

async function problem(response: Response) {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return problemSchema.parse(await response.json());
}

const keptFiles = () =>
  readdirSync(join(index, 'files'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
const photo = (i: number) => fixtureBytes('clip-preprocess', PHOTOS[i] as string);

describe('the service over a real index', () => {
  it('says that there is nothing to list before the first photo', async () => {
    const list = referenceListSchema.parse(await (await fetch(url('/v1/references'))).json());
    expect(list).toEqual({ references: [], cursor: null });
  });

  it('answers by place names alone before the first photo, in the index that it began', async () => {
    const response = await upload('/v1/locate', photo(0));
    expect(response.status).toBe(200);
    const answer = locateAnswerSchema.parse(await response.json());
    expect(answer).toMatchObject({
      neighbours: [],
      index_coverage: { best_score: null, covered: false, reason: 'no_references' },
      verdict: { word: 'not_checked' },
      confident: false,
    });
    expect(answer.captions.length).toBeGreaterThan(0);
    expect(answer.candidates.length).toBeGreaterThan(0);
    const similar = await upload('/v1/similar', photo(0));
    expect(similarAnswerSchema.parse(await similar.json()).results).toEqual([]);
  });

  it('begins no index where no model was named', async () => {
    const none = join(temporaryFolder(), 'none');
    await using unnamed = new App(settingsSchema.parse({ index: none, port: 0 }));
    await expect(openServer(unnamed, { version: '1' })).rejects.toMatchObject({ code: 'index_not_found' });
    expect(existsSync(none)).toBe(false);
  });

  it('adds photos, each once, and keeps their bytes', async () => {
    for (const [i] of PHOTOS.entries()) {
      const metadata = {
        lat: (54_352 + i * 10) / 1000,
        lon: GDANSK.lon,
        sequence: i < 2 ? 'walk' : `s${i}`,
        author: 'ann',
      };
      const first = await upload('/v1/references', photo(i), metadata, 'metadata');
      expect(first.status).toBe(201);
      const { reference } = addedReferenceSchema.parse(await first.json());
      ids.push(reference.id);
      expect(reference).toMatchObject({
        country: 'PL',
        author: 'ann',
        point: { lat: metadata.lat, lon: metadata.lon },
      });
      const again = await upload('/v1/references', photo(i), metadata, 'metadata');
      expect([again.status, addedReferenceSchema.parse(await again.json()).outcome]).toEqual([200, 'unchanged']);
    }
    const image = await fetch(url(`/v1/references/${ids[0]}/image`));
    expect(image.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await image.arrayBuffer()).equals(photo(0))).toBe(true);
    expect((await fetch(url(`/v1/references/${ids[0]}/thumbnail`))).status).toBe(200);
  });

  it('corrects the facts of a photo that comes with others', async () => {
    const metadata = { lat: GDANSK.lat, lon: GDANSK.lon, sequence: 'walk', author: 'bo' };
    const response = await upload('/v1/references', photo(0), metadata, 'metadata');
    const added = addedReferenceSchema.parse(await response.json());
    expect([response.status, added.outcome, added.reference.author]).toEqual([200, 'updated', 'bo']);
  });

  it('takes 0, 0 in the metadata for no position', async () => {
    const nowhere = { lat: 0, lon: 0 };
    const bytes = await makePhoto(4, { lat: 47.5, lon: 9.5 });
    const answer = await upload('/v1/references', bytes, nowhere, 'metadata');
    const { reference } = addedReferenceSchema.parse(await answer.json());
    expect(reference.point).toEqual({ lat: 47.5, lon: 9.5 });
    expect((await fetch(url(`/v1/references/${reference.id}`), { method: 'DELETE' })).ok).toBe(true);
    const refused = await problem(await upload('/v1/references', await makePhoto(5), nowhere, 'metadata'));
    expect(refused).toMatchObject({ code: 'no_position', detail: expect.stringContaining('0, 0') });
  });

  it('takes a position from EXIF, and metadata before it', async () => {
    const bytes = await makePhoto(1, { lat: -33.9, lon: 18.4 });
    const exif = addedReferenceSchema.parse(await (await upload('/v1/references', bytes, {}, 'metadata')).json());
    expect(exif.reference).toMatchObject({ point: { lat: -33.9, lon: 18.4 }, country: 'ZA' });
    const other = await makePhoto(2, { lat: -33.9, lon: 18.4 });
    const told = await upload('/v1/references', other, { lat: 48.2, lon: 16.37 }, 'metadata');
    expect(addedReferenceSchema.parse(await told.json()).reference.country).toBe('AT');
    expect(await problem(await upload('/v1/references', await makePhoto(3), {}, 'metadata'))).toMatchObject({
      status: 422,
      code: 'no_position',
    });
  });

  it('finds a photo of the index first, with score 1, and knows which it is', async () => {
    const answer = similarAnswerSchema.parse(await (await upload('/v1/similar', photo(3), { limit: 5 })).json());
    expect(answer.query.reference_id).toBe(ids[3]);
    expect(answer.results[0]?.id).toBe(ids[3]);
    expect(answer.results[0]?.score).toBeGreaterThan(0.999);
    const scores = answer.results.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const without = await post('/v1/similar', { reference_id: ids[3], include_self: false, limit: 5 });
    expect(similarAnswerSchema.parse(await without.json()).results.map(({ id }) => id)).not.toContain(ids[3]);
  });

  it('searches what was added within two seconds', async () => {
    const found = async () =>
      similarAnswerSchema.parse(await (await post('/v1/similar', { text: 'a street', limit: 20 })).json()).results
        .length;
    const { references } = indexAnswerSchema.parse(await (await fetch(url('/v1/index'))).json());
    const until = Date.now() + 2000;
    while ((await found()) < references && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await found()).toBe(references);
  });

  it('gives the same answers by the graph and by brute force', async () => {
    const ask = async (exact: boolean) =>
      similarAnswerSchema
        .parse(await (await post('/v1/similar', { text: 'a street', exact, limit: 9 })).json())
        .results.map(({ id }) => id);
    expect(await ask(true)).toEqual(await ask(false));
  });

  it('locates a photo, a text and a vector, with evidence', async () => {
    const response = await upload('/v1/locate', photo(0), { candidates: 2 });
    expect(response.status).toBe(200);
    const answer = locateAnswerSchema.parse(await response.json());
    expect(answer.query.reference_id).toBe(ids[0]);
    expect(answer.candidates.length).toBeGreaterThan(0);
    expect(answer.candidates.length).toBeLessThanOrEqual(2);
    expect(answer.neighbours.map(({ id }) => id)).not.toContain(ids[0]);
    const included = await post('/v1/locate', { reference_id: ids[0], include_self: true });
    expect(locateAnswerSchema.parse(await included.json()).neighbours[0]?.id).toBe(ids[0]);
    const alone = await post('/v1/locate', { text: 'Poland', weights: { alpha: 1, beta: 0, gamma: 0 } });
    const answered = locateAnswerSchema.parse(await alone.json());
    expect(answered.blend).toMatchObject({ alpha: 1, beta: 0, gamma: 0 });
    expect(answered.candidates[0]?.point).toEqual(answered.blend.retrieval_alone?.point);
    const south = await post('/v1/locate', { text: 'x', filter: { country: 'ZA' } });
    const where = locateAnswerSchema.parse(await south.json());
    expect(where.neighbours.map(({ point }) => point)).toEqual([{ lat: -33.9, lon: 18.4 }]);
  }, 120_000);

  it('gives the vector of a photo that it locates, and the same candidates for it', async () => {
    const bytes = await makePhoto(77);
    const whole = await upload('/v1/locate', bytes, { include_embedding: true });
    const { embedding, candidates } = locateAnswerSchema.parse(await whole.json());
    const embedded = embedAnswerSchema.parse(await (await upload('/v1/embed', bytes, {})).json());
    expect(embedding).toEqual(embedded.embedding);
    const again = locateAnswerSchema.parse(await (await post('/v1/locate', { embedding })).json());
    expect(again.candidates).toEqual(candidates);
    expect(again.embedding).toBeUndefined();
  });

  it('takes hints, and says what they did', async () => {
    const ask = async (hints?: unknown) => {
      const response = await post('/v1/locate', { reference_id: ids[0], ...(hints ? { hints } : {}) });
      return locateAnswerSchema.parse(await response.json());
    };
    const [plain, hinted] = [await ask(), await ask({ country: 'za' })];
    expect(plain.hints).toBeNull();
    expect(hinted.candidates[0]?.place.iso2).toBe('ZA');
    expect(hinted.hints).toMatchObject({
      given: { country: ['ZA'] },
      changed: true,
      without: { point: plain.candidates[0]?.point },
    });
    const unknown = await post('/v1/locate', { reference_id: ids[0], hints: { country: 'ZZ' } });
    expect(await problem(unknown)).toMatchObject({ status: 400, code: 'hint_country_unknown' });
    const contrary = await post('/v1/locate', { text: 'x', hints: { country: 'ZA', exclude_country: ['ZA'] } });
    expect(await problem(contrary)).toMatchObject({ status: 400, code: 'hints_contradictory' });
  }, 120_000);

  it('refuses pictures that are none, each with its own code', async () => {
    const cases: [Uint8Array, number, string][] = [
      [Buffer.from('just words'), 422, 'not_an_image'],
      [photo(0).subarray(0, 2000), 422, 'image_truncated'],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 422, 'unsupported_format'],
      [new Uint8Array(0), 422, 'image_empty'],
    ];
    for (const [bytes, status, code] of cases) {
      expect(await problem(await upload('/v1/embed', bytes))).toMatchObject({ status, code });
    }
  });

  it('refuses a picture of more pixels than allowed before it is decoded', async () => {
    const { default: sharp } = await import('sharp');
    const bomb = await sharp({ create: { width: 3000, height: 3000, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    expect(bomb.length).toBeLessThan(100_000);
    expect(await problem(await upload('/v1/embed', bomb))).toMatchObject({ status: 413, code: 'image_too_large' });
  });

  it('weighs by a profile as soon as it is kept with the index, and by the defaults when it is gone', async () => {
    const profileOf = async () => {
      const located = locateAnswerSchema.parse(await (await upload('/v1/locate', photo(2))).json());
      const { calibration } = indexAnswerSchema.parse(await (await fetch(url('/v1/index'))).json());
      expect(calibration.profile).toBe(located.blend.profile);
      return [located.blend.profile, located.blend.alpha];
    };
    const before = await profileOf();
    const provenance = { ...DEFAULT_PROFILE.provenance, model: (await app.index()).reader.modelId };
    for (const [name, alpha] of [
      ['second', 0.25],
      ['third', 0.75],
    ] as const) {
      writeProfile(index, { ...DEFAULT_PROFILE, name, provenance, blend: { ...DEFAULT_PROFILE.blend, alpha } });
      expect(await profileOf()).toEqual([name, alpha]);
    }
    rmSync(profileFile(index));
    expect(await profileOf()).toEqual(before);
  });

  it('deletes a reference with its bytes, and then does not find it', async () => {
    const remove = () => fetch(url(`/v1/references/${ids[6]}`), { method: 'DELETE' });
    const before = keptFiles();
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await fetch(url(`/v1/references/${ids[6]}/image`))).status).toBe(404);
    expect(keptFiles()).toBe(before - 1);
    const query = await upload('/v1/similar', photo(6), { limit: 100 });
    const answer = similarAnswerSchema.parse(await query.json());
    expect(answer.query.reference_id).toBeNull();
    expect(answer.results.map(({ id }) => id)).not.toContain(ids[6]);
  });

  it('says what the index holds, and that it is ready', async () => {
    const stats = indexAnswerSchema.parse(await (await fetch(url('/v1/index'))).json());
    expect(stats.references).toBe(PHOTOS.length + 1);
    const ready = readySchema.parse(await (await fetch(url('/readyz'))).json());
    expect(ready.references).toBe(stats.references);
    // The model was given as a path: its folders are nobody's business.
    expect([ready.model, stats.model_name]).toEqual(['tiny-clip', 'tiny-clip']);
    expect(stats.calibration).toEqual({
      ...{ calibrated: false, profile: 'default', date: null, queries: 0, authors: 0, refused: null },
    });
  });
});
