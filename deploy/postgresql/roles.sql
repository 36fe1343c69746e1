-- Two login roles and two databases of one service, named by the variable `service`. <service>_migrate owns the
-- databases and all that is in them and is used by `migrate` alone; <service> runs the service and gets its rights
-- from grants.sql. Run by a superuser, as often as one likes: what is there stays, and passwords become those of
-- the files. They come from files, so that no shell sees them.
\set ON_ERROR_STOP on
\set owner :service _migrate
\set keys :service _keys
\set owner_password `cat "${ZHITONGCHE_SECRETS:-/run/secrets}"/postgres_:owner`
\set password `cat "${ZHITONGCHE_SECRETS:-/run/secrets}"/postgres_:service`

SELECT format('CREATE ROLE %I', missing)
FROM unnest(ARRAY[:'owner', :'service']) AS missing
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = missing)
\gexec
ALTER ROLE :"owner" LOGIN PASSWORD :'owner_password';
ALTER ROLE :"service" LOGIN PASSWORD :'password' CONNECTION LIMIT 50;

SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C.UTF-8''', missing, :'owner')
FROM unnest(ARRAY[:'service', :'keys']) AS missing
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = missing)
\gexec

-- Another service's role may not even connect.
REVOKE ALL ON DATABASE :"service", :"keys" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service", :"keys" TO :"service";
