import type { Route, RouteParts } from '../route.js';

/** `GET /metrics` */
export function metricsRoute({ metrics }: RouteParts): Route {
  return {
    method: 'get',
    path: '/metrics',
    scope: 'read',
    probe: true,
    summary: 'Figures for Prometheus',
    answers: { 200: { description: "Prometheus' text format.", content: { 'text/plain': null } } },
    problems: [],
    handle: async (_request, response) => {
      response.setHeader('Content-Type', metrics.registry.contentType);
      response.send(await metrics.registry.metrics());
    },
  };
}
