import { call, type Route, type RouteParts } from '../route.js';

export function metricsRoute({ metrics }: RouteParts): Route {
  return {
    ...call('GET /metrics'),
    scope: 'read',
    probe: true,
    summary: 'Figures for Prometheus',
    problems: [],
    handle: async (_request, response) => {
      response.setHeader('Content-Type', metrics.registry.contentType);
      response.send(await metrics.registry.metrics());
    },
  };
}
