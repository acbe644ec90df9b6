/** What the server answered in place of what was asked for. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  constructor(
    readonly code: string,
    readonly status: number,
    /** The server's own sentence, in English. */
    readonly detail: string,
    readonly retryAfterMs: number | null,
    readonly requestId: string | null,
  ) {
    super(detail);
  }
}

/** The server can't be reached. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone';
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; request_id?: string };
  const seconds = Number(response.headers.get('retry-after'));
  return new ApiProblem(
    body.code ?? `http_${response.status}`,
    response.status,
    body.detail ?? response.statusText,
    seconds > 0 ? seconds * 1000 : null,
    body.request_id ?? null,
  );
}

export const isAbort = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === 'AbortError';
