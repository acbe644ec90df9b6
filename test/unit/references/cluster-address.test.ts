import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parseClusterAddress } from '../../../src/references/weaviate/cluster-address.js';
import { ClusterStore } from '../../../src/references/weaviate/cluster-store.js';
import { MODEL, temporaryFolder } from '../../support/references.js';

describe('the address of a cluster', () => {
  it('names nodes with their ports, and a collection', () => {
    expect(parseClusterAddress('weaviate://a.example:8081:50052,[::1]:8082,b/Street_1')).toEqual({
      nodes: [
        { host: 'a.example', port: 8081, grpcPort: 50052 },
        { host: '[::1]', port: 8082, grpcPort: 50051 },
        { host: 'b', port: 8080, grpcPort: 50051 },
      ],
      secure: false,
      name: 'Street_1',
    });
    expect(parseClusterAddress('weaviates://a/Name').secure).toBe(true);
  });

  it.each([
    'weaviate://a/name',
    'weaviate://a',
    'weaviate:///Name',
    'weaviate://a,,b/Name',
    'weaviate://a:99999/Name',
    'weaviate://a b/Name',
    'weaviate://a/Na-me',
  ])('is refused where it is none: %s', (location) => {
    expect(() => parseClusterAddress(location)).toThrow(expect.objectContaining({ code: 'cluster_address_invalid' }));
  });
});

describe('a cluster that is not as it should be', () => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  async function storeOf(
    answer: (path: string, key: string) => [status: number, body: unknown],
  ): Promise<ClusterStore> {
    server = createServer((request, response) => {
      const [status, body] = answer(request.url ?? '', request.headers.authorization ?? '');
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new ClusterStore(`weaviate://127.0.0.1:${port}:${port}/Mine`, temporaryFolder(), { key: 'a key' });
  }

  it('by its version is refused before anything is made', async () => {
    const store = await storeOf((path) =>
      path === '/v1/nodes' ? [200, { nodes: [{ name: 'n1', status: 'HEALTHY', version: '1.38.6' }] }] : [404, {}],
    );
    await expect(store.write(MODEL, async () => undefined)).rejects.toMatchObject({
      code: 'cluster_too_old',
      family: 'operator',
    });
  });

  it.each(['1.38.7', '1.39.0', '2.0.1'])('but for version %s', async (version) => {
    const description = JSON.stringify({ program: 'streetdex', format: 1, ...MODEL });
    const store = await storeOf((path) =>
      path === '/v1/nodes' ? [200, { nodes: [{ name: 'n1', status: 'HEALTHY', version }] }] : [200, { description }],
    );
    expect((await (await store.open()).model()).modelId).toBe(MODEL.modelId);
    await store.close();
  });

  it('by the key is said so', async () => {
    const store = await storeOf((_path, key) =>
      key === 'Bearer another' ? [404, {}] : [401, { error: 'anonymous access not enabled' }],
    );
    await expect(store.identity()).rejects.toMatchObject({ code: 'cluster_forbidden', family: 'operator' });
  });

  it('by what it says is told in its own words', async () => {
    const store = await storeOf(() => [422, { error: [{ message: 'out of paper' }] }]);
    await expect(store.identity()).rejects.toMatchObject({
      code: 'cluster_failed',
      message: expect.stringContaining('out of paper'),
    });
  });
});
