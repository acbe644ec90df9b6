import type { Health, Live, Ready } from '../../api/types.js';
import { fault } from '../../domain/errors.js';
import { indexModelChanged } from '../../references/index-model-errors.js';
import { call, type Route, type RouteParts } from '../route.js';
import { shapeModelName } from '../shape-model-name.js';

export function livezRoute(): Route {
  return {
    ...call('GET /livez'),
    scope: null,
    probe: true,
    summary: 'The process answers',
    problems: [],
    handle: async (_request, response) => {
      response.setHeader('Cache-Control', 'no-store').json({ live: true } satisfies Live);
    },
  };
}

/** `GET /readyz`: all that an answer needs is open and alive. */
export function readyzRoute({ readiness }: RouteParts): Route {
  return {
    ...call('GET /readyz'),
    scope: null,
    probe: true,
    summary: 'The model is warm and the index open',
    problems: [503],
    handle: async (_request, response) => {
      const model = readiness.model();
      const index = readiness.index();
      const waitsFor = await readiness.waitsFor();
      const status = await readiness.status();
      if (status === 'stopping') throw fault('shutting_down', 'The server is shutting down.', { retryAfterS: 5 });
      if (waitsFor !== null) throw waitsFor;
      if ((await index?.reader.current()) === false) throw indexModelChanged();
      if (status !== 'ok' || model === null || index === null) {
        const why = readiness.problem() ?? `${status}.`;
        throw fault('not_ready', `The server is not ready: ${why}`, { retryAfterS: 2 });
      }
      response.setHeader('Cache-Control', 'no-store');
      response.json({
        ready: true,
        model: shapeModelName(model.info.name),
        references: (await index.catalogue.counts()).references,
      } satisfies Ready);
    },
  };
}

export function healthzRoute({ readiness, inFlight, version }: RouteParts): Route {
  return {
    ...call('GET /healthz'),
    scope: 'read',
    probe: true,
    summary: 'How the server is doing',
    problems: [],
    handle: async (_request, response) => {
      const model = readiness.model();
      response.setHeader('Cache-Control', 'no-store').json({
        status: await readiness.status(),
        version,
        uptime_s: Math.round(process.uptime()),
        model: model && shapeModelName(model.info.name),
        references: (await readiness.index()?.catalogue.counts())?.references ?? null,
        requests_in_flight: inFlight.count(),
        resident_bytes: process.memoryUsage.rss(),
      } satisfies Health);
    },
  };
}
