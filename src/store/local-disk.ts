import { statfsSync } from 'node:fs';
import { fault } from '../domain/errors.js';

/** Linux's numbers (statfs(2)) of network file systems, whose memory and locks SQLite can't rely on. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
]);

/**
 * Refuses a network disk: SQLite's write-ahead log needs memory shared by all processes that open the file
 * (sqlite.org/wal.html), and two machines would damage the index. Only Linux tells; elsewhere nothing is refused.
 * @param typeOf gives the number of a folder's file system
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
