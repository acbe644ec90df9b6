import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { Live } from '../api/types.js';
import { fault, type StreetdexError } from '../domain/errors.js';
import { HEARD_AT } from './caller-address.js';
import { toProblem } from './to-problem.js';

/** Who answers the calls that are passed on. */
export interface Answerer {
  /** Path of the socket that it listens on; null while it does not. */
  readonly socket: string | null;
  /** Figures of it for Prometheus, beside its own. */
  metrics(): string;
}

/** They are between two neighbours, not between the ends (RFC 9110, 7.6.1); a body's length or chunks Node says anew. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect']);

/**
 * Passes each call on to a process that may die, and its answer back as it comes. A call that the process dies under, or
 * that comes before there is another, is a 503 with `Retry-After`. That this process answers at all, it says itself.
 */
export function passOn(answerer: Answerer): RequestListener {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  return (request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path === '/livez' && (request.method === 'GET' || request.method === 'HEAD')) return sendLive(response);
    const { socket } = answerer;
    if (socket === null) return refuse(request, response);
    const headers = headersOf(request);
    // What is added has to be readable.
    if (path === '/metrics') delete headers['accept-encoding'];
    const asked = httpRequest({ socketPath: socket, agent, method: request.method, path: request.url, headers });
    asked.on('response', (answer) => {
      const isMetrics = path === '/metrics' && request.method === 'GET' && answer.statusCode === 200;
      begin(response, answer, isMetrics);
      if (isMetrics) answer.once('end', () => response.end(answerer.metrics()));
      answer.on('error', () => response.destroy());
      answer.pipe(response, { end: !isMetrics });
    });
    asked.on('error', () => {
      if (response.headersSent) response.destroy();
      else refuse(request, response);
    });
    response.once('close', () => {
      if (!response.writableFinished) asked.destroy();
    });
    request.pipe(asked);
  };
}

function headersOf(request: IncomingMessage): Record<string, string | string[] | undefined> {
  const headers = Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name));
  // As every proxy does; how many of these count is for the other to know.
  const heard = [request.headers['x-forwarded-for'] ?? [], request.socket.remoteAddress ?? ''].flat();
  return {
    ...Object.fromEntries(headers),
    'x-forwarded-for': heard.join(', '),
    [HEARD_AT]: request.socket.localAddress ?? '',
  };
}

function begin(response: ServerResponse, answer: IncomingMessage, grows: boolean): void {
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || (grows && name === 'content-length')) continue;
    response.setHeader(name, value);
  }
  if (answer.headers.connection === 'close') response.setHeader('Connection', 'close');
  response.writeHead(answer.statusCode ?? 500, answer.statusMessage);
}

function sendLive(response: ServerResponse): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8').setHeader('Cache-Control', 'no-store');
  response.end(JSON.stringify({ live: true } satisfies Live));
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  const error = restarting();
  const problem = toProblem(error, request.url ?? '', '');
  // A body that is still on its way is not read.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.setHeader('Retry-After', String(error.options.retryAfterS)).setHeader('Cache-Control', 'no-store');
  response.writeHead(error.status, { 'Content-Type': 'application/problem+json' });
  response.end(JSON.stringify(problem));
}

const restarting = (): StreetdexError =>
  fault(
    'server_restarting',
    'The process that answers ended unexpectedly and is being started again. Try again soon.',
    {
      retryAfterS: 2,
    },
  );
