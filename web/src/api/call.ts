import { noteAnswer, noteGone } from '../state/service.js';
import { apiKey } from './key.js';
import { problemOf, ServerGone } from './problem.js';
import { urlOf } from './url.js';

/**
 * Calls the API and gives the answer as it came.
 * @throws `ApiProblem`, `ServerGone`, and an AbortError when `signal` says so
 */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (apiKey.peek() !== null) headers.set('authorization', `Bearer ${apiKey.peek()}`);
  let response: Response;
  try {
    response = await fetch(urlOf(path), { ...init, headers });
  } catch (thrown) {
    if (init.signal?.aborted) throw thrown;
    noteGone();
    throw new ServerGone(path);
  }
  noteAnswer(response.status);
  if (response.ok) return response;
  throw await problemOf(response);
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(path, signal ? { signal } : {});
  return (await response.json()) as T;
}

export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
  return (await response.json()) as T;
}

export async function postPhoto<T>(path: string, photo: Blob, options: unknown, signal?: AbortSignal): Promise<T> {
  const form = new FormData();
  // The name of the file is nobody's business.
  form.set('image', photo, 'photo');
  form.set('options', JSON.stringify(options));
  const response = await request(path, { method: 'POST', body: form, ...(signal && { signal }) });
  return (await response.json()) as T;
}
