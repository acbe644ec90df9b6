-- What ingests into a cluster did and could not do from this machine.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  arguments TEXT NOT NULL,
  counts TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'stopped', 'failed'))
) STRICT;

CREATE TABLE failures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root TEXT NOT NULL,
  path TEXT NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  mtime_ms REAL NOT NULL,
  ctime_ms REAL,
  inode TEXT,
  photo_id TEXT,
  at TEXT NOT NULL,
  run_id INTEGER,
  UNIQUE (root, path)
) STRICT;

CREATE INDEX failures_by_run ON failures (run_id);
