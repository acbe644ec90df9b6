-- Files that were hashed: one of the same size, times and inode is taken to be unchanged. Those of before are hashed anew.
DROP TABLE files;
CREATE TABLE files (
  path TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  mtime_ms INTEGER NOT NULL,
  ctime_ms REAL,
  inode TEXT,
  content BLOB NOT NULL CHECK (length(content) = 32)
) STRICT, WITHOUT ROWID;
