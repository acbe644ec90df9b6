import { fault, type StreetdexError } from '../../../domain/errors.js';

/** A request to the hub, for messages. */
export interface HubRequest {
  readonly id: string;
  readonly revision: string;
  /** Null for the list of files. */
  readonly file: string | null;
  readonly token: boolean;
  readonly endpoint: URL;
}

/** The error for a failed request. `own`: the answer came from the hub itself, not from a server it redirects to. */
export function hubFailure(response: Response, request: HubRequest, own: boolean, host: string): StreetdexError {
  const { status } = response;
  const what = request.file === null ? `the model ${request.id}` : `${request.file} of ${request.id}`;
  if (status === 429) {
    return fault(
      'hub_rate_limited',
      `${host} answered 429 for ${what}: too many requests. Wait a little and run the same command again; what has come is kept.`,
      { retryAfterS: retryAfterS(response.headers) },
    );
  }
  // A signed link of the delivery network answers 403 once it has expired: the hub gives a fresh one.
  if (status >= 500 || status === 408 || (!own && (status === 401 || status === 403 || status === 404))) {
    return fault('hub_unavailable', `${host} answered ${status} for ${what}. Try again later; what has come is kept.`, {
      retryAfterS: retryAfterS(response.headers),
    });
  }
  if (status === 401 || status === 403) return denied(response, request, what);
  if (status === 404) return notFound(response, request);
  return fault(
    'hub_bad_answer',
    `Expected ${host} to answer 200 for ${what}, got ${status}. Check that HF_ENDPOINT speaks the hub's protocol.`,
  );
}

function denied(response: Response, request: HubRequest, what: string): StreetdexError {
  const page = new URL(`${request.endpoint.pathname}/${request.id}`, request.endpoint).href;
  const todo = request.token
    ? 'The token does not open it: accept the terms on that page with the account of the token, check that the token may read this model, and that the name is right.'
    : 'Check the name; where the model is private or its terms must be accepted, accept them on that page and give a token with HF_TOKEN or --token.';
  return fault('hub_denied', `The hub answered ${response.status} for ${what} (${page}). ${todo}`);
}

function notFound(response: Response, request: HubRequest): StreetdexError {
  const code = response.headers.get('x-error-code');
  const missing =
    request.file !== null && code !== 'RepoNotFound' && code !== 'RevisionNotFound'
      ? `the file ${request.file} at the revision ${request.revision} of ${request.id}`
      : code === 'RevisionNotFound'
        ? `the revision ${request.revision} of ${request.id}`
        : `the model ${request.id} at the revision ${request.revision}`;
  return fault(
    'hub_not_found',
    `Expected ${missing} on ${request.endpoint.host}, but it answered 404. Check the name (owner/name) and --revision${request.token ? '' : '; a private model needs HF_TOKEN'}. A local folder is written with its path: ./${request.id}`,
  );
}

/** `Retry-After` in seconds or as a date, else the `t` of the hub's `RateLimit`, else 0. */
function retryAfterS(headers: Headers): number {
  const given = headers.get('retry-after');
  const reset = /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  if (given === null) return Number(reset ?? 0);
  const seconds = /^\d+$/.test(given.trim()) ? Number(given) : (Date.parse(given) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}
