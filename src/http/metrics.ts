import type { RequestHandler } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  readonly handler: RequestHandler;
}

/** One registry per server. Times of requests by route, how many are in work, and the process's own figures. */
export function createMetrics(sources: { inFlight: () => number; references: () => number | null }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({
    name: 'streetdex_http_requests_total',
    help: 'Requests answered.',
    labelNames,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'streetdex_http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer.',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  new Gauge({
    name: 'streetdex_http_requests_in_flight',
    help: 'Requests worked on now.',
    registers: [registry],
    collect() {
      this.set(sources.inFlight());
    },
  });
  new Gauge({
    name: 'streetdex_references',
    help: 'References in the open index.',
    registers: [registry],
    collect() {
      const count = sources.references();
      if (count !== null) this.set(count);
    },
  });
  return { registry, handler: countRequests(requests, seconds) };
}

function countRequests(
  requests: Counter<'method' | 'route' | 'status'>,
  seconds: Histogram<'method' | 'route'>,
): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    response.once('close', () => {
      // The pattern of the route, not the path: ids must not become labels.
      const route = (response.locals.route as string | undefined) ?? 'none';
      const method = KNOWN_METHODS.has(request.method) ? request.method : 'other';
      requests.inc({ method, route, status: String(response.statusCode) });
      seconds.observe({ method, route }, (performance.now() - start) / 1000);
    });
    next();
  };
}

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS']);
