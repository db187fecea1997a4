-- Two roles of the database, and the database: psql as its superuser, once.
--     psql -v owner_password="'…'" -v app_password="'…'" -f deploy/roles.sql
-- The owner makes and changes tables (`migrate`); the site reads and writes rows, and can neither. What the site may not even do to rows
-- (the audit trail and the ledger only grow) is granted after `migrate`, by docs/audit.md.

CREATE ROLE enrolhub_owner LOGIN PASSWORD :owner_password;
CREATE ROLE enrolhub_app LOGIN PASSWORD :app_password;
CREATE DATABASE enrolhub OWNER enrolhub_owner ENCODING 'UTF8' TEMPLATE template0;
\connect enrolhub
-- A comparison keeps both its sides in temporary tables.
REVOKE ALL ON DATABASE enrolhub FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE enrolhub TO enrolhub_app;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO enrolhub_owner;
GRANT USAGE ON SCHEMA public TO enrolhub_app;
-- Somebody who forgets to commit keeps nobody waiting for a night.
ALTER ROLE enrolhub_app SET idle_in_transaction_session_timeout = '5min';
ALTER ROLE enrolhub_app SET lock_timeout = '60s';
-- What the owner makes from now on, the site may use.
ALTER DEFAULT PRIVILEGES FOR ROLE enrolhub_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO enrolhub_app;
ALTER DEFAULT PRIVILEGES FOR ROLE enrolhub_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO enrolhub_app;
