import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { heardAt } from './caller-address.js';

/** True for a name or address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/**
 * Refuses calls that reach this server under a foreign name (DNS rebinding) or from a page of another origin: a web page
 * elsewhere must not be able to use a server that listens on someone's own machine. A name resolved by an attacker never
 * is a loopback name or an address in figures, so these are safe under any port (a tunnel may change it).
 * @throws `host_refused`, `origin_refused`
 */
export function checkSameOrigin(
  allowedHosts: readonly string[],
  corsOrigins: readonly string[],
  supervised: boolean,
): RequestHandler {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return (request, _response, next) => {
    const host = (request.get('host') ?? '').toLowerCase();
    if (!isOwnHost(host, heardAt(request, supervised), allowed)) {
      throw fault(
        'host_refused',
        `This server is not called '${host}'. Call it by its own address, or name that host in allowed_hosts.`,
      );
    }
    const origin = request.get('origin');
    if (origin !== undefined && corsOrigins.includes(origin)) return next();
    if (origin !== undefined ? !isOwnOrigin(origin, host, allowed) : isCrossSite(request)) {
      throw fault(
        'origin_refused',
        'Pages of another origin may not call this server; see allowed_hosts and cors_origins.',
      );
    }
    next();
  };
}

function isOwnHost(host: string, ownAddress: string, allowed: ReadonlySet<string>): boolean {
  if (allowed.has(host)) return true;
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/.exec(host);
  if (parts === null) return false;
  const name = present(parts[1]).replace(/^\[|\]$/g, '');
  if (isLoopback(name)) return true;
  return isIP(name) !== 0 && name === ownAddress;
}

function isOwnOrigin(origin: string, host: string, allowed: ReadonlySet<string>): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
  const plain = url.host.toLowerCase();
  return plain === host || `${plain}:${url.protocol === 'http:' ? 80 : 443}` === host || allowed.has(plain);
}

/** A browser that sends no Origin (an image of another page) still says where it comes from; a followed link is fine. */
function isCrossSite(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return !(request.get('sec-fetch-mode') === 'navigate' && ['GET', 'HEAD'].includes(request.method));
}
