-- How many places of a block are tagged, so that nobody reads the blocks to count.
ALTER TABLE tags ADD COLUMN tagged INTEGER NOT NULL DEFAULT 0;
UPDATE tags SET tagged = (
  WITH RECURSIVE
    first (bytes) AS MATERIALIZED (SELECT substr(tags.bytes, 1, 4096)),
    place (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM place WHERE i < 4096)
  SELECT count(*) FROM first, place WHERE substr(first.bytes, i, 1) <> x'00'
);
CREATE INDEX tagged ON tags (name, tagged);

-- Changes with every write of tags, and with nothing else.
CREATE TABLE tag_writes (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  count INTEGER NOT NULL
) STRICT;
INSERT INTO tag_writes VALUES (1, 0);
CREATE TRIGGER tags_put AFTER INSERT ON tags BEGIN UPDATE tag_writes SET count = count + 1; END;
CREATE TRIGGER tags_changed AFTER UPDATE ON tags BEGIN UPDATE tag_writes SET count = count + 1; END;
CREATE TRIGGER tag_sets_put AFTER INSERT ON tag_sets BEGIN UPDATE tag_writes SET count = count + 1; END;
CREATE TRIGGER tag_sets_changed AFTER UPDATE ON tag_sets BEGIN UPDATE tag_writes SET count = count + 1; END;
CREATE TRIGGER tag_sets_gone AFTER DELETE ON tag_sets BEGIN UPDATE tag_writes SET count = count + 1; END;
CREATE TRIGGER blocks_put AFTER INSERT ON blocks BEGIN UPDATE tag_writes SET count = count + 1; END;
CREATE TRIGGER blocks_changed AFTER UPDATE ON blocks BEGIN UPDATE tag_writes SET count = count + 1; END;
