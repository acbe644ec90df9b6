import { statfsSync } from 'node:fs';
import { fault } from '../domain/errors.js';

/** Linux's numbers of file systems (statfs(2)) that other machines share, without memory or locks that SQLite could rely on. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
]);

/**
 * SQLite's write-ahead log needs memory that all who open the file share, which a network disk does not have (sqlite.org/wal.html):
 * two machines would damage the index. Nothing is known of other systems than Linux, where nothing is refused.
 * @param typeOf number of the file system that holds a folder
 * @throws `index_on_network_disk`
 */
export function checkLocalDisk(folder: string, typeOf = (path: string): number => statfsSync(path).type): void {
  const kind = process.platform === 'linux' ? NETWORK.get(typeOf(folder)) : undefined;
  if (kind === undefined) return;
  throw fault(
    'index_on_network_disk',
    `Expected an index on a disk of this machine, but ${folder} is on a network disk (${kind}), where SQLite can lose what was written. Write it on a local disk, and copy it with \`streetdex index backup\`; photos may stay where they are.`,
  );
}
