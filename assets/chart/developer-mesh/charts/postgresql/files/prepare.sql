-- What the platform expects of its database. It runs when the data directory is made and after every start
-- of the server, so each statement must be true to its goal however often it runs.

-- The password below must not reach the server's log, whatever the log's settings are.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';

SET client_min_messages = 'warning';
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA IF NOT EXISTS mcp;
CREATE SCHEMA IF NOT EXISTS rag;

-- The Secret decides: services that were restarted with another password get in.
\getenv user POSTGRES_USER
\getenv password POSTGRES_PASSWORD
ALTER ROLE :"user" PASSWORD :'password';
