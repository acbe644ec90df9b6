import { packageVersion } from '../../../config/package-version.js';
import { fault, StreetdexError } from '../../../domain/errors.js';
import { parseEndpoint, redirectTarget } from './hub-address.js';
import { type HubRequest, hubFailure } from './hub-failure.js';

const REDIRECTS_MAX = 5;

export interface HubOptions {
  /** `https://…`, or http on a loopback address. */
  readonly endpoint: string;
  readonly token?: string;
  /** Longest wait without a byte, in milliseconds; 30 seconds. */
  readonly stallMs?: number;
  /** First pause between tries in milliseconds, doubled each time; half a second. */
  readonly pauseMs?: number;
  /** Replaces Node's fetch in tests. */
  readonly fetch?: typeof fetch;
}

/** An answer with status 200, 206 or 416, with the headers of its redirects. */
export interface HubAnswer {
  readonly response: Response;
  /** The hub's hash of the content: 64 hex digits (sha-256) or 40 (git's sha-1 of the blob). */
  readonly contentHash: string | null;
  readonly commit: string | null;
  /** Length of the whole file, where the hub says it. */
  readonly bytes: number | null;
}

/** Speaks the Hugging Face hub's protocol to one endpoint. The token goes to that endpoint's origin only. */
export class HubClient {
  readonly endpoint: URL;
  readonly stallMs: number;
  readonly pauseMs: number;
  readonly #fetch: typeof fetch;
  readonly #token: string | undefined;
  readonly #userAgent = `streetdex/${packageVersion()}`;

  /** @throws `hub_endpoint_invalid` */
  constructor(options: HubOptions) {
    this.endpoint = parseEndpoint(options.endpoint);
    this.#token = options.token;
    this.stallMs = options.stallMs ?? 30_000;
    this.pauseMs = options.pauseMs ?? 500;
    this.#fetch = options.fetch ?? fetch;
  }

  /** `GET /api/models/<id>/revision/<revision>?blobs=true`: the files of a revision. */
  list(id: string, revision: string, signal: AbortSignal): Promise<HubAnswer> {
    const path = `/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
    return this.#get(path, { id, revision, file: null }, {}, signal);
  }

  /** `GET /<id>/resolve/<commit>/<file>` through its redirects; `from` > 0 asks for the bytes from there on. */
  file(
    id: string,
    commit: string,
    file: string,
    range: { readonly from: number; readonly validator: string | null },
    signal: AbortSignal,
  ): Promise<HubAnswer> {
    const path = `/${id}/resolve/${encodeURIComponent(commit)}/${file.split('/').map(encodeURIComponent).join('/')}`;
    const headers: Record<string, string> = {};
    if (range.from > 0) {
      headers.range = `bytes=${range.from}-`;
      if (range.validator !== null) headers['if-range'] = range.validator;
    }
    return this.#get(path, { id, revision: commit, file }, headers, signal);
  }

  /** @throws `hub_unreachable`, `hub_unavailable`, `hub_rate_limited` (all later), `hub_denied`, `hub_not_found`, `hub_insecure_redirect`, `hub_bad_answer` */
  async #get(
    path: string,
    asked: Pick<HubRequest, 'id' | 'revision' | 'file'>,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HubAnswer> {
    const request = { ...asked, token: this.#token !== undefined, endpoint: this.endpoint };
    let url = new URL(this.endpoint.origin + this.endpoint.pathname.replace(/\/$/, '') + path);
    let contentHash: string | null = null;
    let commit: string | null = null;
    let bytes: string | null = null;
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const own = url.origin === this.endpoint.origin;
      const response = await this.#send(url, own, headers, signal);
      if (own) {
        contentHash ??= hashOf(response.headers);
        commit ??= response.headers.get('x-repo-commit');
        bytes ??= response.headers.get('x-linked-size');
      }
      const location = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && location !== null) {
        await response.body?.cancel();
        url = redirectTarget(location, url, this.endpoint);
      } else if ([200, 206, 416].includes(response.status)) {
        return { response, contentHash, commit, bytes: bytes === null ? null : Number(bytes) };
      } else {
        await response.body?.cancel();
        throw hubFailure(response, request, own, url.host);
      }
    }
    throw fault('hub_bad_answer', `${this.endpoint.host} redirects more than ${REDIRECTS_MAX} times.`);
  }

  async #send(url: URL, own: boolean, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
    const authorization = own && this.#token !== undefined ? { authorization: `Bearer ${this.#token}` } : {};
    try {
      return await this.#fetch(url, {
        // Compressed bytes can neither be counted nor asked for from the middle.
        headers: { 'accept-encoding': 'identity', 'user-agent': this.#userAgent, ...headers, ...authorization },
        redirect: 'manual',
        signal,
      });
    } catch (cause) {
      if (signal.aborted || cause instanceof StreetdexError) throw cause;
      const why = ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error).message;
      throw fault(
        'hub_unreachable',
        `${url.host} could not be reached (${why}). Check the network, and HF_ENDPOINT where it is set; what has come is kept.`,
        { cause, retryAfterS: 0 },
      );
    }
  }
}

function hashOf(headers: Headers): string | null {
  const etag = headers.get('x-linked-etag') ?? headers.get('etag');
  return /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(etag ?? '')?.[1] ?? null;
}

/** The hub's answer as text. @throws `hub_unreachable` (later) when it breaks off, `hub_bad_answer` when it is too long */
export async function readText(response: Response, host: string, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > bytesMax) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw fault('hub_unreachable', `The answer of ${host} broke off. Try again.`, {
      cause,
      retryAfterS: 0,
    });
  }
  if (bytes > bytesMax) {
    throw fault('hub_bad_answer', `Expected an answer of at most ${bytesMax} bytes from ${host}, got more.`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** One place, so that all failures of this kind read alike. */
export const cutOff = (file: string, received: number, total: number, cause?: unknown) =>
  cause === undefined
    ? fault('hub_cut', cutSentence(file, received, total), { retryAfterS: 0 })
    : fault('hub_cut', cutSentence(file, received, total), { cause, retryAfterS: 0 });

const cutSentence = (file: string, received: number, total: number) =>
  `Expected ${total} bytes of ${file}, but the connection broke off after ${received}. Run the same command again: it goes on from there.`;
