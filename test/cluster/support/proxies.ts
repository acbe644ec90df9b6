import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { nodeAddresses } from './clusters.js';

export interface Meddler {
  /** `host:port:grpc` to ask by. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Stands before a node's HTTP port; gRPC goes to the node itself.
 * @param meddle called before a request is passed on; a number it gives is the status that is answered in its place
 */
export async function meddler(
  node: number,
  meddle: (request: IncomingMessage) => Promise<number | undefined>,
): Promise<Meddler> {
  const { host, port, grpc } = nodeAddresses(node);
  const server = createHttpServer(async (own, response) => {
    const status = await meddle(own);
    if (status !== undefined) {
      response.writeHead(status).end(JSON.stringify({ error: [{ message: 'too many requests' }] }));
      return;
    }
    const passed = request({ host, port, path: own.url, method: own.method, headers: own.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    own.pipe(passed);
  });
  return { address: `127.0.0.1:${await listening(server)}:${grpc}`, close: () => closed(server) };
}

/** A way to a node that can be cut and mended: what was said before and after stays unsaid while it is cut. */
export async function wayTo(node: number): Promise<Meddler & { cut(): void; mend(): void }> {
  const { host, port, grpc } = nodeAddresses(node);
  let isCut = false;
  const sockets = new Set<Socket>();
  const way = async (to: number): Promise<[Server, number]> => {
    const server = createServer((own) => {
      sockets.add(own);
      own.on('error', () => undefined).on('close', () => sockets.delete(own));
      // As of a network that drops packets: nobody is told.
      if (isCut) return;
      const node = connect(to, host);
      sockets.add(node);
      node.on('error', () => own.destroy()).on('close', () => sockets.delete(node));
      own.pipe(node).pipe(own);
    });
    return [server, await listening(server)];
  };
  const ways = [await way(port), await way(grpc)] as const;
  return {
    address: `127.0.0.1:${ways[0][1]}:${ways[1][1]}`,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: () => {
      isCut = false;
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(ways.map(([server]) => closed(server)));
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections();
  });
}
