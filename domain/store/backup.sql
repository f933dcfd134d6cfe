-- snapshot --
-- What is read from here to the end of the transaction belongs together: a head, and what goes with it.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- rows --
-- All rows of a small table.
COPY (SELECT {columns} FROM daybook.{table}) TO STDOUT (FORMAT BINARY);

-- rows_of_shard --
-- All rows of a table that are of a shard.
COPY (SELECT {columns} FROM daybook.{table} WHERE shard = %(shard)s) TO STDOUT (FORMAT BINARY);

-- rows_between --
-- Rows of a log: they never change, so that no longer transaction is needed. A long one would have the head
-- row keep all its versions meanwhile, and every append look through them.
COPY (SELECT {columns} FROM daybook.{table}
       WHERE shard = %(shard)s AND {place} >= %(first)s AND {place} < %(end)s ORDER BY {place})
TO STDOUT (FORMAT BINARY);

-- keys_taken_out --
-- The data keys of a shard without the keys, which makes them destroyed.
COPY (SELECT shard, subject, generation, created_at, coalesce(destroyed_at, now())
        FROM daybook.data_keys WHERE shard = %(shard)s) TO STDOUT (FORMAT BINARY);

-- rows_in --
-- Takes rows in.
COPY daybook.{table} ({columns}) FROM STDIN (FORMAT BINARY);
