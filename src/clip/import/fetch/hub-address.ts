import { fault } from '../../../domain/errors.js';

/**
 * The hub's address, without a slash at its end.
 * @throws `hub_endpoint_invalid` unless it is https, or http on a loopback address: a token must not travel in the clear
 */
export function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !isSafe(url, true) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw fault(
      'hub_endpoint_invalid',
      `Expected hub_endpoint (HF_ENDPOINT) to be an https address, or http on this machine, without user, query or fragment; got ${JSON.stringify(text)}.`,
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/**
 * Where a redirect leads.
 * @throws `hub_bad_answer` when it is no address, `hub_insecure_redirect` when it leaves https; only from a hub on this
 * machine may it lead to http, and then only to this machine
 */
export function redirectTarget(location: string, from: URL, endpoint: URL): URL {
  if (!URL.canParse(location, from.href)) {
    throw fault('hub_bad_answer', `${from.host} redirects to something that is no address. Check HF_ENDPOINT.`);
  }
  const url = new URL(location, from);
  if (!isSafe(url, endpoint.protocol === 'http:')) {
    throw fault(
      'hub_insecure_redirect',
      `Expected ${from.host} to redirect to an https address, but it leads to ${url.protocol}//${url.host}, so nothing was fetched from there. Check HF_ENDPOINT and the network's proxy.`,
    );
  }
  return url;
}

function isSafe(url: URL, loopbackAllowed: boolean): boolean {
  return url.protocol === 'https:' || (loopbackAllowed && url.protocol === 'http:' && isLoopback(url.hostname));
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
