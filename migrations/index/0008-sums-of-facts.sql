-- A sum of what a row says of a photo, as it was written: SQLite has none of its own, so that a byte which changes on the disk goes
-- unnoticed. null for rows of before, until they are written again or the index is rebuilt.
ALTER TABLE "references" ADD COLUMN facts_sum INTEGER;
ALTER TABLE sources ADD COLUMN facts_sum INTEGER;
