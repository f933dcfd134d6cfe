-- The newest form of the ledger's schema. A fresh ledger is made from it; `migrations/` lead there
-- from every earlier one, and a test compares the two. Every key begins with the shard, and no
-- statement of the ledger needs two shards.

-- tables --
-- What is kept. Columns of fixed width stand first, as PostgreSQL pads them otherwise.
CREATE SCHEMA IF NOT EXISTS daybook;
CREATE TABLE daybook.ledger (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    name text NOT NULL,
    zone text NOT NULL,
    clock text NOT NULL CHECK (clock IN ('database', 'simulated')),
    shards smallint NOT NULL CHECK (shards >= 1),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE daybook.secrets (
    name text PRIMARY KEY,
    secret bytea NOT NULL
);
CREATE TABLE daybook.heads (
    shard smallint PRIMARY KEY,
    size bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- How often persons of the shard were erased: keys read at an earlier count may be gone.
    erasures bigint NOT NULL DEFAULT 0,
    -- The tree over all entries: the roots of its perfect subtrees, largest first, and its own root.
    peaks bytea NOT NULL DEFAULT '',
    root bytea NOT NULL DEFAULT sha256('')
) WITH (fillfactor = 10);
CREATE TABLE daybook.entries (
    position bigint NOT NULL CHECK (position >= 1),
    version bigint NOT NULL CHECK (version >= 0),
    recorded_at timestamptz NOT NULL,
    shard smallint NOT NULL,
    id uuid NOT NULL,
    -- Another order than that of the bytes could change under the indexes, with the libraries of the system.
    stream text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    state bytea NOT NULL,
    CONSTRAINT entries_by_position PRIMARY KEY (shard, position),
    CONSTRAINT entries_by_stream UNIQUE (shard, stream, version),
    CONSTRAINT entries_by_id UNIQUE (shard, id, stream)
);
CREATE TABLE daybook.tiles (
    index bigint NOT NULL CHECK (index >= 0),
    shard smallint NOT NULL,
    level smallint NOT NULL CHECK (level >= 0),
    -- The hash of the whole tile, which the tile above it holds.
    root bytea NOT NULL CHECK (length(root) = 32),
    hashes bytea NOT NULL CHECK (length(hashes) = 8192),
    CONSTRAINT tiles_by_place PRIMARY KEY (shard, level, index)
);
ALTER TABLE daybook.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE TABLE daybook.checkpoints (
    size bigint NOT NULL CHECK (size >= 0),
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    shard smallint NOT NULL,
    note text COLLATE "C" NOT NULL,
    CONSTRAINT checkpoints_by_size PRIMARY KEY (shard, size, signed_at)
);
CREATE TABLE daybook.seal_keys (
    from_size bigint NOT NULL CHECK (from_size >= 0),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    shard smallint NOT NULL,
    vkey text COLLATE "C" NOT NULL,
    CONSTRAINT seal_keys_by_vkey PRIMARY KEY (shard, vkey)
);
CREATE TABLE daybook.data_keys (
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    generation integer NOT NULL CHECK (generation >= 1),
    shard smallint NOT NULL,
    subject text COLLATE "C" NOT NULL,
    -- The name of the key that it is wrapped by; both go when the subject is erased.
    kek text COLLATE "C",
    wrapped bytea,
    CONSTRAINT data_keys_by_subject PRIMARY KEY (shard, subject, generation),
    CONSTRAINT data_keys_are_whole_or_gone CHECK (
        (wrapped IS NULL) = (destroyed_at IS NOT NULL) AND (kek IS NULL) = (wrapped IS NULL)
    )
);
CREATE TABLE daybook.blind_index (
    shard smallint NOT NULL,
    token bytea NOT NULL CHECK (length(token) = 32),
    subject text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    CONSTRAINT blind_index_by_token PRIMARY KEY (shard, token, stream, subject)
);
CREATE INDEX blind_index_by_subject ON daybook.blind_index (shard, subject);
-- The statistics of a column hold samples of it, in another table, where they outlast an erasure.
ALTER TABLE daybook.data_keys ALTER COLUMN wrapped SET STATISTICS 0;
ALTER TABLE daybook.blind_index ALTER COLUMN token SET STATISTICS 0;
CREATE TABLE daybook.principals (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

-- functions --
-- The last position recorded at a moment or before: positions have no gaps and `recorded_at` never
-- falls along them, so that a binary search by position finds it, and no further index has to be kept.
CREATE FUNCTION daybook.position_at(asked_shard smallint, known_at timestamptz, size bigint) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    low bigint := 0;
    high bigint := size;
    middle bigint;
    found timestamptz;
BEGIN
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        SELECT recorded_at INTO STRICT found
          FROM daybook.entries WHERE shard = asked_shard AND position = middle;
        IF found <= known_at THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;
CREATE FUNCTION daybook.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'daybook.%: % refused: what is recorded is never changed', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION daybook.refuse_revival() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'daybook.%: % refused: what was destroyed or revoked stays so', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

-- triggers --
-- Against accidents, the owner's included. Not on distributed tables, where grants alone protect.
CREATE TRIGGER entries_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON daybook.entries
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER heads_never_fall BEFORE UPDATE ON daybook.heads
    FOR EACH ROW
    WHEN (NEW.size < OLD.size OR NEW.recorded_at < OLD.recorded_at OR NEW.shard <> OLD.shard
          OR NEW.erasures < OLD.erasures)
    EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER heads_never_go BEFORE DELETE OR TRUNCATE ON daybook.heads
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER ledger_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON daybook.ledger
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER tiles_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON daybook.tiles
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER checkpoints_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON daybook.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER seal_keys_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON daybook.seal_keys
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER data_keys_stay_destroyed BEFORE UPDATE ON daybook.data_keys
    FOR EACH ROW
    WHEN (OLD.destroyed_at IS NOT NULL OR NEW.subject <> OLD.subject OR NEW.generation <> OLD.generation)
    EXECUTE FUNCTION daybook.refuse_revival();
CREATE TRIGGER data_keys_never_go BEFORE DELETE OR TRUNCATE ON daybook.data_keys
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER principals_stay_revoked BEFORE UPDATE ON daybook.principals
    FOR EACH ROW
    WHEN (OLD.revoked_at IS NOT NULL)
    EXECUTE FUNCTION daybook.refuse_revival();
CREATE TRIGGER principals_never_go BEFORE DELETE OR TRUNCATE ON daybook.principals
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();

-- grants --
-- The application may add entries and move heads on, nothing else.
REVOKE ALL ON SCHEMA daybook FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA daybook FROM PUBLIC, daybook_app;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA daybook FROM PUBLIC;
GRANT USAGE ON SCHEMA daybook TO daybook_app;
GRANT SELECT ON daybook.ledger, daybook.secrets, daybook.migrations, daybook.heads TO daybook_app;
GRANT UPDATE (size, recorded_at, erasures, peaks, root) ON daybook.heads TO daybook_app;
GRANT SELECT, INSERT ON daybook.entries, daybook.tiles, daybook.checkpoints, daybook.seal_keys TO daybook_app;
GRANT SELECT, INSERT, UPDATE (kek, wrapped, destroyed_at) ON daybook.data_keys TO daybook_app;
GRANT SELECT, INSERT, DELETE ON daybook.blind_index TO daybook_app;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON daybook.principals TO daybook_app;
GRANT EXECUTE ON FUNCTION daybook.position_at TO daybook_app;

-- distribution --
-- The same tables on Citus: each shard of the ledger on one node, its head beside it.
CREATE EXTENSION IF NOT EXISTS citus;
SELECT create_reference_table('daybook.ledger');
SELECT create_reference_table('daybook.secrets');
SELECT create_reference_table('daybook.migrations');
SELECT create_reference_table('daybook.principals');
SELECT create_distributed_table('daybook.heads', 'shard');
SELECT create_distributed_table('daybook.entries', 'shard', colocate_with => 'daybook.heads');
SELECT create_distributed_table('daybook.tiles', 'shard', colocate_with => 'daybook.heads');
SELECT create_distributed_table('daybook.checkpoints', 'shard', colocate_with => 'daybook.heads');
SELECT create_distributed_table('daybook.seal_keys', 'shard', colocate_with => 'daybook.heads');
SELECT create_distributed_table('daybook.data_keys', 'shard', colocate_with => 'daybook.heads');
SELECT create_distributed_table('daybook.blind_index', 'shard', colocate_with => 'daybook.heads');
