-- types --
-- The types of entries, each looked for by its id in its stream.
SELECT entries.stream, entries.id, entries.type
  FROM unnest(%s::text[], %s::uuid[]) AS asked(stream, id)
  JOIN daybook.entries ON entries.shard = %s AND entries.id = asked.id AND entries.stream = asked.stream;

-- holding --
-- The entries of a stretch of the log whose canonical bytes hold some bytes.
SELECT position, version, type, state, recorded_at FROM daybook.entries
 WHERE shard = %s AND position > %s AND position <= %s AND position(%s::bytea IN state) > 0
 ORDER BY position;

-- of_types --
-- The entries of a stretch of the log that are of some types.
SELECT position, version, type, state, recorded_at FROM daybook.entries
 WHERE shard = %s AND position > %s AND position <= %s AND type = ANY(%s)
 ORDER BY position;
