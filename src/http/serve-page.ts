import { join } from 'node:path';
import type { Request, RequestHandler, Response } from 'express';
import { packageRoot } from '../config/package-root.js';
import type { Config } from '../config/settings.js';
import { fault } from '../domain/errors.js';
import { escapeHtml } from '../domain/escape-html.js';
import { localsOf } from './locals.js';
import { etagOf, type PageFile, readPageFiles } from './page-files.js';

const FOR_EVER = 'public, max-age=31536000, immutable';
const STYLE_META = '<meta name="streetdex-map-style" content="" />';

/**
 * Serves the page at `/`, with a policy of its own that lets it load nothing but its own files, and what the operator's map
 * style needs. Other paths are left to the API.
 */
export function pageServer(config: Config, folder = join(packageRoot(), 'dist', 'web')): RequestHandler {
  const files = withSettings(readPageFiles(folder), config);
  const policy = pagePolicy(config);
  return (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    const path = request.path === '/' ? '/index.html' : request.path;
    const file = files?.get(path);
    if (file === undefined) {
      if (path === '/index.html') {
        throw fault('not_found', 'The page has not been built. Run `npm run build`, or see /docs for the API.');
      }
      return next();
    }
    localsOf(response).route = request.path === '/' ? '/' : '/assets';
    response.setHeader('Content-Security-Policy', policy);
    sendFile(request, response, file);
  };
}

function sendFile(request: Request, response: Response, file: PageFile): void {
  response.setHeader('Cache-Control', file.immutable ? FOR_EVER : 'no-cache');
  response.setHeader('ETag', file.etag);
  response.vary('Accept-Encoding');
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const encoding = request.acceptsEncodings(['br', 'gzip', 'identity']);
  const encoded = encoding === 'br' || encoding === 'gzip' ? file.encoded[encoding] : undefined;
  if (encoding !== false && encoded !== undefined) response.setHeader('Content-Encoding', encoding);
  response.setHeader('Content-Type', file.type);
  response.end(request.method === 'HEAD' ? undefined : (encoded ?? file.bytes));
}

/** The page reads the operator's map style from its own head. */
function withSettings(
  files: ReadonlyMap<string, PageFile> | null,
  { map_style_url }: Config,
): ReadonlyMap<string, PageFile> | null {
  const page = files?.get('/index.html');
  if (files === null || page === undefined || map_style_url === undefined) return files;
  // Given by functions: in a plain replacement `$` would have a meaning.
  const meta = STYLE_META.replace('""', () => `"${escapeHtml(map_style_url)}"`);
  const html = page.bytes.toString('utf8').replace(STYLE_META, () => meta);
  const bytes = Buffer.from(html);
  return new Map([...files, ['/index.html', { ...page, bytes, encoded: {}, etag: etagOf(bytes) }]]);
}

/** Scripts, styles and workers are the page's own files; nothing is inline. `blob:` shows photos before they are sent. */
function pagePolicy({ map_style_url, map_hosts }: Config): string {
  const style = map_style_url !== undefined && URL.canParse(map_style_url) ? [new URL(map_style_url).origin] : [];
  const hosts = [...style, ...map_hosts].map((host) => ` ${host}`).join('');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    `connect-src 'self'${hosts}`,
    `img-src 'self' data: blob:${hosts}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
