import { fault } from '../domain/errors.js';
import type { GeoPoint } from '../domain/geo-point.js';
import type { NearestPlace } from '../domain/place.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import { distanceKm } from '../geo/distance.js';
import type { EvaluationQuery } from './evaluation-query.js';
import type { QueryResult, SideResult } from './query-result.js';

/** A side's answer before it is compared with the truth. */
export type SideAnswer = Omit<SideResult, 'errorKm' | 'countryHit' | 'regionHit' | 'cityHit'>;

export type ReverseGeocoder = Pick<Gazetteer, 'nearest'>;

const REMEMBERED_MAX = 100_000;

/** Scores an answer: its error, and whether it names the truth's places. @throws `not_finite` */
export function scored(
  answer: SideAnswer,
  query: Pick<EvaluationQuery, 'truth'>,
  truth: NearestPlace,
  gazetteer: ReverseGeocoder,
): SideResult {
  const errorKm = distanceKm(answer.point, query.truth);
  const { probability, spread, radius50Km, radius90Km } = answer;
  for (const [name, value] of Object.entries({ errorKm, probability, spread, radius50Km, radius90Km })) {
    if (!Number.isFinite(value)) throw fault('not_finite', `Expected a finite ${name}, got ${value}.`);
  }
  return { ...answer, errorKm, ...hits(gazetteer.nearest(answer.point), truth) };
}

/** The part of a result that does not depend on answers. @param truth by the gazetteer */
export function aboutQuery(
  { id, cluster, part, file, truth: point }: EvaluationQuery,
  truth: NearestPlace,
): Pick<QueryResult, 'id' | 'cluster' | 'part' | 'file' | 'truth' | 'iso2'> {
  return { id, cluster, part, file, truth: point, iso2: truth.iso2 };
}

/** Looks each position up once: answers are places and references' positions, of which there are few. */
export function remembering(gazetteer: ReverseGeocoder): ReverseGeocoder {
  const known = new Map<string, NearestPlace>();
  return {
    nearest: (point: GeoPoint) => {
      const key = `${point.lat} ${point.lon}`;
      const found = known.get(key) ?? gazetteer.nearest(point);
      if (known.size < REMEMBERED_MAX) known.set(key, found);
      return found;
    },
  };
}

/** By name, as reverse geocoding gives it: a region counts within its country, a city within its region. */
function hits(answer: NearestPlace, truth: NearestPlace): Pick<SideResult, 'countryHit' | 'regionHit' | 'cityHit'> {
  const country = answer.iso2 === truth.iso2;
  const region = country && answer.region === truth.region;
  return {
    countryHit: truth.iso2 === null ? null : country,
    regionHit: truth.iso2 === null || truth.region === null ? null : region,
    cityHit: truth.iso2 === null || truth.name === null ? null : region && answer.name === truth.name,
  };
}
