import { setTimeout as pause } from 'node:timers/promises';
import type { Collection, WeaviateClient } from 'weaviate-client';
import { fault, StreetdexError } from '../../domain/errors.js';
import type { EngineCall } from '../store.js';
import type { ClusterAddress, ClusterNode } from './cluster-address.js';
import { clusterError, isAway, isRefused, messageOf } from './cluster-errors.js';
import { loadClient } from './load-client.js';
import { NodeStates } from './node-states.js';
import type { ObjectFields } from './object-fields.js';

/** Longest time a call may take at one node: without a quorum the server hangs rather than refuses. */
const DEADLINES_MS = { search: 2_000, get: 10_000, walk: 30_000, write: 30_000, rest: 5_000, schema: 30_000 } as const;
export type CallKind = keyof typeof DEADLINES_MS;
/** The client library's own timeouts, longer than ours, so that our error is the one that is seen. */
const CLIENT_TIMEOUT_S = { init: 5, query: 31, insert: 31 };
const ROUNDS = 3;
/** Rounds where no other node will do, some three seconds in all: a node reports ready before it serves gRPC. */
const ROUNDS_AT_ONE = 6;
const PAUSE_MS = 100;
const SETTLE_ATTEMPTS = 100;
/** A client of a node that was away is closed after this time. */
const CLIENT_CLOSE_MS = 60_000;
/** For so long writes ask for a quorum, after one that not every replica took while no node was known to be away. */
const QUORUM_MS = 10_000;

export type Objects = Collection<ObjectFields, string>;
/** ALL lets the next read see the write at whatever node; with a node away, two of three have to do. */
export type WriteLevel = 'ALL' | 'QUORUM';
/** The parsed answer; null for a 404, undefined for an empty answer. */
export type Request = (method: string, path: string, body?: unknown) => Promise<unknown>;

/**
 * Calls a cluster: a node that is known to have everything first, the others in turn where it does not answer.
 * @throws `cluster_unreachable` (later), `cluster_forbidden`, `cluster_failed`
 */
export class ClusterClient {
  readonly states: NodeStates;
  /** Called after each call to a node. */
  onCall: (call: EngineCall) => void = () => undefined;
  /** Called for each answer that may lack something. */
  onDegraded: () => void = () => undefined;
  /** Called where a write was not taken by all replicas: a node may be away. */
  onDoubt: () => void = () => undefined;
  readonly #clients = new Map<ClusterNode, Promise<WeaviateClient>>();
  readonly #key: string | undefined;
  #quorumUntilMs = 0;
  #quorums = 0;

  constructor(
    readonly address: ClusterAddress,
    key: string | undefined,
  ) {
    this.#key = key;
    this.states = new NodeStates(address.nodes);
  }

  /** How often a write was acknowledged by two of three alone. */
  get quorums(): number {
    return this.#quorums;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` };
  }

  urlOf({ host, port }: ClusterNode, path: string): string {
    return `http${this.address.secure ? 's' : ''}://${host}:${port}/v1${path}`;
  }

  get level(): WriteLevel {
    return this.states.count('away') > 0 || Date.now() < this.#quorumUntilMs ? 'QUORUM' : 'ALL';
  }

  /** Reads by gRPC; where a node does not answer, the next is asked. */
  read<T>(collection: string, work: (objects: Objects) => Promise<T>, kind: CallKind = 'get'): Promise<T> {
    return this.#anywhere(kind, async (node) => work(await this.#objects(node, collection)));
  }

  /** Like `read`, and says whether the node that answered may lack something. */
  search<T>(
    collection: string,
    work: (objects: Objects) => Promise<T>,
  ): Promise<{ readonly found: T; readonly degraded: boolean }> {
    return this.#anywhere('search', async (node) => {
      const askedMs = performance.now();
      const before = this.states.isDegraded(node, askedMs);
      const found = await work(await this.#objects(node, collection));
      const degraded = before || this.states.isDegraded(node, askedMs);
      if (degraded) this.onDegraded();
      return { found, degraded };
    });
  }

  /** Reads at this node and no other. */
  async probe<T>(node: ClusterNode, collection: string, work: (objects: Objects) => Promise<T>): Promise<T> {
    return this.#measured('get', async () => work(await this.#objects(node, collection)), false).catch((error) => {
      if (isAway(error)) this.#reconnect(node);
      throw error;
    });
  }

  /** Writes by REST; `work` has to be idempotent. Where not every replica answers, a quorum is asked. */
  async write<T>(work: (request: Request, level: WriteLevel) => Promise<T>): Promise<T> {
    const at = (level: WriteLevel) => {
      if (level === 'QUORUM') this.#quorums++;
      return this.#anywhere('write', (node) =>
        work((method, path, body) => this.#request(node, method, path, body, DEADLINES_MS.write), level),
      );
    };
    if (this.level === 'QUORUM') return at('QUORUM');
    try {
      return await at('ALL');
    } catch (error) {
      if (!(error instanceof StreetdexError) || error.code === 'cluster_forbidden') throw error;
      this.#quorumUntilMs = Date.now() + QUORUM_MS;
      this.onDoubt();
      return at('QUORUM');
    }
  }

  /** Reads this node's own replica, with retries. @throws `cluster_unreachable` (later) where it does not answer */
  async readAt<T>(node: ClusterNode, collection: string, work: (objects: Objects) => Promise<T>): Promise<T> {
    const read = async () => work((await this.#objects(node, collection)).withConsistency('ONE'));
    for (let round = 0; ; round++) {
      try {
        return await this.#measured('walk', read, round + 1 < ROUNDS_AT_ONE);
      } catch (error) {
        if (!isAway(error)) throw clusterError(error);
        // The node may be back, and the connection one of before it was away.
        this.#reconnect(node);
        if (round + 1 < ROUNDS_AT_ONE) await pause(PAUSE_MS * 2 ** round * (0.5 + Math.random()));
        else throw silent(node, error);
      }
    }
  }

  /** Waits until every node that answers knows a collection that was just made. */
  async settle(collection: string): Promise<void> {
    for (const node of this.address.nodes) {
      for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
        try {
          await this.probe(node, collection, (objects) => objects.query.fetchObjects({ limit: 1 }));
          break;
        } catch (error) {
          if (isAway(error)) break;
          await pause(PAUSE_MS);
        }
      }
    }
  }

  /** The parsed answer; null for a 404, undefined for an empty answer. */
  rest(method: string, path: string, body?: unknown): Promise<unknown> {
    const kind = method !== 'GET' && path.startsWith('/schema') ? 'schema' : 'rest';
    return this.#anywhere(kind, (node) => this.#request(node, method, path, body, DEADLINES_MS[kind]));
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) await client.then((one) => one.close()).catch(() => undefined);
  }

  async #anywhere<T>(kind: CallKind, work: (node: ClusterNode) => Promise<T>): Promise<T> {
    let last: unknown;
    // Where all are away, earlier calls have waited already.
    const rounds = this.states.count('away') === this.address.nodes.length ? 1 : ROUNDS;
    for (let round = 0; round < rounds; round++) {
      for (const node of this.states.inTurn()) {
        try {
          const result = await this.#measured(kind, () => work(node), true);
          this.states.answered(node);
          this.states.prefer(node);
          return result;
        } catch (error) {
          if (error instanceof StreetdexError || !isAway(error)) throw clusterError(error);
          // A write also waits for the other nodes, so its timeout does not tell who is away.
          if (kind !== 'write' || isRefused(error)) this.states.departed(node);
          this.#reconnect(node);
          last = error;
        }
      }
      // Jitter, so that many who lost the same node do not come back together.
      if (round + 1 < rounds) await pause(PAUSE_MS * 2 ** round * (0.5 + Math.random()));
    }
    const { nodes } = this.address;
    throw fault(
      'cluster_unreachable',
      `Expected a node of the cluster (${nodes.map(({ host, port }) => `${host}:${port}`).join(', ')}) to answer, but none did: ${messageOf(last)}`,
      { retryAfterS: 5, cause: last },
    );
  }

  async #measured<T>(kind: CallKind, work: () => Promise<T>, again: boolean): Promise<T> {
    const started = performance.now();
    const ended = (outcome: EngineCall['outcome']) =>
      this.onCall({ kind, seconds: (performance.now() - started) / 1000, outcome });
    try {
      const result = await within(DEADLINES_MS[kind], work());
      ended('ok');
      return result;
    } catch (error) {
      ended(again && isAway(error) ? 'retried' : 'failed');
      throw error;
    }
  }

  async #objects(node: ClusterNode, collection: string): Promise<Objects> {
    return (await this.#clientOf(node)).collections.get<ObjectFields>(collection);
  }

  #clientOf(node: ClusterNode): Promise<WeaviateClient> {
    const client = this.#clients.get(node) ?? this.#connect(node);
    client.catch(() => this.#clients.delete(node));
    this.#clients.set(node, client);
    return client;
  }

  /**
   * A client that failed to connect retries only after up to two minutes, though the node be back: the next call makes another.
   * Calls under way end by themselves.
   */
  #reconnect(node: ClusterNode): void {
    const client = this.#clients.get(node);
    this.#clients.delete(node);
    if (client === undefined) return;
    const close = () => client.then((one) => one.close()).catch(() => undefined);
    setTimeout(close, CLIENT_CLOSE_MS).unref();
  }

  async #connect({ host, port, grpcPort }: ClusterNode): Promise<WeaviateClient> {
    const { connectToCustom, ApiKey } = loadClient();
    const { secure } = this.address;
    return connectToCustom({
      ...{ httpHost: host, httpPort: port, httpSecure: secure, grpcHost: host, grpcPort, grpcSecure: secure },
      timeout: CLIENT_TIMEOUT_S,
      skipInitChecks: true,
      ...(this.#key === undefined ? {} : { authCredentials: new ApiKey(this.#key) }),
    });
  }

  async #request(node: ClusterNode, method: string, path: string, body: unknown, withinMs: number): Promise<unknown> {
    const response = await fetch(this.urlOf(node, path), {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...this.headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(withinMs),
    });
    const text = await response.text();
    if (response.status === 404) return null;
    if (response.ok) return text === '' ? undefined : JSON.parse(text);
    throw new Error(`${response.status} ${method} ${path}: ${text.slice(0, 500)}`);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = pause(ms, undefined, { signal: ended.signal, ref: false }).then(() => {
    throw new Error(`timed out after ${ms / 1000} s`);
  });
  // The call that timed out may still fail, and nobody awaits it.
  work.catch(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort();
  }
}

function silent({ host, port }: ClusterNode, error: unknown) {
  return fault(
    'cluster_unreachable',
    `Expected each node to answer, since each one's replica is to be looked at, but ${host}:${port} did not: ${messageOf(error)}`,
    { retryAfterS: 30, cause: error },
  );
}
