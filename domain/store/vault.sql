-- shards --
-- How many shards the ledger has.
SELECT shards FROM daybook.ledger;

-- erasures --
-- How often persons of a shard were erased: keys that are read later than this are at least as new.
SELECT erasures FROM daybook.heads WHERE shard = %s;

-- latest_keys --
-- The latest key of each data subject asked for; nothing is wrapped in one that is destroyed.
SELECT asked.subject, latest.generation, latest.kek, latest.wrapped
  FROM unnest(%s::text[]) AS asked(subject)
 CROSS JOIN LATERAL (SELECT generation, kek, wrapped FROM daybook.data_keys
                      WHERE data_keys.shard = %s AND data_keys.subject = asked.subject
                      ORDER BY generation DESC LIMIT 1) AS latest;

-- keys --
-- These very keys.
SELECT asked.subject, asked.generation, found.kek, found.wrapped
  FROM unnest(%s::text[], %s::int[]) AS asked(subject, generation)
 CROSS JOIN LATERAL (SELECT kek, wrapped FROM daybook.data_keys
                      WHERE data_keys.shard = %s AND data_keys.subject = asked.subject
                        AND data_keys.generation = asked.generation
                      LIMIT 1) AS found;

-- add_keys --
-- Keys for data subjects who have none, and whose they are now; where another process was faster, its stay.
INSERT INTO daybook.data_keys (shard, subject, generation, kek, wrapped)
SELECT %(shard)s, made.subject, made.generation, %(kek)s, made.wrapped
  FROM unnest(%(subjects)s::text[], %(generations)s::int[], %(wrapped)s::bytea[])
       AS made(subject, generation, wrapped)
    ON CONFLICT DO NOTHING RETURNING subject;

-- subjects --
-- The data subjects of a stream that have keys, the customer first.
SELECT DISTINCT subject FROM daybook.data_keys
 WHERE shard = %(shard)s AND destroyed_at IS NULL
   AND (subject = %(customer)s OR subject > %(customer)s || '/' AND subject < %(customer)s || '0')
 ORDER BY subject;

-- find --
-- Where any of these tokens stands in the index.
SELECT DISTINCT stream, subject FROM daybook.blind_index
 WHERE shard = %s AND token = ANY(%s::bytea[]) ORDER BY stream, subject;

-- lock_head --
-- From here to the end of the transaction nobody appends to the shard.
SELECT erasures FROM daybook.heads WHERE shard = %s FOR UPDATE;

-- key_counts --
-- How many keys a data subject has had, and how many of them live.
SELECT coalesce(max(generation), 0), count(*) FILTER (WHERE destroyed_at IS NULL) FROM daybook.data_keys
 WHERE shard = %s AND subject = %s;

-- destroy_keys --
-- Destroys the keys of a data subject up to a generation.
UPDATE daybook.data_keys SET wrapped = NULL, kek = NULL, destroyed_at = clock_timestamp()
 WHERE shard = %(shard)s AND subject = %(subject)s AND generation <= %(generation)s AND destroyed_at IS NULL;

-- forget_tokens --
-- Takes a data subject out of the index.
DELETE FROM daybook.blind_index WHERE shard = %s AND subject = %s;

-- count_erasure --
-- Tells every process that keys it holds may be destroyed.
UPDATE daybook.heads SET erasures = erasures + 1 WHERE shard = %s;

-- revived --
-- Which data subjects, erased up to a generation, are back: a key lives, or they are found without any.
SELECT asked.subject, asked.generation
  FROM unnest(%(subjects)s::text[], %(generations)s::int[]) AS asked(subject, generation)
 WHERE EXISTS (SELECT FROM daybook.data_keys
                WHERE data_keys.shard = %(shard)s AND data_keys.subject = asked.subject
                  AND data_keys.generation <= asked.generation AND destroyed_at IS NULL)
    OR EXISTS (SELECT FROM daybook.blind_index
                WHERE blind_index.shard = %(shard)s AND blind_index.subject = asked.subject)
       AND NOT EXISTS (SELECT FROM daybook.data_keys
                        WHERE data_keys.shard = %(shard)s AND data_keys.subject = asked.subject
                          AND destroyed_at IS NULL)
 ORDER BY asked.subject;

-- wrapped_otherwise --
-- A shard's keys after one that are wrapped by another key-encryption key, locked against their destruction.
SELECT subject, generation, kek, wrapped FROM daybook.data_keys
 WHERE shard = %s AND (subject, generation) > (%s, %s) AND kek <> %s
 ORDER BY subject, generation LIMIT %s FOR UPDATE;

-- wrap_anew --
-- Keys wrapped anew.
UPDATE daybook.data_keys SET kek = %(kek)s, wrapped = anew.wrapped
  FROM unnest(%(subjects)s::text[], %(generations)s::int[], %(wrapped)s::bytea[])
       AS anew(subject, generation, wrapped)
 WHERE data_keys.shard = %(shard)s AND data_keys.subject = anew.subject
   AND data_keys.generation = anew.generation;

-- keys_by_kek --
-- How many of a shard's keys each key-encryption key wraps; nothing wraps those that are destroyed.
SELECT kek, count(*) FROM daybook.data_keys WHERE shard = %s GROUP BY kek;
