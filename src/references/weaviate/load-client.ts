import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../config/package-root.js';
import { VERSION_MIN } from './least-version.js';

type Client = typeof import('weaviate-client');

/** Internals that are changed, since the library has no options for them. */
interface Inner {
  readonly retryOptions: { retry: boolean };
  readonly DbVersion: { fromString(version: string): unknown };
  readonly DbVersionProvider: { readonly prototype: { getVersion: () => Promise<unknown> } };
}

/** What gRPC keeps connections in. */
interface Pools {
  getSubchannelPool: (shared: boolean) => unknown;
}

let loaded: Client | undefined;

/**
 * Loads weaviate-client on first use, since that takes longer than a command that does not need it, and changes it in three ways.
 * It asks a dead node five times over half a minute, with messages on standard error, where another node answers at once. It
 * asks each node for its version, which we know, in a promise that nobody awaits: a node that is down would end the process. And
 * its gRPC shares connections between all clients of a process: to a node that was away a new client waited as long as one that
 * had failed, up to two minutes.
 */
export function loadClient(): Client {
  if (loaded !== undefined) return loaded;
  const load = createRequire(join(packageRoot(), 'package.json'));
  const name = 'weaviate-client';
  const inner = (file: string) => load(join(dirname(load.resolve(name)), file)) as Inner;
  inner('grpc/retry.js').retryOptions.retry = false;
  const { DbVersion, DbVersionProvider } = inner('utils/dbVersion.js');
  DbVersionProvider.prototype.getVersion = async () => DbVersion.fromString(VERSION_MIN.join('.'));
  const grpc = createRequire(createRequire(load.resolve(name)).resolve('nice-grpc')).resolve('@grpc/grpc-js');
  const pools = load(join(dirname(grpc), 'subchannel-pool.js')) as Pools;
  const poolOf = pools.getSubchannelPool;
  pools.getSubchannelPool = () => poolOf(false);
  loaded = load(name) as Client;
  return loaded;
}
