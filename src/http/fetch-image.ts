import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { fault } from '../domain/errors.js';

const REDIRECTS_MAX = 3;

export type FetchImage = (url: string) => Promise<Buffer>;

export interface FetchImageOptions {
  /** Host names that the operator allows, with the port where the URL names one. */
  readonly hosts: readonly string[];
  readonly bytesMax: number;
  readonly timeoutMs: number;
  /** All addresses of a host name. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  readonly isPublic?: (address: string) => boolean;
}

/**
 * Fetches a picture for a caller: only from allowed hosts, only if every address of the host is public, from the very
 * address that was checked (so that a second look-up can't give another), the same again for each redirect, within
 * bounds of size and time.
 * @throws `image_url_invalid`, `image_url_not_allowed`, `image_url_private_address`, `image_url_failed`, `image_url_too_large`
 */
export function imageFetcher(options: FetchImageOptions): FetchImage {
  return async (start) => {
    const signal = AbortSignal.timeout(options.timeoutMs);
    let url = checkUrl(start, options.hosts);
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const address = await checkedAddress(url, options);
      const response = await open(url, address, signal);
      const location = response.headers.location;
      const status = response.statusCode ?? 0;
      if (status >= 300 && status < 400 && location !== undefined) {
        response.destroy();
        if (!URL.canParse(location, url.href)) throw failed(url, 'it redirects to something that is no URL');
        url = checkUrl(new URL(location, url).href, options.hosts);
      } else if (status === 200) return await readBounded(response, options.bytesMax, url);
      else {
        response.destroy();
        throw failed(url, `it answered ${status}`);
      }
    }
    throw failed(url, `it redirects more than ${REDIRECTS_MAX} times`);
  };
}

function checkUrl(text: string, hosts: readonly string[]): URL {
  const errors = [{ path: 'image_url', message: 'Not allowed.' }];
  if (!URL.canParse(text)) throw fault('image_url_invalid', 'Expected image_url to be an http(s) URL.', { errors });
  const url = new URL(text);
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '') {
    throw fault('image_url_invalid', 'Expected image_url to be an http(s) URL without credentials.', { errors });
  }
  if (!hosts.some((host) => host.toLowerCase() === url.host)) {
    throw fault(
      'image_url_not_allowed',
      `This server fetches no pictures from ${url.host}. Send the picture itself, or let the operator add the host to fetch_hosts.`,
      { errors },
    );
  }
  return url;
}

async function checkedAddress(url: URL, options: FetchImageOptions): Promise<LookupAddress> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const resolve = options.resolve ?? ((name) => lookup(name, { all: true }));
  let addresses: readonly LookupAddress[];
  try {
    addresses = isIP(host) === 0 ? await resolve(host) : [{ address: host, family: isIP(host) === 6 ? 6 : 4 }];
  } catch {
    throw failed(url, 'its name is not known');
  }
  const isPublic = options.isPublic ?? isPublicAddress;
  const first = addresses[0];
  if (first === undefined) throw failed(url, 'its name has no address');
  if (!addresses.every(({ address }) => isPublic(address))) {
    throw fault('image_url_private_address', `${url.host} is not a public address, so nothing is fetched from it.`);
  }
  return first;
}

function open(url: URL, address: LookupAddress, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        signal,
        agent: false,
        headers: { accept: 'image/*', 'user-agent': 'streetdex' },
        lookup: (_host, given, callback) => {
          if (given.all) callback(null, [address]);
          else callback(null, address.address, address.family);
        },
      },
      resolve,
    );
    sent.once('error', () => reject(failed(url, signal.aborted ? 'it took too long' : 'the connection failed')));
    sent.end();
  });
}

async function readBounded(response: IncomingMessage, bytesMax: number, url: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    const body: AsyncIterable<Buffer> = response;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > bytesMax) break;
      chunks.push(chunk);
    }
  } catch {
    throw failed(url, 'it broke off or took too long');
  }
  if (bytes > bytesMax) {
    throw fault('image_url_too_large', `Expected at most ${bytesMax} bytes from ${url.host}, got more.`);
  }
  return Buffer.concat(chunks);
}

const failed = (url: URL, why: string) =>
  fault('image_url_failed', `The picture could not be fetched from ${url.host}: ${why}.`);

// Two lists: a BlockList takes an IPv4 address for the IPv6 one that maps it, which ::/8 holds.
const NOT_PUBLIC = { ipv4: notPublicV4(), ipv6: notPublicV6() };

/** False for loopback, private, link-local, shared, documentation, multicast and reserved addresses (IANA's registries). */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPublicAddress(mapped);
  const family = isIP(address);
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  return family !== 0 && !NOT_PUBLIC[kind].check(address, kind);
}

function notPublicV4(): BlockList {
  const nets =
    '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4';
  const list = new BlockList();
  for (const [net, bits] of pairs(nets)) list.addSubnet(net, bits, 'ipv4');
  return list;
}

function notPublicV6(): BlockList {
  // ::/8 holds loopback, unspecified and v4-mapped; 64:ff9b::/16 and 2002::/16 carry a v4 address within.
  const nets =
    '::/8 64:ff9b::/16 100::/8 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/9 ff00::/8';
  const list = new BlockList();
  for (const [net, bits] of pairs(nets)) list.addSubnet(net, bits, 'ipv6');
  return list;
}

function pairs(text: string): [string, number][] {
  return text.split(' ').map((net) => {
    const [address = '', bits] = net.split('/');
    return [address, Number(bits)];
  });
}
