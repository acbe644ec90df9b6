import { createClient } from '../../../src/client/client.js';
import { noteAnswer, noteGone } from '../state/service.js';
import { apiKey } from './key.js';
import { ServerGone } from './problem.js';
import { urlOf } from './url.js';

/** `fetch` with this tab's key; notes whether the server answers. @throws `ServerGone`, an AbortError */
const watchedFetch: typeof fetch = async (url, init = {}) => {
  const headers = new Headers(init.headers);
  const key = apiKey.peek();
  if (key !== null) headers.set('authorization', `Bearer ${key}`);
  try {
    const response = await fetch(url, { ...init, headers });
    if (await isRestarting(response)) throw new Error('restarting');
    // A late answer to a former key says nothing about the present one.
    if (key === apiKey.peek()) noteAnswer(response.status);
    return response;
  } catch (thrown) {
    if (init.signal?.aborted) throw thrown;
    noteGone();
    throw new ServerGone(String(url));
  }
};

/** The port is open, but the serving process is restarting: for the page the same as no server. */
async function isRestarting(response: Response): Promise<boolean> {
  if (response.status !== 503) return false;
  const problem = (await response
    .clone()
    .json()
    .catch(() => null)) as { readonly code?: string } | null;
  return problem?.code === 'server_restarting';
}

/**
 * Calls the API: `callApi('GET /v1/references/{id}', { path: { id } })`.
 * @throws `ApiProblem`, `ServerGone`, and an AbortError when its signal is aborted
 */
export const { call: callApi } = createClient({ baseUrl: urlOf(''), fetch: watchedFetch });

/** Fetches a file of the server, by the path in an answer. @throws `ServerGone`, an Error when there is none */
export async function fetchFile(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await watchedFetch(urlOf(path), init);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}
