-- begin --
-- Read Committed: each statement after the one that waited for the lock sees what was committed meanwhile.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;

-- commit --
-- Returns once the entries are on disk.
COMMIT;

-- roll_back --
-- Leaves nothing of the batch.
ROLLBACK;

-- lock_head --
-- Step 1: from here to the end of the transaction nobody else appends to the shard.
SELECT size, recorded_at, peaks, erasures FROM daybook.heads WHERE shard = %s FOR UPDATE;

-- clock --
-- A statement of its own after the lock: one that waits would have read the clock before it waited.
SELECT clock_timestamp();

-- find_ids --
-- Step 2: where commands were recorded before, each with the ids that follow it in its stream, which
-- may be its own. A limit keeps the planner from reading a table that it takes for small once instead
-- of asking the index for each.
SELECT asked.number, first.position, first.version, first.recorded_at, first.fingerprint,
       ARRAY(SELECT next.id FROM daybook.entries AS next
              WHERE next.shard = %(shard)s AND next.stream = asked.stream
                AND next.version > first.version AND next.version <= first.version + %(next)s
              ORDER BY next.version)
  FROM unnest(%(ids)s::uuid[], %(streams)s::text[]) WITH ORDINALITY AS asked(id, stream, number)
 CROSS JOIN LATERAL (SELECT position, version, recorded_at, fingerprint FROM daybook.entries
                      WHERE entries.shard = %(shard)s
                        AND entries.id = asked.id AND entries.stream = asked.stream
                      LIMIT 1) AS first;

-- next_ids --
-- Step 2: more ids of a stream, for a command of more entries than were looked up with it.
SELECT id FROM daybook.entries WHERE shard = %s AND stream = %s AND version > %s ORDER BY version LIMIT %s;

-- state --
-- Step 2: the canonical bytes of a command that was recorded before.
SELECT state FROM daybook.entries WHERE shard = %s AND id = %s AND stream = %s;

-- destroyed_keys --
-- Step 2: which of these keys of data subjects are destroyed.
SELECT asked.subject, asked.generation
  FROM unnest(%s::text[], %s::int[]) AS asked(subject, generation)
  JOIN daybook.data_keys
    ON data_keys.shard = %s AND data_keys.subject = asked.subject
   AND data_keys.generation = asked.generation AND data_keys.destroyed_at IS NOT NULL;

-- find_versions --
-- Step 3: the versions that streams are at; a stream without entries is left out.
SELECT asked.stream, last.version
  FROM unnest(%s::text[]) AS asked(stream)
 CROSS JOIN LATERAL (SELECT version FROM daybook.entries
                      WHERE entries.shard = %s AND entries.stream = asked.stream
                      ORDER BY version DESC LIMIT 1) AS last;

-- find_tails --
-- Step 3: what came into streams after the versions that requests were decided on.
SELECT asked.stream, tail.version, tail.type, tail.state
  FROM unnest(%s::text[], %s::bigint[]) AS asked(stream, version)
 CROSS JOIN LATERAL (SELECT version, type, state FROM daybook.entries
                      WHERE entries.shard = %s AND entries.stream = asked.stream
                        AND entries.version > asked.version
                      ORDER BY version LIMIT 9223372036854775807) AS tail;

-- copy_entries --
-- Step 5.
COPY daybook.entries (position, version, recorded_at, shard, id, stream, type, fingerprint, state)
FROM STDIN (FORMAT BINARY);

-- states_between --
-- Step 5: the entries whose leaves fill the tree's last tile, counted from 0.
SELECT state FROM daybook.entries
 WHERE shard = %(shard)s AND position > %(first)s AND position <= %(end)s ORDER BY position;

-- tile_roots --
-- Step 5: the hashes that fill the last tile of a higher level.
SELECT root FROM daybook.tiles
 WHERE shard = %(shard)s AND level = %(level)s AND index >= %(first)s AND index < %(end)s ORDER BY index;

-- copy_tiles --
-- Step 5: the tiles that are full now.
COPY daybook.tiles (index, shard, level, root, hashes) FROM STDIN (FORMAT BINARY);

-- add_tokens --
-- Step 5: by what names, phones and addresses the streams are found from now on.
INSERT INTO daybook.blind_index (shard, token, subject, stream)
SELECT %s, new.token, new.subject, new.stream
  FROM unnest(%s::bytea[], %s::text[], %s::text[]) AS new(token, subject, stream)
    ON CONFLICT DO NOTHING;

-- move_head --
-- Step 5.
UPDATE daybook.heads SET size = %s, recorded_at = %s, peaks = %s, root = %s WHERE shard = %s;

-- close --
-- Raises the clock of a shard to a moment that has passed, so that every later entry is later than it.
-- Where the row had to be waited for, its condition is asked again after the wait.
UPDATE daybook.heads SET recorded_at = %(known_at)s
 WHERE shard = %(shard)s AND recorded_at < %(known_at)s AND (%(ahead)s OR %(known_at)s <= clock_timestamp());

-- holder --
-- Who holds the head's lock: the session whose transaction is marked in the row, if that still runs. Then all
-- that changes while it makes progress, and whether it waits for its client; who may not be seen never does.
SELECT locks.pid,
       concat_ws(' ', heads.xmax, activity.state_change, activity.query_start, copied.bytes_processed),
       coalesce(activity.wait_event_type = 'Client' OR activity.state LIKE 'idle in transaction%%', false)
  FROM daybook.heads
  JOIN pg_locks AS locks
    ON locks.locktype = 'transactionid' AND locks.transactionid = heads.xmax AND locks.granted
  LEFT JOIN pg_stat_activity AS activity ON activity.pid = locks.pid
  LEFT JOIN pg_stat_progress_copy AS copied ON copied.pid = locks.pid
 WHERE heads.shard = %s AND locks.pid <> pg_backend_pid();

-- terminate --
-- Ends a session that has been holding the head for too long.
SELECT pg_terminate_backend(%s);
