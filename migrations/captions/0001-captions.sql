-- The vectors of one model, one gazetteer and one set of templates.
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- `label` is the caption's position in the order of ids: the same captions make the same file, however often resumed.
CREATE TABLE captions (
  label INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  level TEXT NOT NULL CHECK (level IN ('country', 'region', 'city')),
  text TEXT NOT NULL,
  vector BLOB NOT NULL
) STRICT;
