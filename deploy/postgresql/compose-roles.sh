#!/bin/sh
# Run once by the image of PostgreSQL, when its folder is made: the service's role, beside the owner POSTGRES_USER.
set -eu
psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set=password="$MEGURI_SERVICE_PASSWORD" <<'SQL'
CREATE ROLE meguri_service LOGIN PASSWORD :'password';
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
SQL
