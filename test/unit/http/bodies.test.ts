import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { expect, it } from '@jest/globals';
import { httpWorld, problemOf } from '../../support/http-world.js';

const world = httpWorld();

const BYTES_MAX = 64 * 1024;

function photoForm(bytes: number): FormData {
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(randomBytes(bytes))]), 'a.jpg');
  return form;
}

it('the bodies of all calls take no more memory than four of the largest, and give it back', async () => {
  const answers: (() => void)[] = [];
  const fake = await world.serve(
    { body_bytes_max: BYTES_MAX },
    { resolveQuery: () => new Promise((_, reject) => answers.push(() => reject(new Error('enough')))) },
  );
  const send = () => fetch(`${fake.url}/v1/embed`, { method: 'POST', body: photoForm(BYTES_MAX - 1000) });
  const held = Array.from({ length: 4 }, send);
  while (answers.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  const refused = await send();
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'too_many_bytes_in_flight' });
  for (const answer of answers) answer();
  await Promise.all(held);
  const again = send();
  while (answers.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  answers.at(-1)?.();
  expect((await again).status).toBe(500);
  await fake.close();
});

it('a call that only says that a large body will come takes none of it', async () => {
  const fake = await world.serve({ body_bytes_max: BYTES_MAX });
  const sockets = Array.from({ length: 20 }, () => {
    const socket = connect(fake.running.port, '127.0.0.1');
    socket.write(
      `POST /v1/embed HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${BYTES_MAX}\r\n\r\n{`,
    );
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const form = photoForm(BYTES_MAX - 1000);
  // Random bytes are no picture: what counts is that they were read.
  const answer = await fetch(`${fake.url}/v1/embed`, { method: 'POST', body: form });
  expect(await problemOf(answer)).toMatchObject({ status: 422, code: 'not_an_image' });
  for (const socket of sockets) socket.destroy();
  await fake.close();
});
