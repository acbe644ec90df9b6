import type { NearestPlace } from '../api/types.js';
import type { GeoPoint } from '../domain/geo-point.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { StoredReference } from '../references/reader.js';
import type { NeighbourGroup } from './group-neighbours.js';
import type { NeighbourAnswer } from './locate-answer.js';
import { round, roundPoint } from './round.js';

/**
 * A group's representative as answers show it.
 * @param stored the reference; undefined where it was deleted meanwhile
 */
export function describeNeighbour(group: NeighbourGroup, stored: StoredReference | undefined): NeighbourAnswer {
  const { id, score, point } = group.representative;
  return {
    id,
    score: round(score, 6),
    point: roundPoint(point),
    group_size: group.size,
    source: stored?.sources[0]?.path ?? null,
    captured_at: stored?.capturedAt ?? null,
    author: stored?.author ?? null,
    licence: stored?.licence ?? null,
    attribution: stored?.attribution ?? null,
    url: stored?.url ?? null,
  };
}

/** The nearest place of a point as answers name it. */
export function describePlace(gazetteer: Gazetteer, point: GeoPoint): NearestPlace {
  const { name, region, country, iso2, distanceKm } = gazetteer.nearest(point);
  return { name, region, country, iso2, distance_km: distanceKm === null ? null : round(distanceKm, 3) };
}
