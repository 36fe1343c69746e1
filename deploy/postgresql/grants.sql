-- What the running service may do, set anew after every migration by <service>_migrate, the owner of the tables.
-- The log is insert-only for it: what verification would find, a stolen password cannot do.
\set ON_ERROR_STOP on
GRANT USAGE ON SCHEMA public TO :"service";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"service";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"service";

SELECT format('REVOKE UPDATE, DELETE ON TABLE public.%I FROM %I', tablename, :'service')
FROM pg_tables
WHERE schemaname = 'public' AND tablename IN ('event', 'log_entry', 'alembic_version')
\gexec
