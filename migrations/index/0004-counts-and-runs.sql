-- As before, and by the country that holds the references ('': none), with how many of them belong to a walk or drive: a
-- column of its own, since as a part of the key it would nearly double the rows. Filled anew by the program.
DROP TABLE coverage;
CREATE TABLE coverage (
  root_id INTEGER NOT NULL,
  cell TEXT NOT NULL,
  year INTEGER NOT NULL,
  country TEXT NOT NULL,
  count INTEGER NOT NULL,
  in_sequence INTEGER NOT NULL,
  PRIMARY KEY (root_id, cell, year, country)
) STRICT, WITHOUT ROWID;

-- The run of an ingest that was the last to meet the failure; null for those stored before runs were noted.
ALTER TABLE failures ADD COLUMN run_id INTEGER REFERENCES runs (id);
CREATE INDEX failures_run ON failures (run_id);
