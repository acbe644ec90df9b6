import type { Request, Response } from 'express';
import { GEOJSON } from '../api/calls.js';

/**
 * Answers as GeoJSON where the caller prefers it to JSON, else as JSON: also who accepts neither gets JSON, as RFC 9110
 * allows.
 */
export function sendEither(request: Request, response: Response, json: () => object, geojson: () => object): void {
  response.vary('Accept');
  if (request.accepts(['application/json', GEOJSON]) === GEOJSON) sendGeoJson(response, geojson());
  else response.json(json());
}

export function sendGeoJson(response: Response, collection: object): void {
  response.type(GEOJSON).send(JSON.stringify(collection));
}
