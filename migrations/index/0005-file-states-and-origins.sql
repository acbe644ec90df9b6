-- What a program that sets a file's time back leaves changed: the time of the last change of the file or its attributes,
-- and its number in its file system. null where unknown: uploads, and rows of before.
ALTER TABLE sources ADD COLUMN ctime_ms REAL;
ALTER TABLE sources ADD COLUMN inode TEXT;
ALTER TABLE failures ADD COLUMN ctime_ms REAL;
ALTER TABLE failures ADD COLUMN inode TEXT;

-- What gave a source its position ('manifest', 'track', 'xmp', 'takeout', 'photo' or 'upload'; null: of before), the
-- manifest that names the photo and the track that placed it, from the source's root: a position is withdrawn where what
-- gave it was read and gives none now.
ALTER TABLE sources ADD COLUMN position_from TEXT;
ALTER TABLE sources ADD COLUMN manifest TEXT;
ALTER TABLE sources ADD COLUMN track TEXT;
CREATE INDEX sources_manifest ON sources (root_id, manifest) WHERE manifest IS NOT NULL;
