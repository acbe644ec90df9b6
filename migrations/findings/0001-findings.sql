-- What photos look like when they are small, and which of them were compared. A photo's id is of its bytes, so nothing here grows stale.
CREATE TABLE looks (
  look INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  aspect REAL NOT NULL,
  pixels BLOB NOT NULL
) STRICT;

CREATE TABLE compared (
  a INTEGER NOT NULL,
  b INTEGER NOT NULL,
  same INTEGER NOT NULL CHECK (same IN (0, 1)),
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

CREATE INDEX copies ON compared (a, b) WHERE same = 1;
