-- How many references lie in each H3 cell, by the root of their sources (0: any) and the year they were taken in (0:
-- unknown). A cell's name holds its resolution. Filled by the program, which knows the cells, and kept by its writer.
CREATE TABLE coverage (
  root_id INTEGER NOT NULL,
  cell TEXT NOT NULL,
  year INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (root_id, cell, year)
) STRICT, WITHOUT ROWID;
