-- add --
-- A new key; its secret is known to its holder alone.
INSERT INTO daybook.principals (id, name, secret_hash, scopes, created_by, expires_at)
VALUES (%s, %s, %s, %s, %s, %s);

-- by_id --
-- One key with the hash of its secret, and whether it has expired by the database's clock.
SELECT id, name, scopes, created_at, created_by, expires_at, revoked_at,
       coalesce(expires_at <= clock_timestamp(), false), secret_hash
  FROM daybook.principals WHERE id = %s;

-- all --
-- The same of all keys without their hashes, oldest first.
SELECT id, name, scopes, created_at, created_by, expires_at, revoked_at,
       coalesce(expires_at <= clock_timestamp(), false)
  FROM daybook.principals ORDER BY created_at, id;

-- revoke --
-- End a key, once and for ever.
UPDATE daybook.principals SET revoked_at = clock_timestamp() WHERE id = %s AND revoked_at IS NULL;
