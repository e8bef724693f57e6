-- A role for each service: it makes a schema of its own, owns what it makes, and sees nothing of the others'. Doing it again sets the
-- passwords, and nothing else.
\set ON_ERROR_STOP on
\getenv config_api CONFIG_API_PASSWORD
\getenv log_query LOG_QUERY_PASSWORD
\getenv ledger LEDGER_PASSWORD
BEGIN;
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['config_api', 'log_query', 'ledger']) AS name
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE config_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'config_api';
ALTER ROLE log_query LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'log_query';
ALTER ROLE ledger LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'ledger';
-- To make the schema, at first and when the tables are made anew.
GRANT CREATE ON DATABASE webhooks TO config_api, log_query, ledger;
COMMIT;
