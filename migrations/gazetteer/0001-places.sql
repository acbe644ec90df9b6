-- Facts, as one source gave them. Written once, read-only afterwards, replaced as a whole.
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE countries (
  iso2 TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  population INTEGER NOT NULL,
  area_km2 REAL NOT NULL,
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  spread_km REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE regions (
  id TEXT PRIMARY KEY,
  iso2 TEXT NOT NULL REFERENCES countries (iso2),
  name TEXT NOT NULL,
  population INTEGER NOT NULL,
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  spread_km REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cities (
  id TEXT PRIMARY KEY,
  iso2 TEXT NOT NULL REFERENCES countries (iso2),
  region_id TEXT REFERENCES regions (id),
  name TEXT NOT NULL,
  population INTEGER NOT NULL,
  lat REAL NOT NULL,
  lon REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Every name of every place, folded for search; the key serves prefix searches.
CREATE TABLE names (
  folded TEXT NOT NULL,
  place_id TEXT NOT NULL,
  name TEXT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('country', 'region', 'city')),
  iso2 TEXT NOT NULL,
  population INTEGER NOT NULL,
  PRIMARY KEY (folded, place_id, name)
) STRICT, WITHOUT ROWID;
