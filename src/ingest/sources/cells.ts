/** A fact that a manifest can give, each in a column of its own. */
export type FactName =
  | 'lat'
  | 'lon'
  | 'lat_ref'
  | 'lon_ref'
  | 'position'
  | 'altitude'
  | 'altitude_ref'
  | 'heading'
  | 'captured_at'
  | 'date'
  | 'clock'
  | 'offset'
  | 'fraction'
  | 'author'
  | 'sequence'
  | 'licence'
  | 'attribution'
  | 'url';

/** A fact's text in a row; null where there is none. */
export type Cells = (fact: FactName) => string | null;
