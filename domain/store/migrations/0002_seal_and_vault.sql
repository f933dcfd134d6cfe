-- The seal and the vault: the tree in the heads, its tiles and checkpoints; the keys of personal data, the
-- index by which it is searched, and the principals who act. The tree over entries that stand already is
-- grown by `daybook init` afterwards.

-- tables --
-- As in `schema.sql`.
ALTER TABLE daybook.heads
    ADD COLUMN erasures bigint NOT NULL DEFAULT 0,
    ADD COLUMN peaks bytea NOT NULL DEFAULT '',
    ADD COLUMN root bytea NOT NULL DEFAULT sha256('');
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
-- As in `schema.sql`.
CREATE FUNCTION daybook.refuse_revival() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'daybook.%: % refused: what was destroyed or revoked stays so', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

-- triggers --
-- As in `schema.sql`.
DROP TRIGGER heads_never_fall ON daybook.heads;
CREATE TRIGGER heads_never_fall BEFORE UPDATE ON daybook.heads
    FOR EACH ROW
    WHEN (NEW.size < OLD.size OR NEW.recorded_at < OLD.recorded_at OR NEW.shard <> OLD.shard
          OR NEW.erasures < OLD.erasures)
    EXECUTE FUNCTION daybook.refuse_change();
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
-- As in `schema.sql`.
REVOKE ALL ON ALL TABLES IN SCHEMA daybook FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA daybook FROM PUBLIC;
GRANT UPDATE (size, recorded_at, erasures, peaks, root) ON daybook.heads TO daybook_app;
GRANT SELECT, INSERT ON daybook.entries, daybook.tiles, daybook.checkpoints, daybook.seal_keys TO daybook_app;
GRANT SELECT, INSERT, UPDATE (kek, wrapped, destroyed_at) ON daybook.data_keys TO daybook_app;
GRANT SELECT, INSERT, DELETE ON daybook.blind_index TO daybook_app;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON daybook.principals TO daybook_app;

-- distribution --
-- As in `schema.sql`.
SELECT create_reference_table('daybook.principals');
SELECT create_distributed_table('daybook.tiles', 'shard', colocate_with => 'daybook.heads');
SELECT create_distributed_table('daybook.checkpoints', 'shard', colocate_with => 'daybook.heads');
SELECT create_distributed_table('daybook.seal_keys', 'shard', colocate_with => 'daybook.heads');
SELECT create_distributed_table('daybook.data_keys', 'shard', colocate_with => 'daybook.heads');
SELECT create_distributed_table('daybook.blind_index', 'shard', colocate_with => 'daybook.heads');
