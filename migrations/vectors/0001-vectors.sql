-- Embeddings of what is not in an index (photos of an evaluation, labels of a protocol), by model and content.
CREATE TABLE models (
  model INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE
) STRICT;

-- `content` is a sha-256: of a photo's bytes, or of a sentence under its own prefix.
CREATE TABLE vectors (
  model INTEGER NOT NULL REFERENCES models,
  content BLOB NOT NULL CHECK (length(content) = 32),
  vector BLOB NOT NULL,
  PRIMARY KEY (model, content)
) STRICT, WITHOUT ROWID;

-- Files that were hashed: one of the same size and time is taken to be unchanged.
CREATE TABLE files (
  path TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  mtime_ms INTEGER NOT NULL,
  content BLOB NOT NULL CHECK (length(content) = 32)
) STRICT, WITHOUT ROWID;
