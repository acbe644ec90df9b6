import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, ApiProblem, createClient, readEvents, readLines } from '../../../src/client/client.js';
import { type FakeServer, startFake } from '../http/fake-parts.js';

let fake: FakeServer;
beforeAll(async () => {
  fake = await startFake({ api_keys: 'admin:one' });
});
afterAll(() => fake.running.close().then(() => undefined));

const client = (key = 'one') => createClient({ baseUrl: `${fake.url}/`, key });
const picture = () => new File([new Uint8Array([0xff, 0xd8, 0xff, 1])], 'street.jpg');

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
    const reference = await call('GET /v1/references/{id}', { path: { id: fake.parts.id } });
    expect(reference.author).toBe('ann');
    const page: Answer<'GET /v1/references'> = await call('GET /v1/references', {
      query: { country: ['PL', 'DE'], limit: 1 },
    });
    expect(page.references.length).toBe(1);
    expect(fake.parts.calls.findLast(({ verb }) => verb === 'list')?.args[0]).toMatchObject({
      filter: { country: ['PL', 'DE'] },
    });
    const located = await call('POST /v1/locate', { form: { image: picture(), options: { candidates: 1 } } });
    expect(located.candidates[0]?.place.name).toBe('Sopot');
    expect((await call('POST /v1/similar', { json: { text: 'x' } })).results[0]?.id).toBe(fake.parts.id);
    expect((await call('GET /livez')).live).toBe(true);
    const thumbnail = await call('GET /v1/references/{id}/thumbnail', { path: { id: fake.parts.id } });
    expect(thumbnail.headers.get('content-type')).toBe('image/webp');
    const added = await call('POST /v1/references', { form: { image: picture(), metadata: { lat: 1, lon: 2 } } });
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
    const busy = client().call('POST /v1/embed', { json: { text: 'busy' } });
    await expect(busy).rejects.toMatchObject({ code: 'encoder_busy', retryAfterS: 2 });
  });

  it('makes a problem of an answer that is none of ours', async () => {
    const broken = createClient({ baseUrl: 'http://x', fetch: async () => new Response('<html>', { status: 502 }) });
    await expect(broken.call('GET /livez')).rejects.toMatchObject({ status: 502, code: 'no_problem_given' });
  });

  it('reads a batch line by line, and a run event by event', async () => {
    const lines = [];
    const batch = await client().call('POST /v1/locate/batch', { form: { image: [picture(), picture()] } });
    for await (const line of readLines(batch)) lines.push([line.index, line.filename, line.answer !== undefined]);
    expect(lines).toEqual([
      [0, 'street.jpg', true],
      [1, 'street.jpg', true],
    ]);
    const { id } = await client().call('POST /v1/ingestions', { json: { sources: ['photos'] } });
    const events = [];
    const stream = await client().call('GET /v1/ingestions/{id}/events', { path: { id } });
    for await (const { event, data } of readEvents(stream as Response)) {
      events.push([event, (data as { state: string }).state]);
      if (events.length === 1) await client().call('DELETE /v1/ingestions/{id}', { path: { id } });
    }
    expect(events).toEqual([
      ['status', 'running'],
      ['status', 'failed'],
    ]);
  });

  it('is put together again whatever pieces an answer comes in', async () => {
    const bytes = new TextEncoder().encode('{"index":0,"filename":"straße"}\n{"index":1,"filename":"b"}');
    for (const size of [1, 2, 7, 100]) {
      const body = new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      const names = [];
      for await (const { filename } of readLines(new Response(body))) names.push(filename);
      expect(names).toEqual(['straße', 'b']);
    }
  });
});
