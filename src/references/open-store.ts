import { EmbeddedStore } from './embedded/embedded-store.js';
import type { Store } from './store.js';
import { isClusterAddress } from './weaviate/cluster-address.js';
import { ClusterStore } from './weaviate/cluster-store.js';

/**
 * The store at a location: a folder of this machine, or the address of a cluster. Opens nothing yet.
 * @param cluster of a cluster's index: where lies what this machine alone knows of it, and the key
 */
export function openStore(
  location: string,
  { folder = location, key }: { readonly folder?: string; readonly key?: string | undefined } = {},
): Store {
  return isClusterAddress(location) ? new ClusterStore(location, folder, { key }) : new EmbeddedStore(location);
}
