-- The first form of the ledger: its settings, heads and entries, what protects them, who may do what.

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
    recorded_at timestamptz NOT NULL
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

-- triggers --
-- Against accidents, the owner's included. Not on distributed tables, where grants alone protect.
CREATE TRIGGER entries_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON daybook.entries
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER heads_never_fall BEFORE UPDATE ON daybook.heads
    FOR EACH ROW
    WHEN (NEW.size < OLD.size OR NEW.recorded_at < OLD.recorded_at OR NEW.shard <> OLD.shard)
    EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER heads_never_go BEFORE DELETE OR TRUNCATE ON daybook.heads
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();
CREATE TRIGGER ledger_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON daybook.ledger
    FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change();

-- grants --
-- The application may add entries and move heads on, nothing else.
REVOKE ALL ON SCHEMA daybook FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA daybook FROM PUBLIC, daybook_app;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA daybook FROM PUBLIC;
GRANT USAGE ON SCHEMA daybook TO daybook_app;
GRANT SELECT ON daybook.ledger, daybook.secrets, daybook.migrations, daybook.heads TO daybook_app;
GRANT UPDATE (size, recorded_at) ON daybook.heads TO daybook_app;
GRANT SELECT, INSERT ON daybook.entries TO daybook_app;
GRANT EXECUTE ON FUNCTION daybook.position_at TO daybook_app;
