-- A sum of what a row says of a photo's bytes, which never changes: beside the sum of its facts, which are corrected.
ALTER TABLE "references" ADD COLUMN photo_sum INTEGER;
