import type { Reference } from '../../domain/reference.js';

export type ColumnValue = string | number | null;

/** A column of an export: `number` and `whole` may be null. */
export interface ExportColumn {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'whole';
  valueOf(reference: Reference): ColumnValue;
}

/** A column that something else than the reference knows: a tag, an answer of a probe. */
export interface JoinedColumn {
  readonly name: string;
  readonly kind: ExportColumn['kind'];
  /** @param id of the reference; null where nothing is known of it */
  valueOf(id: string): ColumnValue;
}

/** What is known of a reference, by the names that the API has for it; `lat` and `lon` in degrees. */
export const FACT_COLUMNS: readonly ExportColumn[] = [
  { name: 'id', kind: 'text', valueOf: ({ id }) => id },
  { name: 'lat', kind: 'number', valueOf: ({ point }) => point.lat },
  { name: 'lon', kind: 'number', valueOf: ({ point }) => point.lon },
  { name: 'country', kind: 'text', valueOf: ({ iso2 }) => iso2 },
  { name: 'captured_at', kind: 'text', valueOf: ({ capturedAt }) => capturedAt },
  { name: 'heading_deg', kind: 'number', valueOf: ({ headingDeg }) => headingDeg },
  { name: 'altitude_m', kind: 'number', valueOf: ({ altitudeM }) => altitudeM },
  { name: 'author', kind: 'text', valueOf: ({ author }) => author },
  { name: 'sequence', kind: 'text', valueOf: ({ sequence }) => sequence },
  { name: 'licence', kind: 'text', valueOf: ({ licence }) => licence },
  { name: 'attribution', kind: 'text', valueOf: ({ attribution }) => attribution },
  { name: 'url', kind: 'text', valueOf: ({ url }) => url },
  { name: 'width', kind: 'whole', valueOf: ({ width }) => width },
  { name: 'height', kind: 'whole', valueOf: ({ height }) => height },
  { name: 'bytes', kind: 'whole', valueOf: ({ bytes }) => bytes },
];

export function joined(column: JoinedColumn): ExportColumn {
  return { name: column.name, kind: column.kind, valueOf: ({ id }) => column.valueOf(id) };
}
