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

let loaded: Client | undefined;

/**
 * Loads weaviate-client on first use, since that takes longer than a command that does not need it, and changes it in two ways.
 * It asks a dead node five times over half a minute, with messages on standard error, where another node answers at once. And
 * it asks each node for its version, which we know, in a promise that nobody awaits: a node that is down would end the process.
 */
export function loadClient(): Client {
  if (loaded !== undefined) return loaded;
  const load = createRequire(join(packageRoot(), 'package.json'));
  const name = 'weaviate-client';
  const inner = (file: string) => load(join(dirname(load.resolve(name)), file)) as Inner;
  inner('grpc/retry.js').retryOptions.retry = false;
  const { DbVersion, DbVersionProvider } = inner('utils/dbVersion.js');
  DbVersionProvider.prototype.getVersion = async () => DbVersion.fromString(VERSION_MIN.join('.'));
  loaded = load(name) as Client;
  return loaded;
}
