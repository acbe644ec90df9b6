import { request } from 'node:http';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { locateAnswerSchema } from '../../../src/api/locate.js';
import { locateLineSchema } from '../../../src/api/locate-batch.js';
import { fault } from '../../../src/domain/errors.js';
import type { HttpParts } from '../../../src/http/http-parts.js';
import { blobOf, httpWorld, problemOf, type TestServer } from '../../support/http-world.js';
import { makePhoto } from '../../support/make-photo.js';
import { eventually } from '../../support/references.js';

const world = httpWorld();
const PHOTOS = [1, 2, 3, 4, 5];
let photos: readonly Buffer[];
beforeAll(async () => {
  photos = await Promise.all(PHOTOS.map((i) => makePhoto(4000 + i)));
});

/** A photo that the index does not have. */
const picture = (i: number) => blobOf(photos[i % photos.length] as Buffer);

function form(images: readonly (readonly [Blob, string])[], options?: string): FormData {
  const made = new FormData();
  for (const [blob, name] of images) made.append('image', blob, name);
  if (options !== undefined) made.append('options', options);
  return made;
}

const send = (server: TestServer, body: FormData) => fetch(`${server.url}/v1/locate/batch`, { method: 'POST', body });

async function linesOf(response: Response) {
  const text = await response.text();
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => locateLineSchema.parse(JSON.parse(line)));
}

/** The application's own locate, with something before it. */
async function startWith(before: (n: number) => Promise<void>, settings = {}) {
  const { locate } = world.parts();
  let calls = 0;
  const parts: Partial<HttpParts> = {
    locate: async (input, options) => {
      await before(calls++);
      return locate(input, options);
    },
  };
  return { server: await world.serve(settings, parts), calls: () => calls };
}

describe('POST /v1/locate/batch', () => {
  it('answers each photo on a line of its own, in their order, whatever takes longer', async () => {
    const { server } = await startWith((n) => new Promise((resolve) => setTimeout(resolve, n % 2 === 0 ? 60 : 0)));
    const images = PHOTOS.map((i) => [picture(i), `${i}.jpg`] as const);
    const response = await send(server, form(images, JSON.stringify({ candidates: 1 })));
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = await linesOf(response);
    expect(lines.map(({ index, filename }) => [index, filename])).toEqual(images.map(([, name], i) => [i, name]));
    expect(lines.every(({ answer, problem }) => answer !== undefined && problem === undefined)).toBe(true);
    for (const [n, { answer }] of lines.entries()) {
      const alone = await server.form('/v1/locate', { image: picture(n + 1), options: '{"candidates": 1}' });
      const { took_ms: _took, ...expected } = locateAnswerSchema.parse(await alone.json());
      expect(answer).toMatchObject(expected);
    }
    expect(new Set(lines.map(({ answer }) => answer?.query.sha256)).size).toBe(PHOTOS.length);
  });

  it('gives a problem for the photo that has one, and goes on', async () => {
    const server = await world.serve();
    const lines = await linesOf(
      await send(
        server,
        form([
          [new Blob(['TEXT']), 'notes.txt'],
          [new Blob([]), 'empty.jpg'],
          [picture(1), '../../etc/<b>straße</b>.jpg'],
        ]),
      ),
    );
    expect(lines.map(({ problem }) => [problem?.status, problem?.code])).toEqual([
      [422, 'not_an_image'],
      [422, 'image_empty'],
      [undefined, undefined],
    ]);
    expect(lines[2]?.answer).toBeDefined();
    expect(lines[2]?.filename).not.toMatch(/[\p{Cc}/]/u);
    expect(lines[2]?.filename).toMatch(/straße|b>\.jpg$/);
  });

  it('waits for a busy encoder in place of failing', async () => {
    const { server, calls } = await startWith(async (n) => {
      if (n === 0) throw fault('encoder_busy', 'The encoder is busy.');
    });
    const lines = await linesOf(await send(server, form([[picture(1), 'a.jpg']])));
    expect(lines[0]?.answer).toBeDefined();
    expect(calls()).toBe(2);
  });

  it('stops when the caller goes away, and takes the next batch', async () => {
    const { server, calls } = await startWith(() => new Promise((resolve) => setTimeout(resolve, 50)));
    const { body, boundary } = rawForm(40);
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': body.length };
    const sent = request(`${server.url}/v1/locate/batch`, { method: 'POST', headers }, (response) => {
      response.once('data', () => response.destroy());
    });
    sent.on('error', () => undefined);
    sent.end(body);
    expect(await eventually(() => calls() > 0)).toBe(true);
    expect(await eventually(async () => (await send(server, form([[picture(1), 'a.jpg']]))).status === 200)).toBe(true);
    expect(calls()).toBeLessThan(20);
  });

  it('is done one at a time', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { server, calls } = await startWith(() => gate);
    const first = send(server, form([[picture(1), 'a.jpg']]));
    expect(await eventually(() => calls() === 1)).toBe(true);
    const problem = await problemOf(await send(server, form([[picture(2), 'b.jpg']])));
    expect([problem.status, problem.code]).toEqual([429, 'batch_busy']);
    open();
    expect((await linesOf(await first)).length).toBe(1);
  });

  /** No more than the beginning of a picture: these are refused before one looks at it. */
  const begun = new Blob([new Uint8Array([0xff, 0xd8, 0xff])]);
  it.each<[string, FormData, number, string]>([
    ['no photo', form([], '{}'), 400, 'image_missing'],
    ['options that are no JSON', form([[begun, 'a.jpg']], '{'), 400, 'options_invalid'],
    ['options it does not know', form([[begun, 'a.jpg']], '{"colour":1}'), 400, 'request_invalid'],
    ['too many photos', form([1, 2, 3, 4].map(() => [begun, 'a.jpg'])), 413, 'batch_too_long'],
    ['far too many photos', form([1, 2, 3, 4, 5, 6, 7].map(() => [begun, 'a.jpg'])), 413, 'batch_too_long'],
    ['a photo that is too large', form([[new Blob([new Uint8Array(3000)]), 'a.jpg']]), 413, 'body_too_large'],
    [
      'too much together',
      form([1, 2, 3].map(() => [new Blob([new Uint8Array(1900)]), 'a.jpg'])),
      413,
      'body_too_large',
    ],
  ])('refuses %s', async (_, body, status, code) => {
    const server = await world.serve({ batch_images_max: 3, body_bytes_max: 2048, batch_bytes_max: 5000 });
    const problem = await problemOf(await send(server, body));
    expect([problem.status, problem.code]).toEqual([status, code]);
  });

  it('refuses JSON', async () => {
    const server = await world.serve();
    const problem = await problemOf(await server.json('/v1/locate/batch', { text: 'x' }));
    expect([problem.status, problem.code]).toEqual([415, 'content_type_unsupported']);
  });
});

function rawForm(count: number): { body: Buffer; boundary: string } {
  const boundary = 'b0undary';
  const parts = Array.from({ length: count }, (_, i) =>
    Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="${i}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`,
      ),
      photos[i % photos.length] as Buffer,
      Buffer.from('\r\n'),
    ]),
  );
  return { body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]), boundary };
}
