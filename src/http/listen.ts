import { createServer as createHttpServer, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fault } from '../domain/errors.js';
import type { Server } from './create-server.js';
import { isLoopback } from './same-origin.js';

const HEADERS_TIMEOUT_MS = 15_000;
/** A body has to come at a least rate besides (`BodyWatch`). */
const REQUEST_TIMEOUT_MS = 600_000;
/** An answer that nobody reads on for so long is let go. */
const UNREAD_MS = 20_000;
/** Far below what a process may have open; they cost memory, not work. */
const CONNECTIONS_MAX = 512;
const IDLE_CHECK_MS = 50;
/** Of the time that a shutdown may take, so much is kept for what comes after the calls: a graph to save, threads to end. */
const AFTER_CALLS = 0.2;

export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /** Stops accepting, lets running calls finish within `shutdown_timeout_s`, then closes. True when all could finish. */
  close(): Promise<boolean>;
}

export interface ListenOptions {
  /** How long an answer may go unread. */
  readonly unreadMs?: number;
  /** Path of a socket (on Windows a pipe) in place of the host and port of the settings: for whoever passes calls on. */
  readonly socket?: string;
}

/**
 * Binds the server to `config.host` and `config.port` (0: a free one), or to a socket.
 * @throws `refuse_public_bind`, `port_in_use`, `port_forbidden`, `host_unavailable`, `listen_failed`
 */
export async function listen(
  server: Server,
  { unreadMs = UNREAD_MS, socket }: ListenOptions = {},
): Promise<RunningServer> {
  const { host, port } = server.config;
  if (socket === undefined) refusePublicBind(server);
  const http = createHttpServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 16_384 },
    server.app,
  );
  // Who passes calls on closes what it does not need; the other way round a call could meet a socket that is just closed.
  if (socket !== undefined) http.keepAliveTimeout = 0;
  http.on('request', (_request, response) => letGoUnread(response, unreadMs));
  const connections = new Set<Socket>();
  http.on('connection', (connection) => {
    if (socket === undefined && connections.size >= CONNECTIONS_MAX) oldestOfMost(connections)?.destroy();
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  await bind(http, socket === undefined ? { host: host.replace(/^\[|\]$/g, ''), port } : { path: socket });
  const address = http.address() as AddressInfo | string;
  const bound = typeof address === 'string' ? 0 : address.port;
  const name = host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host;
  return {
    port: bound,
    url: socket === undefined ? `http://${name}:${bound}` : socket,
    close: () => closeGracefully(http, connections, server),
  };
}

/** Node asks again where some of the answer went out meanwhile; one that is not written yet is being worked on. */
function letGoUnread(response: ServerResponse, unreadMs: number): void {
  response.setTimeout(unreadMs, () => {
    if (response.writableLength > 0) response.destroy();
  });
}

/** Where too many connections are open, whoever has most of them loses one: others must find one. */
function oldestOfMost(connections: ReadonlySet<Socket>): Socket | undefined {
  const byAddress = new Map<string, Socket[]>();
  for (const socket of connections) {
    const address = socket.remoteAddress ?? '';
    byAddress.set(address, [...(byAddress.get(address) ?? []), socket]);
  }
  return [...byAddress.values()].reduce((a, b) => (b.length > a.length ? b : a), [])[0];
}

/** A server without keys answers everyone who reaches it, so only this machine may. */
function refusePublicBind({ config }: Server): void {
  if (isLoopback(config.host) || config.api_keys.length > 0 || config.api_keys_file !== undefined) return;
  throw fault(
    'refuse_public_bind',
    `Without API keys the server binds to loopback only, not to ${config.host}. Set STREETDEX_API_KEYS=read:<key> (or api_keys_file), and allowed_hosts for the name it is called by; or use --host 127.0.0.1.`,
  );
}

function bind(http: HttpServer, at: { host: string; port: number } | { path: string }): Promise<void> {
  const [host, port] = 'path' in at ? [at.path, 0] : [at.host, at.port];
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, host, port)));
    http.listen(at, resolve);
  });
}

function bindError(error: NodeJS.ErrnoException, host: string, port: number) {
  switch (error.code) {
    case 'EADDRINUSE':
      return fault(
        'port_in_use',
        `Port ${port} of ${host} is in use by another program. Stop it, or choose another with --port (0 takes a free one).`,
      );
    case 'EACCES':
      return fault('port_forbidden', `This user may not open port ${port}. Choose one above 1023 with --port.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return fault('host_unavailable', `Expected --host to be an address of this machine, got ${host}.`);
    default:
      return fault('listen_failed', `The server could not listen on ${host}:${port}.`, { cause: error });
  }
}

async function closeGracefully(http: HttpServer, connections: ReadonlySet<Socket>, server: Server): Promise<boolean> {
  server.drain();
  const closed = new Promise<true>((resolve) => http.close(() => resolve(true)));
  const stop = new AbortController();
  const callsMs = server.config.shutdown_timeout_s * 1000 * (1 - AFTER_CALLS);
  const deadline = wait(callsMs, false, { signal: stop.signal }).catch(() => false);
  // Browsers open connections ahead of need. Node takes one that has not asked yet for busy, not for idle.
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  // A connection kept alive becomes idle only when its last answer is out: ask again until all are gone.
  const idle = setInterval(() => http.closeIdleConnections(), IDLE_CHECK_MS);
  const finished = await Promise.race([closed, deadline]);
  clearInterval(idle);
  stop.abort();
  if (!finished) {
    http.closeAllConnections();
    await closed;
  }
  await server.end?.();
  return finished;
}

/** Resolves when the process is asked to end. A second signal ends it at once, as without us. */
export function untilSignal(signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const heard = (signal: NodeJS.Signals) => {
      for (const name of signals) process.off(name, heard);
      resolve(signal);
    };
    for (const name of signals) process.on(name, heard);
  });
}
