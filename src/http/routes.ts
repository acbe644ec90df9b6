import type { Route, RouteParts } from './route.js';
import { addReferenceRoute } from './routes/add-reference.js';
import { auditRoute } from './routes/audit.js';
import { classifyRoute } from './routes/classify.js';
import { collectionRoutes } from './routes/collection.js';
import { coverageRoute, facetsRoute } from './routes/coverage.js';
import { deleteReferenceRoute } from './routes/delete-reference.js';
import { docsRoutes } from './routes/docs.js';
import { duplicatesRoute } from './routes/duplicates.js';
import { embedRoute } from './routes/embed.js';
import { failuresRoute, failureThumbnailRoute } from './routes/failures.js';
import { getReferenceRoute } from './routes/get-reference.js';
import { healthzRoute, livezRoute, readyzRoute } from './routes/health.js';
import { indexStatsRoute } from './routes/index-stats.js';
import { ingestionEventsRoute } from './routes/ingestion-events.js';
import {
  cancelIngestionRoute,
  ingestionRoute,
  listIngestionsRoute,
  retryIngestionRoute,
  startIngestionRoute,
} from './routes/ingestions.js';
import { listReferencesRoute } from './routes/list-references.js';
import { locateRoute } from './routes/locate.js';
import { locateBatchRoute } from './routes/locate-batch.js';
import { metricsRoute } from './routes/metrics.js';
import { placesRoute } from './routes/places.js';
import { referenceImageRoute, referenceThumbnailRoute } from './routes/reference-image.js';
import { sampleRoute } from './routes/samples.js';
import { similarRoute } from './routes/similar.js';

/** Every call of the server, in the order in which the docs list them. */
export function apiRoutes(shared: RouteParts): readonly Route[] {
  const routes = [
    locateRoute(shared),
    locateBatchRoute(shared),
    similarRoute(shared),
    classifyRoute(shared),
    embedRoute(shared),
    addReferenceRoute(shared),
    listReferencesRoute(shared),
    getReferenceRoute(shared),
    deleteReferenceRoute(shared),
    referenceImageRoute(shared),
    referenceThumbnailRoute(shared),
    startIngestionRoute(shared),
    listIngestionsRoute(shared),
    ingestionRoute(shared),
    cancelIngestionRoute(shared),
    retryIngestionRoute(shared),
    ingestionEventsRoute(shared),
    failuresRoute(shared),
    failureThumbnailRoute(shared),
    coverageRoute(shared),
    facetsRoute(shared),
    duplicatesRoute(shared),
    auditRoute(shared),
    ...collectionRoutes(shared),
    placesRoute(shared),
    indexStatsRoute(shared),
    sampleRoute(shared),
    livezRoute(),
    readyzRoute(shared),
    healthzRoute(shared),
    metricsRoute(shared),
  ];
  return [...routes, ...docsRoutes(routes, shared.version)];
}
