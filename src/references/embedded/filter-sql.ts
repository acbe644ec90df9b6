import type { Database } from 'better-sqlite3';
import type { BoundingBox } from '../../domain/geo-point.js';
import { boxAround, splitBox } from '../../geo/box.js';
import { distanceKm } from '../../geo/distance.js';
import { boundMs } from '../captured-time.js';
import type { ReferenceFilter } from '../reader.js';

/** A condition over `"references" r`, with the values of its question marks. */
export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Registers the SQL functions that `filterSql` uses, on each connection that runs such a condition. */
export function registerFilterFunctions(db: Database): void {
  db.function('distance_km', { deterministic: true }, (latA, lonA, latB, lonB) =>
    distanceKm({ lat: latA as number, lon: lonA as number }, { lat: latB as number, lon: lonB as number }),
  );
}

/** A filter as SQL: every given condition holds, none of `exclude` does. */
export function filterSql(filter: ReferenceFilter | undefined): SqlCondition {
  const { exclude, ...include } = filter ?? {};
  const parts = conditions(include);
  // ifnull: an unknown author is not an excluded one, but NOT NULL would be neither true nor false.
  for (const part of conditions(exclude ?? {})) parts.push({ ...part, sql: `NOT ifnull(${part.sql}, 0)` });
  if (parts.length === 0) return { sql: '1', values: [] };
  return { sql: parts.map((part) => `(${part.sql})`).join(' AND '), values: parts.flatMap((part) => part.values) };
}

function conditions(filter: Omit<ReferenceFilter, 'exclude'>): SqlCondition[] {
  const parts: SqlCondition[] = [];
  const among = (column: string, values: readonly string[]) =>
    parts.push({ sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] });
  if (filter.ids) among('r.id', filter.ids);
  if (filter.sequence) among('r.sequence', filter.sequence);
  if (filter.author) among('r.author', filter.author);
  if (filter.country)
    among(
      'r.iso2',
      filter.country.map((code) => code.toUpperCase()),
    );
  if (filter.capturedAfter !== undefined)
    parts.push({ sql: 'r.captured_ms >= ?', values: [boundMs('captured_after', filter.capturedAfter).first] });
  if (filter.capturedBefore !== undefined)
    parts.push({ sql: 'r.captured_ms <= ?', values: [boundMs('captured_before', filter.capturedBefore).last] });
  if (filter.bbox) parts.push(inBoxSql(filter.bbox));
  if (filter.near) parts.push(nearSql(filter.near));
  if (filter.source) parts.push(sourceSql(filter.source));
  if (filter.sourceRoot) parts.push(sourceRootSql(filter.sourceRoot));
  if (filter.hasSequence !== undefined)
    parts.push({ sql: `r.sequence IS ${filter.hasSequence ? 'NOT NULL' : 'NULL'}`, values: [] });
  return parts;
}

function inBoxSql(box: BoundingBox): SqlCondition {
  const { west, south, east, north } = box;
  const values: number[] = [south, north];
  let lons: string;
  if (west > east) {
    lons = '(r.lon >= ? OR r.lon <= ?)';
    values.push(west, east);
  } else {
    lons = '(r.lon BETWEEN ? AND ?)';
    values.push(west, east);
    // 180° and −180° are one meridian.
    if (west === -180 || east === 180) lons = `(${lons} OR abs(r.lon) = 180)`;
  }
  return { sql: `r.lat BETWEEN ? AND ? AND ${lons}`, values };
}

function nearSql(near: { lat: number; lon: number; km: number }): SqlCondition {
  return { sql: 'distance_km(r.lat, r.lon, ?, ?) <= ?', values: [near.lat, near.lon, near.km] };
}

function sourceSql(prefixes: readonly string[]): SqlCondition {
  return {
    sql: `EXISTS (SELECT 1 FROM sources s, json_each(?) p
      WHERE s.label = r.label AND substr(s.path, 1, length(p.value)) = p.value)`,
    values: [JSON.stringify(prefixes)],
  };
}

function sourceRootSql(roots: readonly string[]): SqlCondition {
  return {
    sql: `EXISTS (SELECT 1 FROM sources s WHERE s.label = r.label AND s.root_id IN (SELECT CAST(value AS INTEGER) FROM json_each(?)))`,
    values: [JSON.stringify(roots)],
  };
}

const FEW = 5000;

/**
 * Labels of the references in or near the filter's area, from the R*-tree, when there are few. null when there are many or no
 * area is given: then a scan in the order of labels soon meets enough of them.
 */
export function labelsInArea(db: Database, filter: ReferenceFilter | undefined): readonly number[] | null {
  const area = filter?.bbox ?? (filter?.near && boxAround(filter.near, filter.near.km));
  if (area === undefined) return null;
  const statement = db
    .prepare(
      `SELECT label FROM reference_boxes
       WHERE max_lat >= ? AND min_lat <= ? AND max_lon >= ? AND min_lon <= ? LIMIT ${FEW + 1}`,
    )
    .pluck();
  const labels = new Set<number>();
  for (const box of splitBox(area)) {
    // The R*-tree holds float32, so the box is widened a little, and a box that touches 180° takes both sides: the exact
    // condition follows.
    const [west, east] = [box.west <= -179.999 ? -180 : box.west - 1e-4, box.east >= 179.999 ? 180 : box.east + 1e-4];
    for (const label of statement.all(box.south - 1e-4, box.north + 1e-4, west, east)) labels.add(label as number);
    if (box.west <= -179.999 || box.east >= 179.999) {
      for (const lon of [-180, 180])
        for (const label of statement.all(box.south - 1e-4, box.north + 1e-4, lon, lon)) labels.add(label as number);
    }
    if (labels.size > FEW) return null;
  }
  return [...labels].sort((a, b) => a - b);
}
