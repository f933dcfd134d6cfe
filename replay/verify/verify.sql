-- page --
-- Entries between two positions as they are stored, counted from 0. A column may have been emptied.
SELECT position, coalesce(version, -1), coalesce(recorded_at, '-infinity'), coalesce(id::text, ''),
       coalesce(stream, ''), coalesce(type, ''), coalesce(fingerprint, ''), coalesce(state, '')
  FROM daybook.entries
 WHERE shard = %(shard)s AND position > %(first)s AND position <= %(end)s ORDER BY position;

-- tiles --
-- Full tiles of a level.
SELECT index, root, hashes FROM daybook.tiles
 WHERE shard = %(shard)s AND level = %(level)s AND index >= %(first)s AND index < %(end)s ORDER BY index;

-- checkpoints --
-- Signed checkpoints over sizes up to another, in order; of one size, as they were added.
SELECT size, note FROM daybook.checkpoints
 WHERE shard = %(shard)s AND size >= %(first)s AND size <= %(end)s ORDER BY size, signed_at;

-- checkpoint_sizes --
-- The smallest and the largest checkpoint.
SELECT min(size), max(size) FROM daybook.checkpoints WHERE shard = %(shard)s;

-- checkpoints_beyond --
-- Signed checkpoints over more entries than there are, the largest first.
SELECT size, note FROM daybook.checkpoints
 WHERE shard = %(shard)s AND size > %(size)s ORDER BY size DESC LIMIT %(limit)s;

-- head --
-- The head of a shard, if it has one, and which positions there are.
SELECT heads.size, heads.recorded_at, heads.peaks, heads.root,
       (SELECT coalesce(min(position), 1) FROM daybook.entries WHERE entries.shard = asked.shard),
       (SELECT coalesce(max(position), 0) FROM daybook.entries WHERE entries.shard = asked.shard)
  FROM (SELECT %(shard)s::smallint AS shard) AS asked LEFT JOIN daybook.heads ON heads.shard = asked.shard;

-- tiles_beyond --
-- Tiles that a tree of this size does not have.
SELECT found.level, found.index
  FROM generate_series(0, 6) AS levels(level)
 CROSS JOIN LATERAL (SELECT level, index FROM daybook.tiles
                      WHERE tiles.shard = %(shard)s AND tiles.level = levels.level
                        AND tiles.index >= %(size)s::bigint >> (8 * (levels.level + 1))
                      ORDER BY index LIMIT %(limit)s) AS found
 UNION ALL
(SELECT level, index FROM daybook.tiles
  WHERE shard = %(shard)s AND (level > 6 OR level < 0 OR index < 0) LIMIT %(limit)s)
 ORDER BY 1, 2 LIMIT %(limit)s;

-- shards --
-- The shards that tables have rows of, at either end: where there is one too many, it is at an end.
SELECT 'heads', min(shard), max(shard) FROM daybook.heads
 UNION ALL SELECT 'entries', min(shard), max(shard) FROM daybook.entries
 UNION ALL SELECT 'tiles', min(shard), max(shard) FROM daybook.tiles
 UNION ALL SELECT 'checkpoints', min(shard), max(shard) FROM daybook.checkpoints
 UNION ALL SELECT 'seal_keys', min(shard), max(shard) FROM daybook.seal_keys;

-- versions --
-- A page of the index that holds streams and versions: where a stream's versions are not 1, 2, 3 ..., and
-- the last row, with which the next page begins, and of which it says nothing more.
SELECT stream, version, stream_before, version_before, is_last
  FROM (SELECT stream, version, lag(stream) OVER page AS stream_before,
               lag(version) OVER page AS version_before, lead(version) OVER page IS NULL AS is_last
          FROM (SELECT stream, version FROM daybook.entries
                 WHERE shard = %(shard)s AND (stream, version) >= (%(stream)s, %(version)s::bigint)
                 ORDER BY stream, version LIMIT %(limit)s) AS rows
        WINDOW page AS (ORDER BY stream, version)) AS pairs
 WHERE is_last OR version <> CASE WHEN stream = stream_before THEN version_before + 1 ELSE 1 END
 ORDER BY stream, version;

-- ids --
-- A page of the index that holds ids and streams: where an id stands in a stream once more, and the last row.
SELECT id::text, stream, coalesce(id = id_before AND stream = stream_before, false), is_last
  FROM (SELECT id, stream, lag(id) OVER page AS id_before, lag(stream) OVER page AS stream_before,
               lead(id) OVER page IS NULL AS is_last
          FROM (SELECT id, stream FROM daybook.entries
                 WHERE shard = %(shard)s AND (id, stream) >= (%(id)s::uuid, %(stream)s)
                 ORDER BY id, stream LIMIT %(limit)s) AS rows
        WINDOW page AS (ORDER BY id, stream)) AS pairs
 WHERE is_last OR (id = id_before AND stream = stream_before)
 ORDER BY id, stream;

-- position_of_version --
-- Where a version of a stream stands.
SELECT position FROM daybook.entries
 WHERE shard = %(shard)s AND stream = %(stream)s AND version = %(version)s ORDER BY position DESC LIMIT 1;

-- position_of_id --
-- Where an id stands in a stream, at its last place.
SELECT position FROM daybook.entries
 WHERE shard = %(shard)s AND id = %(id)s::uuid AND stream = %(stream)s ORDER BY position DESC LIMIT 1;

-- before --
-- What a stream holds ahead of a version: a command's entries stand together.
SELECT id::text, fingerprint FROM daybook.entries
 WHERE shard = %(shard)s AND stream = %(stream)s AND version < %(version)s
 ORDER BY version DESC LIMIT %(limit)s;
