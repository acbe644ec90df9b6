-- The last audit of a whole index, as JSON: what it found of each photo, and its counts.
CREATE TABLE audit (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  report TEXT NOT NULL
) STRICT;

CREATE TABLE implausible (
  place INTEGER PRIMARY KEY,
  finding TEXT NOT NULL
) STRICT;
