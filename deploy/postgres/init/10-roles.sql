-- The roles of the hub, made once, when the folder of the data is empty. Passwords come from files: not from arguments, which everybody sees.
--   pfh_admin        superuser, for operators; no process of the hub signs in as it
--   pfh_migrate      owns the tables, changes them
--   pfh_app          reads and writes rows; neither makes, changes nor empties tables
--   pfh_drill        makes throwaway databases, in which `pfh drill` proves a backup; reads nothing of the hub's own
--   pfh_replication  the standby and the base backups
--   pfh_monitor      statistics of the server, no rows
\set ON_ERROR_STOP on
\set app_password `cat "${PFH_SECRETS_DIR:-/run/secrets}/postgres_app_password"`
\set migrate_password `cat "${PFH_SECRETS_DIR:-/run/secrets}/postgres_migrate_password"`
\set drill_password `cat "${PFH_SECRETS_DIR:-/run/secrets}/postgres_drill_password"`
\set replication_password `cat "${PFH_SECRETS_DIR:-/run/secrets}/postgres_replication_password"`
\set monitor_password `cat "${PFH_SECRETS_DIR:-/run/secrets}/postgres_monitor_password"`

-- The statements below hold passwords, and a log of statements must not.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';

CREATE ROLE pfh_migrate LOGIN PASSWORD :'migrate_password' CONNECTION LIMIT 5;
CREATE ROLE pfh_app LOGIN PASSWORD :'app_password';
-- The pool of the hub that proves the restored books, and pg_restore beside it.
CREATE ROLE pfh_drill LOGIN CREATEDB PASSWORD :'drill_password' CONNECTION LIMIT 20;
CREATE ROLE pfh_replication LOGIN REPLICATION PASSWORD :'replication_password' CONNECTION LIMIT 5;
CREATE ROLE pfh_monitor LOGIN PASSWORD :'monitor_password' CONNECTION LIMIT 5;
GRANT pg_monitor TO pfh_monitor;

-- A migration may build an index for longer than a request may wait.
ALTER ROLE pfh_migrate SET statement_timeout = 0;
ALTER ROLE pfh_drill SET statement_timeout = 0;
ALTER ROLE pfh_monitor SET statement_timeout = '10s';

CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

REVOKE ALL ON DATABASE personal_finance FROM PUBLIC;
GRANT CONNECT ON DATABASE personal_finance TO pfh_app, pfh_migrate, pfh_drill, pfh_monitor;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO pfh_migrate;
GRANT USAGE ON SCHEMA public TO pfh_app, pfh_monitor;
ALTER DEFAULT PRIVILEGES FOR ROLE pfh_migrate IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO pfh_app;
ALTER DEFAULT PRIVILEGES FOR ROLE pfh_migrate IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO pfh_app;
