import { describe, expect, it } from '@jest/globals';
import { checkLocalDisk } from '../../../src/store/local-disk.js';
import { temporaryFolder } from '../../support/references.js';

const folder = temporaryFolder();
const onLinux = process.platform === 'linux' ? it : it.skip;

describe('the disk that an index is written on', () => {
  it('may be any of this machine', () => {
    expect(() => checkLocalDisk(folder)).not.toThrow();
  });

  // From linux/magic.h and fs/smb.
  onLinux.each([
    ['NFS', 0x6969],
    ['SMB', 0x517b],
    ['CIFS', 0xff534d42],
    ['SMB', 0xfe534d42],
  ])('may not be one of another machine (%s)', (kind, type) => {
    expect(() => checkLocalDisk(folder, () => type)).toThrow(
      expect.objectContaining({ code: 'index_on_network_disk', message: expect.stringContaining(kind) }),
    );
  });

  onLinux.each([
    ['ext4', 0xef53],
    ['overlay', 0x794c7630],
    ['tmpfs', 0x01021994],
  ])('may be %s', (_, type) => {
    expect(() => checkLocalDisk(folder, () => type)).not.toThrow();
  });
});
