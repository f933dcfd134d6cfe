-- lock --
-- One notary at a time may sign for a shard, whichever process it is in; freed with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('daybook.notary', %s));

-- head --
-- The tree of a shard: its size, root and peaks.
SELECT size, root, peaks FROM daybook.heads WHERE shard = %s;

-- keys --
-- The public keys of a shard's log, in the order in which they came into use.
SELECT vkey, from_size, created_at FROM daybook.seal_keys WHERE shard = %s ORDER BY from_size, created_at;

-- keep_key --
-- A public key that signs from a size on.
INSERT INTO daybook.seal_keys (shard, vkey, from_size) VALUES (%s, %s, %s);

-- newest --
-- The largest checkpoint of a shard; of several of one size, which differ in signatures, the last.
SELECT size, note, signed_at FROM daybook.checkpoints WHERE shard = %s
 ORDER BY size DESC, signed_at DESC LIMIT 1;

-- of_size --
-- The last checkpoint of a size.
SELECT size, note, signed_at FROM daybook.checkpoints WHERE shard = %s AND size = %s
 ORDER BY signed_at DESC LIMIT 1;

-- keep --
-- A signed checkpoint.
INSERT INTO daybook.checkpoints (shard, size, note) VALUES (%s, %s, %s);
