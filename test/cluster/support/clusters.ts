import { randomBytes } from 'node:crypto';
import { ClusterStore } from '../../../src/references/weaviate/cluster-store.js';
import { temporaryFolder } from '../../support/references.js';

const nodes = process.env.STREETDEX_TEST_CLUSTER ?? '';
const control = process.env.STREETDEX_TEST_CLUSTER_CONTROL ?? '';

/** A place in the cluster that nobody has used. */
export function emptyPlace(): { readonly location: string; readonly store: ClusterStore; dispose(): Promise<void> } {
  const name = `Test${randomBytes(6).toString('hex')}`;
  const location = `weaviate://${nodes}/${name}`;
  const store = new ClusterStore(location, temporaryFolder());
  return {
    location,
    store,
    dispose: async () => {
      await store.close();
      await forget(name);
      await forget(`${name}Source`);
    },
  };
}

/** As a node, by its HTTP port: for what streetdex itself never asks. */
export async function askNode(node: number, method: string, path: string, body?: unknown): Promise<Response> {
  const [host, port] = (nodes.split(',')[node] ?? '').split(':');
  return fetch(`http://${host}:${port}/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function forget(name: string): Promise<void> {
  await askNode(0, 'DELETE', `/schema/${name}`);
}

export async function killNode(node: number): Promise<void> {
  await fetch(`${control}/kill/${node}`, { method: 'POST' });
}

/** Resolves when it says that it is ready. */
export async function startNode(node: number): Promise<void> {
  const answer = await fetch(`${control}/start/${node}`, { method: 'POST' });
  if (!answer.ok) throw new Error(await answer.text());
}
