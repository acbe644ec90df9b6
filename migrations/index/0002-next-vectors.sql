-- The model whose vectors are being made beside those in use (`index reembed`): one row, or none.
CREATE TABLE next_model (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  model_id TEXT NOT NULL,
  model_name TEXT NOT NULL,
  dimension INTEGER NOT NULL,
  begun_at TEXT NOT NULL
) STRICT;

-- They take the place of `vectors` in one transaction, once every reference has one.
CREATE TABLE next_vectors (
  label INTEGER PRIMARY KEY REFERENCES "references" (label) ON DELETE CASCADE,
  vector BLOB NOT NULL
) STRICT;
