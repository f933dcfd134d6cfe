-- stream --
-- A stream's entries after a version, up to a position, in the order of arrival.
SELECT position, version, type, state, recorded_at FROM daybook.entries
 WHERE shard = %s AND stream = %s AND version > %s AND position <= %s ORDER BY version;

-- streams --
-- The same for many streams at once.
SELECT asked.stream, part.position, part.version, part.type, part.state, part.recorded_at
  FROM unnest(%s::text[], %s::bigint[]) AS asked(stream, version)
 CROSS JOIN LATERAL (SELECT position, version, type, state, recorded_at FROM daybook.entries
                      WHERE entries.shard = %s AND entries.stream = asked.stream
                        AND entries.version > asked.version AND entries.position <= %s
                      ORDER BY version LIMIT 9223372036854775807) AS part;

-- log --
-- A page of a shard's log, after a position, up to another.
SELECT position, version, type, state, recorded_at FROM daybook.entries
 WHERE shard = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s;

-- entry --
-- The entries that bear an id: one a stream, so as a rule one.
SELECT position, version, type, state, recorded_at FROM daybook.entries
 WHERE shard = %s AND id = %s ORDER BY stream;

-- head --
-- How many entries a shard has, and its clock: no later entry is recorded at that moment or before it.
SELECT size, recorded_at FROM daybook.heads WHERE shard = %s;

-- position_at --
-- The last position recorded at a moment or before, among the first so many.
SELECT daybook.position_at(%s::smallint, %s::timestamptz, %s::bigint);

-- full_tiles --
-- Those of some tiles of the tree that are full.
SELECT tiles.level, tiles.index, tiles.hashes
  FROM unnest(%(levels)s::smallint[], %(numbers)s::bigint[]) AS asked(level, number)
  JOIN daybook.tiles ON tiles.shard = %(shard)s AND tiles.level = asked.level AND tiles.index = asked.number;

-- stored_events --
-- For the library: a stream between two versions.
SELECT version, type, state FROM daybook.entries
 WHERE shard = %s AND stream = %s AND version > %s AND version <= %s ORDER BY version LIMIT %s;

-- stored_events_backwards --
-- The same, last first.
SELECT version, type, state FROM daybook.entries
 WHERE shard = %s AND stream = %s AND version > %s AND version <= %s ORDER BY version DESC LIMIT %s;

-- notifications --
-- For the library: the log between two positions.
SELECT position, stream, version, type, state FROM daybook.entries
 WHERE shard = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s;

-- notifications_of_types --
-- The same, of some types alone.
SELECT position, stream, version, type, state FROM daybook.entries
 WHERE shard = %s AND position > %s AND position <= %s AND type = ANY(%s) ORDER BY position LIMIT %s;
