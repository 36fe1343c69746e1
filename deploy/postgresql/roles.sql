-- Two login roles per service. <service>_migrate owns the service's two databases and all that is in them and
-- is used by `migrate` alone; <service> runs the service and gets its rights from grants.sql.
-- Run once by a superuser, on a new server. Passwords come from files, so that no shell and no log sees them.
\set ON_ERROR_STOP on
\set feedback_migrate_password `cat "${ZHITONGCHE_SECRETS:-/run/secrets}/postgres_feedback_migrate"`
\set feedback_password `cat "${ZHITONGCHE_SECRETS:-/run/secrets}/postgres_feedback"`

CREATE ROLE feedback_migrate LOGIN PASSWORD :'feedback_migrate_password';
CREATE ROLE feedback LOGIN PASSWORD :'feedback_password' CONNECTION LIMIT 50;

CREATE DATABASE feedback OWNER feedback_migrate TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
CREATE DATABASE feedback_keys OWNER feedback_migrate TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';

-- Another service's role may not even connect.
REVOKE ALL ON DATABASE feedback, feedback_keys FROM PUBLIC;
GRANT CONNECT ON DATABASE feedback, feedback_keys TO feedback;
