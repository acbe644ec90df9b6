import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fault } from '../domain/errors.js';
import type { Server } from './create-server.js';
import { isLoopback } from './same-origin.js';

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 120_000;
const IDLE_CHECK_MS = 50;
/** Of the time that a shutdown may take, so much is kept for what comes after the calls: a graph to save, threads to end. */
const AFTER_CALLS = 0.2;

export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /** Stops accepting, lets running calls finish within `shutdown_timeout_s`, then closes. True when all could finish. */
  close(): Promise<boolean>;
}

/**
 * Binds the server to `config.host` and `config.port` (0: a free one).
 * @throws `refuse_public_bind`, `port_in_use`, `port_forbidden`, `host_unavailable`, `listen_failed`
 */
export async function listen(server: Server): Promise<RunningServer> {
  const { host, port } = server.config;
  refusePublicBind(server);
  const http = createHttpServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 16_384 },
    server.app,
  );
  const connections = new Set<Socket>();
  http.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await bind(http, host, port);
  // Not a pipe's name: it is bound to a port.
  const bound = (http.address() as AddressInfo).port;
  const name = host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host;
  return {
    port: bound,
    url: `http://${name}:${bound}`,
    close: () => closeGracefully(http, connections, server),
  };
}

/** A server without keys answers everyone who reaches it, so only this machine may. */
function refusePublicBind({ config }: Server): void {
  if (isLoopback(config.host) || config.api_keys.length > 0 || config.api_keys_file !== undefined) return;
  throw fault(
    'refuse_public_bind',
    `Without API keys the server binds to loopback only, not to ${config.host}. Set STREETDEX_API_KEYS=read:<key> (or api_keys_file), and allowed_hosts for the name it is called by; or use --host 127.0.0.1.`,
  );
}

function bind(http: HttpServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, host, port)));
    http.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
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
