-- What was asked of an index: labels, which people gave and nobody can make again, and tags, which are made of vectors.

-- Which reference stands at each place of the tags: 4,096 ids a block, one a line, an empty line where the place is free.
CREATE TABLE blocks (
  block INTEGER PRIMARY KEY,
  ids TEXT NOT NULL
) STRICT;

-- `stamp`: what the tags are made by; another one makes them stale. `labels` and `scales` are JSON.
CREATE TABLE tag_sets (
  name TEXT PRIMARY KEY,
  stamp TEXT NOT NULL,
  made_by TEXT NOT NULL CHECK (made_by IN ('sentences', 'probe')),
  kind TEXT NOT NULL CHECK (kind IN ('exclusive', 'independent')),
  model_id TEXT NOT NULL,
  labels TEXT NOT NULL,
  scales TEXT NOT NULL,
  tagged_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- For each label in turn a byte for each place of the block; 0 where none is tagged.
CREATE TABLE tags (
  name TEXT NOT NULL REFERENCES tag_sets (name) ON DELETE CASCADE,
  block INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (name, block)
) STRICT;

-- Photos that were drawn at random, to be labelled: `filter` and `ids` are JSON, `photos` is how many they were drawn from.
CREATE TABLE samples (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  filter TEXT NOT NULL,
  photos INTEGER NOT NULL,
  ids TEXT NOT NULL,
  seed INTEGER NOT NULL,
  drawn_at TEXT NOT NULL
) STRICT;

-- `labels`: JSON; one name in an exclusive set. `chosen`: how the photo came to be labelled, which decides what its label can tell.
CREATE TABLE labels (
  name TEXT NOT NULL,
  id TEXT NOT NULL,
  labels TEXT NOT NULL,
  chosen TEXT NOT NULL CHECK (chosen IN ('given', 'next', 'random')),
  sample INTEGER REFERENCES samples (id),
  labelled_at TEXT NOT NULL,
  PRIMARY KEY (name, id)
) STRICT, WITHOUT ROWID;

-- What a probe gives the photos that it was fitted to, by models that have not seen them: JSON, in the order of its labels.
CREATE TABLE held_out (
  name TEXT NOT NULL,
  id TEXT NOT NULL,
  stamp TEXT NOT NULL,
  predicted TEXT NOT NULL,
  PRIMARY KEY (name, id)
) STRICT, WITHOUT ROWID;
