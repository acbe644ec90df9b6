import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import type { ClusterNode } from '../../src/references/weaviate/cluster-address.js';
import { ClusterClient } from '../../src/references/weaviate/cluster-client.js';

let server: Http2Server | undefined;
let client: ClusterClient | undefined;
const sessions: ServerHttp2Session[] = [];
afterEach(async () => {
  await client?.close();
  for (const session of sessions) session.destroy();
  server?.close();
});

/** A server of gRPC that knows no call: to be told so takes a connection. */
async function listen(port = 0): Promise<number> {
  server = createServer();
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': 12 }, { endStream: true });
  });
  const own = server;
  await new Promise<void>((resolve) => own.listen(port, '127.0.0.1', resolve));
  return (own.address() as AddressInfo).port;
}

it('a node that was away for long is connected to at once when it is back', async () => {
  const grpcPort = await listen();
  server?.close();
  const node: ClusterNode = { host: '127.0.0.1', port: 1, grpcPort };
  client = new ClusterClient({ nodes: [node], name: 'Name', secure: false }, undefined);
  const told = () =>
    client
      ?.probe(node, 'Name', (objects) => objects.query.fetchObjects({ limit: 1 }))
      .then(
        () => 'an answer',
        (error: Error) => error.message,
      );
  // Whoever waits 1, 1.6, 2.6 … seconds between his tries waits for some seconds more by then.
  for (const until = performance.now() + 12_000; performance.now() < until; ) {
    expect(await told()).toContain('UNAVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await listen(grpcPort);
  const back = performance.now();
  while (!(await told())?.includes('UNIMPLEMENTED')) {
    expect(performance.now() - back).toBeLessThan(1500);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
