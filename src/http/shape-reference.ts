import type { Reference } from '../api/types.js';
import type { StoredReference } from '../references/reader.js';

export const thumbnailUrl = (id: string): string => `/v1/references/${id}/thumbnail`;

/** A reference as the API shows it. Roots of sources are folders of the operator's machine and stay inside. */
export function shapeReference(reference: StoredReference): Reference {
  return {
    id: reference.id,
    sha256: reference.sha256,
    point: reference.point,
    country: reference.iso2,
    heading_deg: reference.headingDeg,
    altitude_m: reference.altitudeM,
    captured_at: reference.capturedAt,
    author: reference.author,
    sequence: reference.sequence,
    licence: reference.licence,
    attribution: reference.attribution,
    url: reference.url,
    width: reference.width,
    height: reference.height,
    bytes: reference.bytes,
    source: reference.sources[0]?.path ?? null,
    sources: reference.sources.map(({ path, bytes, point }) => ({ path, bytes, point })),
    image: `/v1/references/${reference.id}/image`,
    thumbnail: thumbnailUrl(reference.id),
  };
}

/** The same as a GeoJSON feature; `shaped` is a reference whose point is already as exact as it may be. */
export function shapeFeature(shaped: Pick<Reference, 'id' | 'point'> & { readonly sources?: unknown }) {
  const { id, point, sources: _sources, ...properties } = shaped;
  return {
    type: 'Feature' as const,
    id,
    geometry: { type: 'Point' as const, coordinates: [point.lon, point.lat] },
    properties: { id, ...properties },
  };
}
