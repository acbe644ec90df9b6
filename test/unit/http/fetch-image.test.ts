import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type FetchImageOptions, imageFetcher, isPublicAddress } from '../../../src/http/fetch-image.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server on loopback that the fetcher takes for a public one: the test stands in for the resolver. */
async function site(listener: RequestListener, options: Partial<FetchImageOptions> = {}) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host = `photos.example:${port}`;
  const looked: string[] = [];
  const fetchImage = imageFetcher({
    hosts: [host],
    bytesMax: 100,
    timeoutMs: 2000,
    resolve: async (name) => {
      looked.push(name);
      return [{ address: '127.0.0.1', family: 4 }];
    },
    isPublic: () => true,
    ...options,
  });
  return { fetchImage, url: `http://${host}/a.jpg`, host, looked, port };
}

describe('fetching a picture', () => {
  it('gives its bytes, and asks for the host only once', async () => {
    const { fetchImage, url, host, looked } = await site((request, response) => {
      expect(request.headers.host).toBe(host);
      response.end('picture');
    });
    expect((await fetchImage(url)).toString()).toBe('picture');
    expect(looked).toEqual(['photos.example']);
  });

  it('refuses a host that is not allowed without looking it up', async () => {
    const { fetchImage, looked, port } = await site((_request, response) => response.end());
    for (const url of [
      `http://other.example:${port}/`,
      'http://photos.example/',
      `http://sub.photos.example:${port}/`,
    ]) {
      await expect(fetchImage(url)).rejects.toMatchObject({ code: 'image_url_not_allowed' });
    }
    expect(looked).toEqual([]);
  });

  it.each([
    'ftp://photos.example/a',
    'file:///etc/passwd',
    'data:image/png;base64,AA',
    'http://u:p@photos.example/',
    'x',
  ])('refuses %s', async (url) => {
    const fetchImage = imageFetcher({ hosts: ['photos.example'], bytesMax: 1, timeoutMs: 1 });
    await expect(fetchImage(url)).rejects.toMatchObject({ code: 'image_url_invalid' });
  });

  it('refuses an allowed name when any of its addresses is private', async () => {
    let asked = 0;
    const { fetchImage, url } = await site(
      (_request, response) => {
        asked++;
        response.end();
      },
      {
        resolve: async () => [
          { address: '93.184.216.34', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ],
        isPublic: isPublicAddress,
      },
    );
    await expect(fetchImage(url)).rejects.toMatchObject({ code: 'image_url_private_address' });
    expect(asked).toBe(0);
  });

  it('refuses an allowed host that is a private address in figures, however it is written', async () => {
    for (const url of [
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://[::1]/',
      'http://[::ffff:10.0.0.1]/',
    ]) {
      const fetchImage = imageFetcher({ hosts: [new URL(url).host], bytesMax: 1, timeoutMs: 1000 });
      await expect(fetchImage(url)).rejects.toMatchObject({ code: 'image_url_private_address' });
    }
  });

  it('follows a redirect on the same host, but none to another', async () => {
    const { fetchImage, url } = await site((request, response) => {
      if (request.url === '/a.jpg') response.writeHead(302, { location: '/b.jpg' }).end();
      else if (request.url === '/b.jpg') response.end('moved');
      else response.writeHead(301, { location: 'http://169.254.169.254/latest/' }).end();
    });
    expect((await fetchImage(url)).toString()).toBe('moved');
    await expect(fetchImage(`${url}x`)).rejects.toMatchObject({ code: 'image_url_not_allowed' });
  });

  it('gives up on a ring of redirects', async () => {
    const { fetchImage, url } = await site((_request, response) => response.writeHead(302, { location: '/' }).end());
    await expect(fetchImage(url)).rejects.toMatchObject({ code: 'image_url_failed' });
  });

  it('stops at the limit of bytes, whatever the length says', async () => {
    const { fetchImage, url } = await site((_request, response) => {
      response.write('x'.repeat(90));
      setTimeout(() => response.end('x'.repeat(90)), 20);
    });
    await expect(fetchImage(url)).rejects.toMatchObject({ code: 'image_url_too_large' });
  });

  it('stops at the limit of time, before the answer and within it', async () => {
    const silent = await site(() => {}, { timeoutMs: 100 });
    await expect(silent.fetchImage(silent.url)).rejects.toMatchObject({ code: 'image_url_failed' });
    const slow = await site((_request, response) => response.write('x'), { timeoutMs: 100 });
    await expect(slow.fetchImage(slow.url)).rejects.toMatchObject({ code: 'image_url_failed' });
  });

  it('says that it failed where the site does, or has no name', async () => {
    const missing = await site((_request, response) => response.writeHead(404).end());
    await expect(missing.fetchImage(missing.url)).rejects.toMatchObject({ code: 'image_url_failed' });
    const nameless = await site(() => {}, { resolve: () => Promise.reject(new Error('ENOTFOUND')) });
    await expect(nameless.fetchImage(nameless.url)).rejects.toMatchObject({ code: 'image_url_failed' });
  });
});

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '198.18.0.1',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'fec0::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'nonsense',
    '',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});
