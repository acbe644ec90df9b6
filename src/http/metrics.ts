import type { RequestHandler } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EncoderState } from '../clip/clip-model.js';
import type { OpenIndex } from '../references/store.js';
import { localsOf } from './locals.js';

export interface Metrics {
  readonly registry: Registry;
  readonly handler: RequestHandler;
}

/** One registry per server. Times of requests by route, how many are in work, and the process's own figures. */
export function createMetrics(sources: {
  readonly inFlight: () => number;
  readonly references: () => Promise<number | null>;
  /** Calls once with the index when it is open. */
  readonly onIndex: (opened: (index: Pick<OpenIndex, 'watch'>) => void) => void;
  /** Null until the model is open. */
  readonly encoder: () => EncoderState | null;
}): Metrics {
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
    async collect() {
      const count = await sources.references();
      if (count !== null) this.set(count);
    },
  });
  new Gauge({
    name: 'streetdex_encoder_info',
    help: 'What the encoder runs on: 1, with the device as label (cpu, or the execution provider of a card).',
    labelNames: ['device'] as const,
    registers: [registry],
    collect() {
      this.reset();
      const encoder = sources.encoder();
      if (encoder !== null) this.set({ device: encoder.device }, 1);
    },
  });
  new Counter({
    name: 'streetdex_encoder_restarts_total',
    help: 'How often an encoder ended unexpectedly and was started again.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(sources.encoder()?.restarts ?? 0);
    },
  });
  sources.onIndex((index) => {
    if (index.watch !== undefined) countEngine(registry, index.watch.bind(index));
  });
  return { registry, handler: countRequests(requests, seconds) };
}

/** Of an index that is elsewhere. */
function countEngine(registry: Registry, watch: NonNullable<OpenIndex['watch']>): void {
  const registers = [registry];
  const seconds = new Histogram({
    name: 'streetdex_cluster_call_duration_seconds',
    help: 'Time of a call to one node of the cluster, by its kind.',
    labelNames: ['call'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const count = (name: string, help: string) => new Counter({ name, help, labelNames: ['call'] as const, registers });
  const errors = count('streetdex_cluster_errors_total', 'Calls that failed and were not tried at another node.');
  const retries = count('streetdex_cluster_retries_total', 'Calls that failed and were tried at another node.');
  const degraded = new Counter({
    name: 'streetdex_cluster_degraded_total',
    help: 'Searches that a node answered which may lack references.',
    registers,
  });
  watch({
    call: ({ kind, seconds: took, outcome }) => {
      seconds.observe({ call: kind }, took);
      if (outcome === 'failed') errors.inc({ call: kind });
      if (outcome === 'retried') retries.inc({ call: kind });
    },
    degraded: () => degraded.inc(),
  });
}

function countRequests(
  requests: Counter<'method' | 'route' | 'status'>,
  seconds: Histogram<'method' | 'route'>,
): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    response.once('close', () => {
      // The pattern of the route, not the path: ids must not become labels.
      const route = localsOf(response).route ?? 'none';
      const method = KNOWN_METHODS.has(request.method) ? request.method : 'other';
      requests.inc({ method, route, status: String(response.statusCode) });
      seconds.observe({ method, route }, (performance.now() - start) / 1000);
    });
    next();
  };
}

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS']);
