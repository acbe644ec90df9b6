-- As before, with a number by which one is asked for, and the id that its bytes have as a reference, or would have (null where
-- they were not read).
CREATE TABLE failures_with_id (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root_id INTEGER NOT NULL REFERENCES roots (id),
  path TEXT NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  mtime_ms REAL NOT NULL,
  ctime_ms REAL,
  inode TEXT,
  photo_id TEXT,
  at TEXT NOT NULL,
  run_id INTEGER REFERENCES runs (id),
  UNIQUE (root_id, path)
) STRICT;
INSERT INTO failures_with_id (root_id, path, code, reason, bytes, mtime_ms, ctime_ms, inode, at, run_id)
  SELECT root_id, path, code, reason, bytes, mtime_ms, ctime_ms, inode, at, run_id FROM failures ORDER BY root_id, path;
DROP TABLE failures;
ALTER TABLE failures_with_id RENAME TO failures;
CREATE INDEX failures_run ON failures (run_id);

-- A photo whose bytes came in by another path is no failure: its row only spares the next run to read it again.
CREATE VIEW standing_failures AS
  SELECT * FROM failures f
  WHERE f.photo_id IS NULL OR NOT EXISTS (SELECT 1 FROM "references" r WHERE r.id = f.photo_id);
