-- copy --
-- A copy of the demo's database, in which one may do harm.
CREATE DATABASE {copy} TEMPLATE {original};

-- drop --
-- The copy of an earlier run.
DROP DATABASE IF EXISTS {copy} WITH (FORCE);

-- past_triggers --
-- Lets a session go past every trigger, as somebody does who has the disk.
SET session_replication_role = replica;

-- harm --
-- Changes one bit of one entry.
UPDATE daybook.entries SET state = set_byte(state, %(byte)s, get_byte(state, %(byte)s) # 1)
 WHERE shard = 0 AND position = %(position)s;
