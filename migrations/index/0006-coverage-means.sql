-- As before, with what the mean of the references' positions is made of: the sum of their unit vectors from the Earth's
-- centre, each component a whole number of 24 bits, so that it is exact in whatever order they come and go; and the sum of
-- their labels, which of one alone is its label. Filled anew by the program.
DROP TABLE coverage;
CREATE TABLE coverage (
  root_id INTEGER NOT NULL,
  cell TEXT NOT NULL,
  year INTEGER NOT NULL,
  country TEXT NOT NULL,
  count INTEGER NOT NULL,
  in_sequence INTEGER NOT NULL,
  x INTEGER NOT NULL,
  y INTEGER NOT NULL,
  z INTEGER NOT NULL,
  labels INTEGER NOT NULL,
  PRIMARY KEY (root_id, cell, year, country)
) STRICT, WITHOUT ROWID;
