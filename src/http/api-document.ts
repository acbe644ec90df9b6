import { settingsSchema } from '../config/settings.js';
import { describeApi, type OpenApiDocument } from './openapi.js';
import type { RouteParts } from './route.js';
import { apiRoutes } from './routes.js';

/** The OpenAPI document without a server: routes take nothing but the settings until they are called. */
export function apiDocument(version: string): OpenApiDocument {
  const shared = { parts: { config: settingsSchema.parse({}) }, version } as unknown as RouteParts;
  return describeApi(apiRoutes(shared), version);
}
