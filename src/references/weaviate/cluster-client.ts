import type { Collection, WeaviateClient } from 'weaviate-client';
import { fault, StreetdexError } from '../../domain/errors.js';
import type { ClusterAddress, ClusterNode } from './cluster-address.js';

/** Longest that a call may take: with quorum lost the server hangs rather than refuses. */
const TIMEOUT_S = { init: 5, query: 10, insert: 30 };
const REST_MS = 10_000;
const ATTEMPTS = 3;
const PAUSE_MS = 100;
const SETTLE_ATTEMPTS = 100;
const CLIENT_CLOSE_MS = 60_000;

export type Objects = Collection<undefined, string>;
/** ALL lets the next read see the write on whatever node it asks; with a node away two of three have to do. */
export type WriteLevel = 'ALL' | 'QUORUM';

const DEGRADED_MS = 30_000;

/**
 * Calls to a cluster: each goes to the node that answered last, and to the others in turn where that one does not answer.
 * @throws `cluster_unreachable` (later), `cluster_forbidden`, `cluster_failed`
 */
export class ClusterClient {
  readonly #clients = new Map<ClusterNode, Promise<WeaviateClient>>();
  #first = 0;
  #quorumUntilMs = 0;

  readonly #key: string | undefined;

  constructor(
    readonly address: ClusterAddress,
    key: string | undefined,
  ) {
    this.#key = key;
  }

  get level(): WriteLevel {
    return Date.now() < this.#quorumUntilMs ? 'QUORUM' : 'ALL';
  }

  /** Reads by gRPC; tried again at another node. */
  read<T>(collection: string, work: (objects: Objects) => Promise<T>): Promise<T> {
    return this.#anywhere(async (node) => work((await this.#clientOf(node)).collections.get(collection)));
  }

  /** Writes by gRPC or REST, which have to be idempotent; where not every replica answers, a quorum is asked. */
  async write<T>(collection: string, work: (objects: Objects, level: WriteLevel) => Promise<T>): Promise<T> {
    const at = (level: WriteLevel) =>
      this.#anywhere(async (node) => {
        const objects = (await this.#clientOf(node)).collections.get(collection).withConsistency(level);
        return work(objects, level);
      });
    if (this.level === 'QUORUM') return at('QUORUM');
    try {
      return await at('ALL');
    } catch (error) {
      if (!(error instanceof StreetdexError) || error.code === 'cluster_forbidden') throw error;
      this.#quorumUntilMs = Date.now() + DEGRADED_MS;
      return at('QUORUM');
    }
  }

  /** Reads of one node's own replica, which no other node stands in for. @throws `cluster_unreachable` (later) where it does not answer */
  async readAt<T>(node: ClusterNode, collection: string, work: (objects: Objects) => Promise<T>): Promise<T> {
    try {
      return await work((await this.#clientOf(node)).collections.get(collection).withConsistency('ONE'));
    } catch (error) {
      if (!isAway(error)) throw clusterError(error);
      this.#reconnect(node);
      throw fault(
        'cluster_unreachable',
        `Expected each node to answer, since each one's replica is to be looked at, but ${node.host}:${node.port} did not: ${messageOf(error)}`,
        { retryAfterS: 30, cause: error },
      );
    }
  }

  /** Waits until every node that answers knows a collection that was just made. */
  async settle(collection: string): Promise<void> {
    for (const node of this.address.nodes) {
      const client = await this.#clientOf(node);
      for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
        try {
          await client.collections.get(collection).query.fetchObjects({ limit: 1 });
          break;
        } catch (error) {
          if (isAway(error)) break;
          await pause(PAUSE_MS);
        }
      }
    }
  }

  /** null where the server says 404, undefined where it says no more than that it did it. */
  rest(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.#anywhere((node) => this.#request(node, method, path, body));
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) await client.then((one) => one.close()).catch(() => undefined);
  }

  async #anywhere<T>(work: (node: ClusterNode) => Promise<T>): Promise<T> {
    const { nodes } = this.address;
    let last: unknown;
    for (let attempt = 0; attempt < ATTEMPTS * nodes.length; attempt++) {
      const at = (this.#first + attempt) % nodes.length;
      try {
        const result = await work(nodes[at] as ClusterNode);
        this.#first = at;
        return result;
      } catch (error) {
        if (error instanceof StreetdexError || !isAway(error)) throw clusterError(error);
        this.#reconnect(nodes[at] as ClusterNode);
        last = error;
      }
      // Jitter, so that many who lost the same node do not come back together.
      if (attempt % nodes.length === nodes.length - 1)
        await pause(PAUSE_MS * 2 ** (attempt / nodes.length) * (0.5 + Math.random()));
    }
    throw fault(
      'cluster_unreachable',
      `Expected a node of the cluster (${nodes.map(({ host, port }) => `${host}:${port}`).join(', ')}) to answer, but none did: ${messageOf(last)}`,
      { retryAfterS: 5, cause: last },
    );
  }

  #clientOf(node: ClusterNode): Promise<WeaviateClient> {
    const client = this.#clients.get(node) ?? this.#connect(node);
    client.catch(() => this.#clients.delete(node));
    this.#clients.set(node, client);
    return client;
  }

  /** One that could not connect tries again after up to two minutes only, though the node be back. Calls under way end by themselves. */
  #reconnect(node: ClusterNode): void {
    const client = this.#clients.get(node);
    this.#clients.delete(node);
    if (client === undefined) return;
    const close = () => client.then((one) => one.close()).catch(() => undefined);
    setTimeout(close, CLIENT_CLOSE_MS).unref();
  }

  async #connect(node: ClusterNode): Promise<WeaviateClient> {
    const { host, port, grpcPort } = node;
    // As it connects the client asks what it never listens to: where a node is away, that would end the process.
    await this.#request(node, 'GET', '/.well-known/ready', undefined);
    const { connectToCustom, ApiKey } = await import('weaviate-client');
    const { secure } = this.address;
    return connectToCustom({
      ...{ httpHost: host, httpPort: port, httpSecure: secure, grpcHost: host, grpcPort, grpcSecure: secure },
      timeout: TIMEOUT_S,
      skipInitChecks: true,
      ...(this.#key === undefined ? {} : { authCredentials: new ApiKey(this.#key) }),
    });
  }

  async #request({ host, port }: ClusterNode, method: string, path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`http${this.address.secure ? 's' : ''}://${host}:${port}/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REST_MS),
    });
    const text = await response.text();
    if (response.status === 404) return null;
    if (response.ok) return text === '' ? undefined : JSON.parse(text);
    throw new Error(`${response.status} ${method} ${path}: ${text.slice(0, 500)}`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function messageOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: string; readonly cause?: { readonly message?: string } };
  return [message, cause?.message].filter(Boolean).join(': ');
}

/** Another node may answer what this one did not. */
function isAway(error: unknown): boolean {
  return /fetch failed|ECONNREFUSED|ECONNRESET|EPIPE|UNAVAILABLE|DEADLINE_EXCEEDED|timed? ?out|aborted|TimeoutError|\b50[234]\b/i.test(
    `${(error as Error).name} ${messageOf(error)}`,
  );
}

function clusterError(error: unknown): unknown {
  if (error instanceof StreetdexError) return error;
  const message = messageOf(error);
  if (/\b(401|403)\b|UNAUTHENTICATED|PERMISSION_DENIED|forbidden/i.test(message)) {
    return fault(
      'cluster_forbidden',
      `The cluster refused the key, or what was asked with it: ${message}. Set STREETDEX_WEAVIATE_API_KEY to a key that may do this.`,
      { cause: error },
    );
  }
  return fault('cluster_failed', `The cluster could not do what was asked: ${message}`, { cause: error });
}
