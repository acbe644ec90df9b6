import type { RequestListener } from 'node:http';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { type Logger, pino } from 'pino';
import { fault } from '../domain/errors.js';
import { AuditLog, auditCalls } from './audit-log.js';
import { BODY_RATE, Bodies, type BodyRate } from './bodies.js';
import { callerAddress } from './caller-address.js';
import { compressAnswers } from './compress.js';
import { allowOrigins } from './cors.js';
import { imageFetcher } from './fetch-image.js';
import type { HttpParts } from './http-parts.js';
import { answerOnce } from './idempotency.js';
import { ApiKeys, identifyKey, requireScope } from './keys.js';
import {
  type InFlight,
  leaveFlight,
  leavePhotoPlace,
  limitDeclaredBody,
  limitInFlight,
  limitPhotos,
  limitRate,
} from './limits.js';
import { localsOf } from './locals.js';
import { createMetrics } from './metrics.js';
import { problemHandler } from './problem.js';
import { queryReader } from './query-input.js';
import { bodyReader } from './read-body.js';
import { watchReadiness } from './readiness.js';
import { logRequests } from './request-log.js';
import type { Route, RouteParts } from './route.js';
import { apiRoutes } from './routes.js';
import { checkSameOrigin } from './same-origin.js';
import { pageServer } from './serve-page.js';
import { pointShaper } from './shape-points.js';
import { thumbnailMaker } from './thumbnail.js';
import { ThumbnailFiles } from './thumbnail-files.js';

/** Bodies of the largest size that all calls together may have in memory. */
const BODIES_MAX = 4;
const THUMBNAIL_BYTES_MAX = 32 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 10_000;

export interface ServerOptions {
  readonly version: string;
  readonly logger?: Logger;
  /** How slowly a body may come, where the default is too long for a test. */
  readonly bodyRate?: BodyRate;
  /** How often the file of keys is looked at, where the default is too long for a test. */
  readonly keysEveryMs?: number;
  /** Calls are passed on by this program itself, which says whose they are. */
  readonly supervised?: boolean;
}

export interface Server {
  readonly app: RequestListener;
  readonly config: HttpParts['config'];
  /** From now on it is not ready, every answer closes its connection, and an ingestion that runs is asked to stop. */
  drain(): void;
  /** Once nothing runs any more. */
  end?(): Promise<void>;
}

export interface ApiServer extends Server {
  /** Takes up what was changed beside it while it runs: the keys in their file, and an audit log that was moved away. */
  reload(): void;
}

/**
 * The HTTP service over the application's parts; `listen` binds it.
 * @throws `api_key_invalid`, `api_keys_file_unreadable`, `audit_log_unusable`
 */
export function createServer(parts: HttpParts, options: ServerOptions): ApiServer {
  const { config } = parts;
  const { supervised = false } = options;
  const logger = options.logger ?? pino({ level: config.log_level }, pino.destination(2));
  const keys = new ApiKeys(config, logger, options.keysEveryMs);
  const shared = shareParts(parts, options);
  const routes = apiRoutes(shared);
  const probes = new Set(routes.filter((route) => route.probe).map((route) => route.path));
  const audit = config.audit_log === undefined ? null : new AuditLog(config.audit_log, logger);
  let draining = false;
  parts.ingestions.onError = (error) => logger.error({ err: error }, 'ingestion failed');

  const app = express();
  app.disable('x-powered-by');
  app.set('etag', 'weak');
  app.use(logRequests(logger), shared.metrics.handler, securityHeaders(), compressAnswers());
  app.use((request, response, next) => {
    localsOf(response).address = callerAddress(request, config.trusted_hops, supervised);
    if (draining) response.setHeader('Connection', 'close');
    next();
  });
  if (audit !== null) app.use(auditCalls(audit, openProbes(routes)));
  app.use(
    checkSameOrigin(config.allowed_hosts, config.cors_origins, supervised),
    allowOrigins(config.cors_origins),
    pageServer(config),
    identifyKey(keys),
  );
  const unlessProbe = (handler: RequestHandler): RequestHandler => {
    return (request, response, next) => (probes.has(request.path) ? next() : handler(request, response, next));
  };
  app.use(unlessProbe(limitRate(config.rate_limit_per_minute)));
  mountRoutes(app, routes, keys, shared);
  app.use((request: Request) => {
    throw fault('not_found', `There is no ${request.path} here. See /docs.`);
  });
  app.use(problemHandler());
  return {
    app,
    config,
    reload: () => {
      audit?.reopen();
      keys.reload();
    },
    end: async () => {
      keys.end();
      await audit?.end();
    },
    drain: () => {
      draining = true;
      shared.readiness.stop();
      parts.collection.close();
      parts.ingestions.close().catch((error: unknown) => logger.error({ err: error }, 'ingestion failed'));
    },
  };
}

function shareParts(parts: HttpParts, { version, bodyRate = BODY_RATE }: ServerOptions): RouteParts {
  const { config } = parts;
  const inFlight = limitInFlight(config.in_flight_max);
  const photoPlaces = limitPhotos(config.queue_max);
  const readiness = watchReadiness(parts);
  const bodies = new Bodies({ ...bodyRate, bytesMax: BODIES_MAX * config.body_bytes_max });
  const fetchImage = imageFetcher({
    hosts: config.fetch_hosts,
    bytesMax: config.body_bytes_max,
    timeoutMs: FETCH_TIMEOUT_MS,
  });
  return {
    parts,
    version,
    inFlight,
    readiness,
    answerOnce: answerOnce(),
    bodies,
    bodyRate,
    readQuery: queryReader(bodyReader({ bytesMax: config.body_bytes_max, bodies }, 'options'), fetchImage, photoPlaces),
    shapePoints: pointShaper(config.round_km),
    thumbnailOf: thumbnailMaker(THUMBNAIL_BYTES_MAX, config.pixels_max, parts.decodeMemory, thumbnailFiles(parts)),
    metrics: createMetrics({
      inFlight: inFlight.count,
      onIndex: (opened) => {
        parts.index().then(opened, () => undefined);
      },
      references: async () => (await readiness.index()?.catalogue.counts())?.references ?? null,
      encoder: () => readiness.model()?.encoderState() ?? null,
    }),
  };
}

function thumbnailFiles({ config, thumbnailsFolder }: HttpParts): ThumbnailFiles | null {
  if (config.thumbnails_bytes_max === 0) return null;
  return new ThumbnailFiles(thumbnailsFolder, config.thumbnails_bytes_max);
}

/** They need no key, and tell nothing but that. */
function openProbes(routes: readonly Route[]): ReadonlySet<string> {
  return new Set(routes.filter(({ probe, scope }) => probe === true && scope === null).map(({ path }) => path));
}

/** Nothing may be loaded, framed or sniffed. No HSTS: TLS is the business of whoever puts it in front. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
}

function mountRoutes(app: Express, routes: readonly Route[], keys: ApiKeys, { parts, inFlight }: RouteParts): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    const here = routes.filter((route) => route.path === path);
    for (const route of here) {
      const before: RequestHandler[] = [noteRoute(path)];
      if (route.scope !== null) before.push(requireScope(keys, route.scope));
      if (route.body !== undefined) before.push(limitDeclaredBody(route.bodyBytesMax ?? parts.config.body_bytes_max));
      if (!route.probe) before.push(takePlace(inFlight, route.body !== undefined));
      app[route.method](pattern, ...before, (request: Request, response: Response) =>
        route.handle(request, response).finally(() => {
          leavePhotoPlace(response);
          leaveFlight(response);
          localsOf(response).body?.release();
        }),
      );
    }
    app.all(pattern, noteRoute(path), refuseMethod(here));
  }
}

/** A call with a body takes its place when the body is there (`runReader`), and is refused before where none is free. */
function takePlace(inFlight: InFlight, hasBody: boolean): RequestHandler {
  return (_request, response, next) => {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    localsOf(response).gone = gone.signal;
    if (hasBody) inFlight.check(response);
    else inFlight.take(response);
    if (hasBody) localsOf(response).takePlace = () => inFlight.take(response);
    next();
  };
}

function noteRoute(path: string): RequestHandler {
  return (_request, response, next) => {
    localsOf(response).route = path;
    next();
  };
}

function refuseMethod(routes: readonly Route[]): RequestHandler {
  const methods = routes.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
  const allow = [...methods, 'OPTIONS'].join(', ');
  return (request, response) => {
    response.setHeader('Allow', allow);
    if (request.method === 'OPTIONS') response.status(204).end();
    else throw fault('method_not_allowed', `Expected one of ${allow} here, got ${request.method}.`);
  };
}
