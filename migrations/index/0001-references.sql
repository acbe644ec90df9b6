-- One index: the truth about its references. The graph beside it is a cache of `vectors`.
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a label names a point of the graph for ever, so it must never be given twice.
CREATE TABLE "references" (
  label INTEGER PRIMARY KEY AUTOINCREMENT CHECK (label < 4294967295),
  id TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL,
  lat REAL NOT NULL CHECK (lat BETWEEN -90 AND 90),
  lon REAL NOT NULL CHECK (lon BETWEEN -180 AND 180),
  heading_deg REAL,
  altitude_m REAL,
  captured_at TEXT,
  captured_ms INTEGER,
  author TEXT,
  sequence TEXT,
  licence TEXT,
  attribution TEXT,
  url TEXT,
  iso2 TEXT,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  conflict INTEGER NOT NULL DEFAULT 0,
  added_at TEXT NOT NULL
) STRICT;
CREATE INDEX references_iso2 ON "references" (iso2);
CREATE INDEX references_sequence ON "references" (sequence);
CREATE INDEX references_author ON "references" (author);
CREATE INDEX references_captured ON "references" (captured_ms);
CREATE INDEX references_conflict ON "references" (label) WHERE conflict = 1;

-- Its coordinates are float32, rounded outwards: candidates for a box, checked against the exact columns.
CREATE VIRTUAL TABLE reference_boxes USING rtree (label, min_lat, max_lat, min_lon, max_lon);

CREATE TABLE vectors (
  label INTEGER PRIMARY KEY REFERENCES "references" (label) ON DELETE CASCADE,
  vector BLOB NOT NULL
) STRICT;

CREATE TABLE roots (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
) STRICT;

-- In the order of `id` they were added: the first one has the say over the reference's facts.
CREATE TABLE sources (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root_id INTEGER NOT NULL REFERENCES roots (id),
  path TEXT NOT NULL,
  label INTEGER NOT NULL REFERENCES "references" (label) ON DELETE CASCADE,
  bytes INTEGER NOT NULL,
  mtime_ms REAL NOT NULL,
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  facts_hash TEXT NOT NULL,
  UNIQUE (root_id, path)
) STRICT;
CREATE INDEX sources_label ON sources (label);
CREATE INDEX sources_path ON sources (path);

CREATE TABLE failures (
  root_id INTEGER NOT NULL REFERENCES roots (id),
  path TEXT NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  mtime_ms REAL NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (root_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  arguments TEXT NOT NULL,
  counts TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'stopped', 'failed'))
) STRICT;

-- What readers follow: every insert, edit and delete in the order of their commits.
CREATE TABLE changes (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('insert', 'edit', 'delete')),
  label INTEGER NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
