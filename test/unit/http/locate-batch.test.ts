import { request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { locateLineSchema } from '../../../src/api/locate-batch.js';
import { fault } from '../../../src/domain/errors.js';
import type { HttpParts } from '../../../src/http/http-parts.js';
import { eventually } from '../../support/references.js';
import { type FakeServer, fakeParts, problemOf, startFake } from './fake-parts.js';

const picture = (...bytes: number[]) => new Blob([new Uint8Array([0xff, 0xd8, 0xff, ...bytes])]);

function form(images: readonly (readonly [Blob, string])[], options?: string): FormData {
  const made = new FormData();
  for (const [blob, name] of images) made.append('image', blob, name);
  if (options !== undefined) made.append('options', options);
  return made;
}

const send = (fake: FakeServer, body: FormData) => fetch(`${fake.url}/v1/locate/batch`, { method: 'POST', body });

async function linesOf(response: Response) {
  const text = await response.text();
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => locateLineSchema.parse(JSON.parse(line)));
}

/** The fake's own locate, with something before it. */
async function startWith(before: (n: number) => Promise<void>, settings = {}) {
  const { locate } = await fakeParts();
  let calls = 0;
  const parts: Partial<HttpParts> = {
    locate: async (input, options) => {
      await before(calls++);
      return locate(input, options);
    },
  };
  return { fake: await startFake(settings, parts), calls: () => calls };
}

describe('POST /v1/locate/batch', () => {
  it('answers each photo on a line of its own, in their order, whatever takes longer', async () => {
    const { fake } = await startWith((n) => new Promise((resolve) => setTimeout(resolve, n % 2 === 0 ? 60 : 0)));
    const images = [1, 2, 3, 4, 5].map((i) => [picture(i), `${i}.jpg`] as const);
    const response = await send(fake, form(images, JSON.stringify({ candidates: 1 })));
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = await linesOf(response);
    expect(lines.map(({ index, filename }) => [index, filename])).toEqual(images.map(([, name], i) => [i, name]));
    expect(lines.every(({ answer, problem }) => answer !== undefined && problem === undefined)).toBe(true);
    expect(lines[0]?.answer?.candidates[0]?.point).toEqual({ lat: 54.4444444, lon: 18.5666667 });
    await fake.running.close();
  });

  it('gives a problem for the photo that has one, and goes on', async () => {
    const fake = await startFake();
    const lines = await linesOf(
      await send(
        fake,
        form([
          [new Blob(['TEXT']), 'notes.txt'],
          [new Blob([]), 'empty.jpg'],
          [picture(1), '../../etc/<b>straße</b>.jpg'],
        ]),
      ),
    );
    expect(lines.map(({ problem }) => [problem?.status, problem?.code])).toEqual([
      [422, 'unsupported_format'],
      [422, 'image_empty'],
      [undefined, undefined],
    ]);
    expect(lines[2]?.answer).toBeDefined();
    expect(lines[2]?.filename).not.toMatch(/[\p{Cc}/]/u);
    expect(lines[2]?.filename).toMatch(/straße|b>\.jpg$/);
    await fake.running.close();
  });

  it('waits for a busy encoder in place of failing', async () => {
    const { fake, calls } = await startWith(async (n) => {
      if (n === 0) throw fault('encoder_busy', 'The encoder is busy.');
    });
    const lines = await linesOf(await send(fake, form([[picture(1), 'a.jpg']])));
    expect(lines[0]?.answer).toBeDefined();
    expect(calls()).toBe(2);
    await fake.running.close();
  });

  it('stops when the caller goes away, and takes the next batch', async () => {
    const { fake, calls } = await startWith(() => new Promise((resolve) => setTimeout(resolve, 50)));
    const { body, boundary } = rawForm(40);
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': body.length };
    const sent = request(`${fake.url}/v1/locate/batch`, { method: 'POST', headers }, (response) => {
      response.once('data', () => response.destroy());
    });
    sent.on('error', () => undefined);
    sent.end(body);
    expect(await eventually(() => calls() > 0)).toBe(true);
    expect(await eventually(async () => (await send(fake, form([[picture(1), 'a.jpg']]))).status === 200)).toBe(true);
    expect(calls()).toBeLessThan(20);
    await fake.running.close();
  });

  it('is done one at a time', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { fake, calls } = await startWith(() => gate);
    const first = send(fake, form([[picture(1), 'a.jpg']]));
    expect(await eventually(() => calls() === 1)).toBe(true);
    const problem = await problemOf(await send(fake, form([[picture(2), 'b.jpg']])));
    expect([problem.status, problem.code]).toEqual([429, 'batch_busy']);
    open();
    expect((await linesOf(await first)).length).toBe(1);
    await fake.running.close();
  });

  it.each<[string, FormData, number, string]>([
    ['no photo', form([], '{}'), 400, 'image_missing'],
    ['options that are no JSON', form([[picture(1), 'a.jpg']], '{'), 400, 'options_invalid'],
    ['options it does not know', form([[picture(1), 'a.jpg']], '{"colour":1}'), 400, 'request_invalid'],
    ['too many photos', form([1, 2, 3, 4].map((i) => [picture(i), 'a.jpg'])), 413, 'batch_too_long'],
    ['far too many photos', form([1, 2, 3, 4, 5, 6, 7].map((i) => [picture(i), 'a.jpg'])), 413, 'batch_too_long'],
    ['a photo that is too large', form([[new Blob([new Uint8Array(3000)]), 'a.jpg']]), 413, 'body_too_large'],
    [
      'too much together',
      form([1, 2, 3].map(() => [new Blob([new Uint8Array(1900)]), 'a.jpg'])),
      413,
      'body_too_large',
    ],
  ])('refuses %s', async (_, body, status, code) => {
    const fake = await startFake({ batch_images_max: 3, body_bytes_max: 2048, batch_bytes_max: 5000 });
    const problem = await problemOf(await send(fake, body));
    expect([problem.status, problem.code]).toEqual([status, code]);
    await fake.running.close();
  });

  it('refuses JSON', async () => {
    const fake = await startFake();
    const problem = await problemOf(await fake.json('/v1/locate/batch', { text: 'x' }));
    expect([problem.status, problem.code]).toEqual([415, 'content_type_unsupported']);
    await fake.running.close();
  });
});

function rawForm(count: number): { body: Buffer; boundary: string } {
  const boundary = 'b0undary';
  const parts = Array.from({ length: count }, (_, i) =>
    Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="${i}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`,
      ),
      Buffer.from([0xff, 0xd8, 0xff, i, 0x0d, 0x0a]),
    ]),
  );
  return { body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]), boundary };
}
