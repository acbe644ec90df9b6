import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkDiskSpace, writeError } from '../../../../../src/clip/import/disk-space.js';
import { checkedSha256 } from '../../../../../src/clip/import/fetch/content-hash.js';
import { HubClient } from '../../../../../src/clip/import/fetch/hub-client.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

/** A hub at https, answered by `answer`; `seen` are the addresses and whether the token came along. */
function https(answer: (url: URL) => Response, endpoint = 'https://hub.example/mirror/') {
  const seen: [string, boolean][] = [];
  const client = new HubClient({
    endpoint,
    token: 'hf_secret',
    fetch: (async (url: URL, init: RequestInit) => {
      seen.push([url.href, new Headers(init.headers).has('authorization')]);
      return answer(url);
    }) as typeof fetch,
  });
  const get = () => client.file('o/n', 'main', 'a b#.txt', { from: 0, validator: null }, new AbortController().signal);
  return { seen, get };
}

const redirect = (location: string) => new Response(null, { status: 302, headers: { location } });

describe('the hub at https', () => {
  it.each([
    'http://hub.example/x',
    'http://127.0.0.1/x',
    'http://localhost:1/x',
    'ftp://hub.example/x',
    'file:///etc/x',
  ])('is not followed to %s', async (location) => {
    const { seen, get } = https(() => redirect(location));
    await expect(get()).rejects.toEqual(expect.objectContaining({ code: 'hub_insecure_redirect' }));
    expect(seen).toHaveLength(1);
  });

  it('keeps the path of a mirror, quotes names, and sends the token to its own origin only', async () => {
    const { seen, get } = https((url) =>
      url.pathname.includes('/resolve/')
        ? redirect('/api/cache/x')
        : url.host === 'hub.example'
          ? redirect('https://hub.example:444/x')
          : new Response('ok'),
    );
    await get();
    expect(seen).toEqual([
      ['https://hub.example/mirror/o/n/resolve/main/a%20b%23.txt', true],
      ['https://hub.example/api/cache/x', true],
      ['https://hub.example:444/x', false],
    ]);
  });

  it('reads how long to wait from a date or the RateLimit header too', async () => {
    const wait = async (headers: Record<string, string>) => {
      const { get } = https(() => new Response(null, { status: 429, headers }));
      return await get().then(
        () => null,
        (error) => error.options.retryAfterS as number,
      );
    };
    expect(await wait({ ratelimit: '"resolvers";r=0;t=42' })).toBe(42);
    expect(await wait({ 'retry-after': '7' })).toBe(7);
    expect(await wait({ 'retry-after': new Date(Date.now() + 20_000).toUTCString() })).toBeCloseTo(20, -1);
    expect(await wait({ 'retry-after': 'soon' })).toBe(0);
  });
});

describe('checkedSha256', () => {
  const file = join(temporaryFolder(), 'x');
  writeFileSync(file, 'hello\n');
  const sha256 = createHash('sha256').update('hello\n').digest('hex');
  /** Of `git hash-object` for that content. */
  const git = 'ce013625030ba8dba906f756967f9e9ca394464a';

  it("accepts git's hash of a blob, a plain sha-1, and a sha-256", async () => {
    for (const sha1 of [git, createHash('sha1').update('hello\n').digest('hex'), null]) {
      expect(await checkedSha256(file, 'x', { sha256: null, sha1 })).toBe(sha256);
    }
    expect(await checkedSha256(file, 'x', { sha256, sha1: 'f'.repeat(40) })).toBe(sha256);
  });

  it('refuses any other', async () => {
    for (const expected of [
      { sha256: null, sha1: 'f'.repeat(40) },
      { sha256: 'f'.repeat(64), sha1: git },
    ]) {
      await expect(checkedSha256(file, 'x', expected)).rejects.toEqual(
        expect.objectContaining({ code: 'hub_checksum_mismatch' }),
      );
    }
  });
});

describe('a disk', () => {
  it('with room to the byte passes, with one less it is full', async () => {
    const free = 1000 + (256 << 20);
    await checkDiskSpace('/', 1000, async () => free);
    await expect(checkDiskSpace('/', 1001, async () => free)).rejects.toEqual(
      expect.objectContaining({ code: 'disk_full', family: 'later' }),
    );
    await expect(checkDiskSpace(temporaryFolder(), Number.MAX_SAFE_INTEGER)).rejects.toEqual(
      expect.objectContaining({ code: 'disk_full' }),
    );
  });

  it('that gets full, or may not be written, says so in its own code', () => {
    expect(writeError({ code: 'ENOSPC' }, 'f')).toMatchObject({ code: 'disk_full', family: 'later' });
    expect(writeError({ code: 'EROFS' }, 'f')).toMatchObject({ code: 'folder_read_only', family: 'operator' });
    const other = new Error('x');
    expect(writeError(other, 'f')).toBe(other);
  });
});
