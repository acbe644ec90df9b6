import { EmbeddedStore } from './embedded/embedded-store.js';
import type { Store } from './store.js';
import { isClusterAddress } from './weaviate/cluster-address.js';
import { type ClusterOptions, ClusterStore } from './weaviate/cluster-store.js';

/**
 * The store at a location: a folder of this machine, or the address of a cluster. Opens nothing yet.
 * @param options for a cluster: this machine's own folder for the index, the API key, and how a new collection is made
 */
export function openStore(
  location: string,
  { folder = location, ...cluster }: { readonly folder?: string } & ClusterOptions = {},
): Store {
  return isClusterAddress(location) ? new ClusterStore(location, folder, cluster) : new EmbeddedStore(location);
}
