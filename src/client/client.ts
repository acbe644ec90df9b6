import type { LocateLine, Problem } from '../api/types.js';
import type { Calls } from './calls.js';

export type * from '../api/types.js';
export { answerGeoJson } from './answer-geojson.js';
export type { Calls } from './calls.js';

export interface ClientOptions {
  /** Where the server is, e.g. `http://127.0.0.1:8080`; in a page the folder that it came from. */
  readonly baseUrl: string;
  /** An API key of the server. */
  readonly key?: string;
  readonly fetch?: typeof fetch;
}

/** What a call takes: its own parameters and body, and what every call may be given. */
export type Input<Name extends keyof Calls> = Omit<Calls[Name], 'answer'> & {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Answer<Name extends keyof Calls> = Calls[Name]['answer'];

/** Optional where nothing of it is required. */
type Given<Name extends keyof Calls> =
  Record<never, never> extends Input<Name> ? [input?: Input<Name>] : [input: Input<Name>];

export interface Client {
  /**
   * Makes a call by its method and path, e.g. `call('GET /v1/references/{id}', { path: { id } })`.
   * @returns the JSON of the answer, undefined for one without content, else the whole `Response`
   * @throws `ApiProblem`, and what `fetch` throws
   */
  call<Name extends keyof Calls>(name: Name, ...given: Given<Name>): Promise<Answer<Name>>;
}

/** Why the server refused a call, in its own words. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly problem: Problem,
    /** When to try again, where the server says so. */
    readonly retryAfterS: number | null,
  ) {
    super(problem.detail);
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

interface AnyInput {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client of the HTTP API, in browsers and Node. */
export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? fetch;
  return {
    call: async (name, ...given) => {
      // The types are for who calls: here every call is the same.
      const input = (given[0] ?? {}) as AnyInput;
      const [method = '', path = ''] = name.split(' ');
      const response = await send(urlOf(options.baseUrl, path, input), {
        method,
        headers: {
          ...(options.key !== undefined && { 'X-API-Key': options.key }),
          ...(input.json !== undefined && { 'Content-Type': 'application/json' }),
          ...input.headers,
        },
        ...(input.json !== undefined && { body: JSON.stringify(input.json) }),
        ...(input.form !== undefined && { body: formOf(input.form) }),
        ...(input.signal !== undefined && { signal: input.signal }),
      });
      // By the server's own schemas; nothing here looks whether it keeps to them.
      return (await answerOf(response)) as never;
    },
  };
}

function urlOf(baseUrl: string, path: string, { path: parts = {}, query = {} }: AnyInput): string {
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(parts[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(name, String(one));
  }
  const text = search.toString();
  return `${baseUrl.replace(/\/+$/, '')}${filled}${text === '' ? '' : `?${text}`}`;
}

/** Files as files, everything else as JSON. */
function formOf(fields: Readonly<Record<string, unknown>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one instanceof Blob) form.append(name, one, 'name' in one ? String(one.name) : name);
      else if (one !== undefined) form.append(name, JSON.stringify(one));
    }
  }
  return form;
}

async function answerOf(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok) throw await problemOf(response, type);
  if (response.status === 204) return undefined;
  return /^application\/(?:[\w.-]+\+)?json\b/.test(type) ? response.json() : response;
}

async function problemOf(response: Response, type: string): Promise<ApiProblem> {
  const after = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterS = Number.isFinite(after) ? after : null;
  if (type.startsWith('application/problem+json'))
    return new ApiProblem((await response.json()) as Problem, retryAfterS);
  // Of a proxy in between, which has no problems of ours.
  const problem: Problem = {
    ...{ type: 'about:blank', title: response.statusText, status: response.status, code: 'no_problem_given' },
    ...{ detail: `The answer had the status ${response.status}.`, instance: '', errors: [], request_id: '' },
  };
  return new ApiProblem(problem, retryAfterS);
}

/** The lines of a `POST /v1/locate/batch`, each as soon as it is there. */
export async function* readLines(response: Response): AsyncGenerator<LocateLine> {
  for await (const line of pieces(response, '\n')) if (line !== '') yield JSON.parse(line) as LocateLine;
}

export interface ServerEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: unknown;
}

/** The events of a `GET /v1/ingestions/{id}/events`; unlike an EventSource it can carry a key. */
export async function* readEvents(response: Response): AsyncGenerator<ServerEvent> {
  for await (const block of pieces(response, '\n\n')) {
    const fields = new Map(
      block.split('\n').map((line) => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
    );
    const data = fields.get('data');
    if (data === undefined) continue;
    yield { id: fields.get('id') ?? null, event: fields.get('event') ?? 'message', data: JSON.parse(data) as unknown };
  }
}

async function* pieces(response: Response, end: string): AsyncGenerator<string> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  try {
    for (let rest = ''; ; ) {
      const { done, value } = await reader.read();
      const parts = (rest + decoder.decode(value, { stream: !done })).split(end);
      rest = parts.pop() ?? '';
      yield* parts;
      if (!done) continue;
      if (rest !== '') yield rest;
      return;
    }
  } finally {
    // Who stops reading early lets the server know.
    await reader.cancel().catch(() => undefined);
  }
}
