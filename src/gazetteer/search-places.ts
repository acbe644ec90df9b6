import type { Database } from 'better-sqlite3';
import type { Place } from '../domain/place.js';
import { foldName } from './fold-name.js';
import type { Gazetteer, PlaceMatch } from './gazetteer.js';

const LIMIT = 20;
const LIMIT_MAX = 1000;

interface Row {
  readonly place_id: string;
  readonly name: string;
}

/** The gazetteer's search: names equal to the text first, then names that begin with it, each by population. */
export function placeSearch(db: Database, place: (id: string) => Place | null): Gazetteer['search'] {
  // In SQLite the bare columns of a GROUP BY with min() come from the row of the minimum: the place's best name.
  const statement = db.prepare<Record<string, string | number | null>, Row>(`
    SELECT place_id, name, min(rank) AS rank, population FROM (
      SELECT place_id, name, population,
        CASE WHEN folded = :text THEN 0 ELSE 1000 + length(folded) END AS rank
      FROM names
      WHERE folded >= :text AND folded < :end
        AND (:level IS NULL OR level = :level) AND (:iso2 IS NULL OR iso2 = :iso2))
    GROUP BY place_id
    ORDER BY min(rank, 1), population DESC, place_id
    LIMIT :limit`);
  return (text, options = {}) => {
    const folded = foldName(text);
    if (folded === '') return [];
    const { level = null, iso2 = null, limit = LIMIT } = options;
    const rows = statement.all({
      text: folded,
      end: `${folded}\u{10FFFF}`,
      level,
      iso2: iso2?.toUpperCase() ?? null,
      limit: Math.max(0, Math.min(LIMIT_MAX, Math.trunc(limit))),
    });
    return rows.flatMap((row): readonly PlaceMatch[] => {
      const found = place(row.place_id);
      return found === null ? [] : [{ ...found, matched: row.name }];
    });
  };
}
