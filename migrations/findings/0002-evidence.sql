-- What the rest of the index says of where each photo was taken, as of the one stamp: another index, model or tuning makes all of it stale.
CREATE TABLE evidence_stamp (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  stamp TEXT NOT NULL
) STRICT;

CREATE TABLE evidence (
  id BLOB PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;
