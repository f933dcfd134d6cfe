-- server --
-- What the server is.
SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding;

-- lock --
-- One init or migration at a time in this database; freed with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('daybook.migrations', 0));

-- has_ledger --
-- Whether the schema and its tables stand. Asked of the table of tables, as `to_regclass` may remember
-- that they did not.
SELECT count(*) = 2 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE nspname = 'daybook' AND relname IN ('migrations', 'ledger');

-- has_role --
-- Whether the application's role exists, and whether the session may act as it.
SELECT coalesce((SELECT pg_has_role(current_user, oid, 'MEMBER')
                   FROM pg_roles WHERE rolname = 'daybook_app'), false),
       EXISTS (SELECT FROM pg_roles WHERE rolname = 'daybook_app');

-- create_role --
-- The application's role. It cannot log in by itself unless it was made so: users are granted it.
CREATE ROLE daybook_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;

-- join_role --
-- Lets whoever runs this act as the application.
GRANT daybook_app TO CURRENT_USER;

-- has_citus --
-- Whether the server offers the Citus extension.
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citus');

-- is_distributed --
-- Whether the tables are distributed already: then there are no triggers on them.
SELECT NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'entries_never_change');

-- insert_ledger --
-- The ledger's settings, for ever.
INSERT INTO daybook.ledger (name, zone, clock, shards) VALUES (%s, %s, %s, %s);

-- insert_secret --
-- The key of the fingerprints that decide whether two requests ask the same.
INSERT INTO daybook.secrets (name, secret) VALUES ('fingerprint', %s);

-- insert_head --
-- An empty shard; its clock starts where no entry can be earlier.
INSERT INTO daybook.heads (shard, size, recorded_at) VALUES (%s, 0, '0001-01-01T00:00:00Z');

-- shards_without_tree --
-- The shards whose entries were recorded before there were trees.
SELECT shard FROM daybook.heads WHERE size > 0 AND peaks = '' ORDER BY shard;

-- facts --
-- The ledger's settings, the key of its fingerprints and its schema's version.
SELECT ledger.name, ledger.zone, ledger.clock, ledger.shards, ledger.created_at, secrets.secret,
       (SELECT max(number) FROM daybook.migrations)
  FROM daybook.ledger, daybook.secrets WHERE secrets.name = 'fingerprint';

-- create_migrations --
-- Which migrations were applied, and when.
CREATE SCHEMA IF NOT EXISTS daybook;
CREATE TABLE daybook.migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- applied --
-- The migrations applied, in order.
SELECT number, name FROM daybook.migrations ORDER BY number;

-- keep --
-- Remembers a migration as applied.
INSERT INTO daybook.migrations (number, name) VALUES (%s, %s);
