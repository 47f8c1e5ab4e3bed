-- Two roles and a database, said once by PostgreSQL's administrator: the owner makes and changes the tables, the
-- service reads and writes what it has to. Passwords are asked for: psql --file=roles.sql, then \password meguri_owner
-- and \password meguri_service. See docs/operate.md.
CREATE ROLE meguri_owner LOGIN;
CREATE ROLE meguri_service LOGIN;
CREATE DATABASE meguri OWNER meguri_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE meguri FROM PUBLIC;
