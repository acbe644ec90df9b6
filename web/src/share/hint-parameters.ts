import type { Box, Hints } from '../api/types.js';

/** Hints as parameters of the page's address. */
export function hintParameters(hints: Hints): Record<string, string | null> {
  const { near } = hints;
  return {
    hint_country: hints.country?.join(',') ?? null,
    hint_not: hints.exclude_country?.join(',') ?? null,
    hint_bbox: hints.bbox?.join(',') ?? null,
    hint_not_bbox: hints.exclude_bbox?.join(',') ?? null,
    hint_near: near ? [near.lat, near.lon, near.uncertainty_km].join(',') : null,
  };
}

/** Hints from parameters; others are ignored. */
export function readHints(parameters: Readonly<Record<string, string>>): Hints {
  const countries = (text: string | undefined) => {
    const codes = (text ?? '').split(',').filter((code) => /^[A-Z]{2}$/.test(code));
    return codes.length > 0 ? codes : undefined;
  };
  const country = countries(parameters.hint_country);
  const notCountry = countries(parameters.hint_not);
  const bbox = box(parameters.hint_bbox);
  const notBbox = box(parameters.hint_not_bbox);
  const [lat = Number.NaN, lon = Number.NaN, km = Number.NaN] = numbers(parameters.hint_near, 3) ?? [];
  const isNear = isPoint(lat, lon) && km >= 0.01;
  return {
    ...(country && { country }),
    ...(notCountry && { exclude_country: notCountry }),
    ...(bbox && { bbox }),
    ...(notBbox && { exclude_bbox: notBbox }),
    ...(isNear && { near: { lat, lon, uncertainty_km: km } }),
  };
}

function box(text: string | undefined): Box | null {
  const found = numbers(text, 4) as Box | null;
  if (found === null) return null;
  const [west, south, east, north] = found;
  return isPoint(south, west) && isPoint(north, east) && south <= north ? found : null;
}

const isPoint = (lat: number, lon: number): boolean => Math.abs(lat) <= 90 && Math.abs(lon) <= 180;

function numbers(text: string | undefined, length: number): number[] | null {
  const found = (text ?? '').split(',').map((part) => (part === '' ? Number.NaN : Number(part)));
  return found.length === length && found.every(Number.isFinite) ? found : null;
}
