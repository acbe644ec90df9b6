import { computed, signal } from '@preact/signals';
import type { Point } from '../api/types.js';
import { lookAt } from '../map/overlay.js';
import { START } from '../map/start.js';
import { address } from '../state/address.js';

/** The list that a reference was opened from: its references in order, and where the map was. */
export const leftList = signal<{ readonly ids: readonly string[]; readonly map: string | null }>({
  ids: [],
  map: null,
});

/** Zoom from which the part of a town is visible. */
const NEAR_ZOOM = 9;
const TOWN_ZOOM = 12;

export const mapZoom = (): number => Number(address.peek().map?.split(',')[2] ?? START.zoom);

/** Moves the map to a photo, keeping the zoom unless it is too far out. */
export function lookAtPhoto(centre: Point): void {
  const zoom = mapZoom();
  lookAt({ centre, zoom: zoom < NEAR_ZOOM ? TOWN_ZOOM : zoom });
}

const CLOSER = 2.5;

/** Moves the map to a cell and closer, so that it falls into smaller ones. */
export function lookInto(cell: { readonly geometry: { readonly coordinates: readonly number[] } } | undefined): void {
  if (cell === undefined) return;
  const [lon = 0, lat = 0] = cell.geometry.coordinates;
  lookAt({ centre: { lat, lon }, zoom: Math.min(18, mapZoom() + CLOSER) });
}

/** The filters of the references, from the page's address. */
export interface BrowseFilter {
  readonly source: string;
  readonly from: string;
  readonly to: string;
  readonly country: string;
  readonly sequence: boolean;
}

export const browseFilter = computed<BrowseFilter>(() => {
  const { source = '', from = '', to = '', country = '', sequence } = address.value.parameters;
  return { source, from, to, country, sequence: sequence === '1' };
});

const isYear = (text: string): boolean => /^\d{4}$/.test(text);

/** The query of `GET /v1/coverage`. */
export function coverageQuery({ source, from, to, country, sequence }: BrowseFilter) {
  return {
    ...(source !== '' && { source }),
    ...(isYear(from) && { year_from: Number(from) }),
    ...(isYear(to) && { year_to: Number(to) }),
    ...(country !== '' && { country: [country] }),
    ...(sequence && { has_sequence: 'true' as const }),
  };
}

/** The query of `GET /v1/references`. */
export function listQuery(filter: BrowseFilter) {
  const { has_sequence, country, ...rest } = searchFilter(filter);
  return {
    ...rest,
    ...(country !== undefined && { country: [country] }),
    ...(has_sequence && { has_sequence: 'true' as const }),
  };
}

/** The same as a filter in JSON, for searches. */
export function searchFilter({ source, from, to, country, sequence }: BrowseFilter) {
  return {
    ...(source !== '' && { source_id: source }),
    ...(isYear(from) && { captured_after: `${from}-01-01` }),
    ...(isYear(to) && { captured_before: `${to}-12-31` }),
    ...(country !== '' && { country }),
    ...(sequence && { has_sequence: true }),
  };
}
