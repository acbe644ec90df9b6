import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, ApiProblem, createClient, readEvents, readLines } from '../../../src/client/client.js';
import { fault } from '../../../src/domain/errors.js';
import { blobOf, httpWorld, type TestServer } from '../../support/http-world.js';
import { makePhoto } from '../../support/make-photo.js';

const world = httpWorld();
let server: TestServer;
let picture: File;
beforeAll(async () => {
  server = await world.serve({ api_keys: 'admin:one' });
  picture = new File([blobOf(await makePhoto(6000))], 'street.jpg');
});

const client = (key = 'one') => createClient({ baseUrl: `${server.url}/`, key });

describe('the client', () => {
  // Jest does not check types: `npm run lint` fails where a line below is not refused.
  it('is refused by the compiler where a call is not as the API takes it', () => {
    const { call } = createClient({ baseUrl: 'http://x', fetch: async () => new Response(null, { status: 204 }) });
    const wrong = [
      // @ts-expect-error There is no such call.
      () => call('GET /v1/nothing'),
      // @ts-expect-error The path has an id.
      () => call('GET /v1/references/{id}', {}),
      // @ts-expect-error Something of it is required.
      () => call('GET /v1/places'),
      // @ts-expect-error It is a number.
      () => call('GET /v1/places', { query: { q: 'x', limit: 'all' } }),
      // @ts-expect-error There is no such option.
      () => call('POST /v1/locate', { json: { text: 'x', limit: 1 } }),
      // @ts-expect-error Only a form is taken.
      () => call('POST /v1/locate/batch', { json: { text: 'x' } }),
      // @ts-expect-error Pictures are no JSON.
      async () => (await call('GET /v1/samples/{n}', { path: { n: '1' } })).references,
      // @ts-expect-error An answer is not to be changed.
      async (answer: Answer<'POST /v1/locate'>) => answer.candidates.pop(),
    ];
    expect(wrong).toHaveLength(8);
  });

  it('asks with path, query, JSON and forms, and gives what was answered', async () => {
    const { call } = client();
    const { id } = world.photo('sopot');
    const reference = await call('GET /v1/references/{id}', { path: { id: id } });
    expect(reference.author).toBe('ann');
    const page: Answer<'GET /v1/references'> = await call('GET /v1/references', {
      query: { country: ['PL', 'DE'], limit: 1 },
    });
    expect(page.references.length).toBe(1);
    const all = await call('GET /v1/references', { query: { country: ['FJ', 'DE'] } });
    expect(all.references.map(({ country }) => country).toSorted()).toEqual(['DE', 'FJ']);
    const located = await call('POST /v1/locate', { form: { image: picture, options: { candidates: 1 } } });
    expect(located.candidates).toHaveLength(1);
    expect((await call('POST /v1/similar', { json: { reference_id: id, limit: 1 } })).results[0]?.id).toBe(id);
    expect((await call('GET /livez')).live).toBe(true);
    const thumbnail = await call('GET /v1/references/{id}/thumbnail', { path: { id: id } });
    expect(thumbnail.headers.get('content-type')).toBe('image/webp');
    const added = await call('POST /v1/references', { form: { image: picture, metadata: { lat: 1, lon: 2 } } });
    expect(await call('DELETE /v1/references/{id}', { path: { id: added.reference.id } })).toBeUndefined();
  });

  it('throws the problem that the server gives', async () => {
    const refused = client()
      .call('GET /v1/references/{id}', { path: { id: 'a/../b?c' } })
      .catch((error: unknown) => error);
    const problem = (await refused) as ApiProblem;
    expect(problem).toBeInstanceOf(ApiProblem);
    expect([problem.status, problem.code, problem.problem.instance]).toEqual([
      ...[404, 'reference_not_found', '/v1/references/a%2F..%2Fb%3Fc'],
    ]);
    await expect(client('two').call('GET /v1/index')).rejects.toMatchObject({ status: 401, code: 'key_unknown' });
    const resolveQuery = async () => {
      throw fault('encoder_busy', 'The encoder is busy.', { retryAfterS: 2 });
    };
    const { url } = await world.serve({}, { resolveQuery });
    const busy = createClient({ baseUrl: url }).call('POST /v1/embed', { json: { text: 'x' } });
    await expect(busy).rejects.toMatchObject({ code: 'encoder_busy', retryAfterS: 2 });
  });

  it('makes a problem of an answer that is none of ours', async () => {
    const broken = createClient({ baseUrl: 'http://x', fetch: async () => new Response('<html>', { status: 502 }) });
    await expect(broken.call('GET /livez')).rejects.toMatchObject({ status: 502, code: 'no_problem_given' });
  });

  it('reads a batch line by line, and a run event by event', async () => {
    const lines = [];
    const batch = await client().call('POST /v1/locate/batch', { form: { image: [picture, picture] } });
    for await (const line of readLines(batch)) lines.push([line.index, line.filename, line.answer !== undefined]);
    expect(lines).toEqual([
      [0, 'street.jpg', true],
      [1, 'street.jpg', true],
    ]);
    const { id } = await client().call('POST /v1/ingestions', { json: { sources: ['photos'] } });
    const events: [string, unknown][] = [];
    const stream = await client().call('GET /v1/ingestions/{id}/events', { path: { id } });
    for await (const { event, data } of readEvents(stream as Response)) events.push([event, data]);
    expect(events.at(-1)).toEqual([
      'status',
      expect.objectContaining({ id, state: 'finished', counts: expect.objectContaining({ unchanged: 6 }) }),
    ]);
  });

  it('is put together again whatever pieces an answer comes in', async () => {
    const read = async <T>(
      text: string,
      size: number,
      from: (response: Response) => AsyncIterable<T>,
    ): Promise<T[]> => {
      const bytes = new TextEncoder().encode(text);
      const body = new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      const found: T[] = [];
      for await (const one of from(new Response(body))) found.push(one);
      return found;
    };
    const lines = '{"index":0,"filename":"straße"}\n{"index":1,"filename":"b"}';
    const events = 'retry: 2000\n\nid: 7\nevent: status\ndata: {"done":1}\n\n:\n\nid: 8\nevent: notice\ndata: "ß"\n\n';
    for (const size of [1, 2, 7, 1000]) {
      expect((await read(lines, size, readLines)).map(({ filename }) => filename)).toEqual(['straße', 'b']);
      expect(await read(events, size, readEvents)).toEqual([
        { id: '7', event: 'status', data: { done: 1 } },
        { id: '8', event: 'notice', data: 'ß' },
      ]);
    }
  });
});
