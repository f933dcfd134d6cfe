-- application_role --
-- The role that the application logs in as. What it may do, migrations grant.
CREATE ROLE daybook_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;

-- database --
-- The ledger's database, owned by the role that migrations run as.
CREATE DATABASE daybook OWNER daybook_owner;
