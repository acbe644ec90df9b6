import { randomBytes } from 'node:crypto';
import { type ClusterOptions, ClusterStore, type SettleTimes } from '../../../src/references/weaviate/cluster-store.js';
import { temporaryFolder } from '../../support/references.js';

/** Their addresses, as `--index` takes them. */
export const NODES = process.env.STREETDEX_TEST_CLUSTER ?? '';
/** Whether what takes a minute or more is to run: `npm run test:cluster -- --all`. */
export const RUNS_LONG = process.env.CLUSTER_ALL !== undefined;

/** Where each node keeps its data, in `node1` and so on. */
export const NODES_FOLDER = process.env.STREETDEX_TEST_CLUSTER_FOLDER ?? '';

const control = process.env.STREETDEX_TEST_CLUSTER_CONTROL ?? '';

/** For the program as a process: it knows no settings of tests. */
export function programEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STREETDEX_TEST_')));
}

export interface Place {
  readonly name: string;
  readonly location: string;
  readonly store: ClusterStore;
  /** The same index as another machine has it: with a journal of its own, by other ways to the nodes where they are given. */
  another(ways?: string, times?: Partial<SettleTimes>): ClusterStore;
  dispose(): Promise<void>;
}

/** A place in the cluster that nobody has used. */
export function emptyPlace(): Place {
  const name = `Test${randomBytes(6).toString('hex')}`;
  const stores: ClusterStore[] = [];
  const another = (ways = NODES, times: Partial<SettleTimes> = {}) => {
    const quick = { verifyMs: 10_000, reconcileMs: 50, freshMs: 0, ...times };
    const store = new ClusterStore(`weaviate://${ways}/${name}`, temporaryFolder(), { times: quick });
    stores.push(store);
    return store;
  };
  return {
    name,
    location: `weaviate://${NODES}/${name}`,
    store: another(),
    another,
    dispose: async () => {
      for (const store of stores) await store.close();
      await forget(name);
      await forget(`${name}Source`);
      await forget(`${name}Summary`);
      await forget(`${name}Thumb`);
    },
  };
}

/** The same place as another process sees it. */
export function storeAt(location: string, folder: string, options: ClusterOptions = {}): ClusterStore {
  return new ClusterStore(location, folder, options);
}

export function nodeAddresses(node: number): { readonly host: string; readonly port: number; readonly grpc: number } {
  const [host = '', port, grpc] = (NODES.split(',')[node] ?? '').split(':');
  return { host, port: Number(port), grpc: Number(grpc) };
}

/** As a node, by its HTTP port: for what streetdex itself never asks. */
export async function askNode(node: number, method: string, path: string, body?: unknown): Promise<Response> {
  const { host, port } = nodeAddresses(node);
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

/** It keeps its connections and answers nothing. */
export async function pauseNode(node: number): Promise<void> {
  await fetch(`${control}/pause/${node}`, { method: 'POST' });
}

export async function resumeNode(node: number): Promise<void> {
  await fetch(`${control}/resume/${node}`, { method: 'POST' });
}

/** Resolves when it says that it is ready. @param more settings that the other nodes do not have */
export async function startNode(node: number, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const answer = await fetch(`${control}/start/${node}?${new URLSearchParams(more)}`, { method: 'POST' });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A place as one sees it who knows but one node of it. */
export function onlyAt(location: string, node: number): string {
  return location.replace(NODES, NODES.split(',')[node] ?? '');
}
