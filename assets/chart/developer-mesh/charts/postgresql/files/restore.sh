#!/bin/sh
# Restores a dump into a new database and puts that in the place of the present one, which stays beside it
# under the name NAME_before_restore. Until the last step the present database is not touched, so that a
# dump that cannot be restored costs nothing.
#
#   PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE  the database
#   BACKUP_DIR                                  the folder with the dumps
#   BACKUP_FILE                                 the dump; empty: the latest
#   RESTORE_FORCE                               true: end the connections that others have
set -eu

folder=${BACKUP_DIR:?}
file=${BACKUP_FILE:-}
if [ -z "$file" ]; then
  if [ ! -s "$folder/LATEST" ]; then
    echo "there is no backup in $folder" >&2
    exit 1
  fi
  file=$(cat "$folder/LATEST")
fi
case $file in
*/* | .*)
  echo "BACKUP_FILE is the name of a file in $folder, without a path: $file" >&2
  exit 1
  ;;
esac
if [ ! -f "$folder/$file" ]; then
  echo "there is no $file in $folder; there are:" >&2
  (cd "$folder" && ls -1 | grep '\.dump$' || true) >&2
  exit 1
fi
if [ -f "$folder/$file.sha256" ]; then
  (cd "$folder" && sha256sum --quiet --check "$file.sha256")
else
  echo "$file has no checksum beside it; going on without" >&2
fi

new=${PGDATABASE}_restore
old=${PGDATABASE}_before_restore
export new old

# On the database that every server has. Names are quoted by psql, whatever is in them.
admin() {
  psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname=postgres "$@"
}

# Lets connections into a database again, if there is one of that name.
reopen() {
  reopened=$1 admin <<'SQL'
\getenv reopened reopened
SELECT format('ALTER DATABASE %I WITH ALLOW_CONNECTIONS true', datname)
FROM pg_database WHERE datname = :'reopened' \gexec
SQL
}

clients=$(
  admin <<'SQL'
\getenv database PGDATABASE
SELECT format('  %s from %s, since %s', coalesce(nullif(application_name, ''), 'a client'),
              coalesce(host(client_addr), 'this machine'), date_trunc('second', backend_start))
FROM pg_stat_activity WHERE datname = :'database';
SQL
)
if [ -n "$clients" ] && [ "${RESTORE_FORCE:-false}" != true ]; then
  echo "the database $PGDATABASE is in use: scale the services down first, or set RESTORE_FORCE=true" >&2
  echo "$clients" >&2
  exit 1
fi

echo "restoring $file"
admin <<'SQL'
\getenv new new
DROP DATABASE IF EXISTS :"new";
CREATE DATABASE :"new" TEMPLATE template0;
SQL
if ! pg_restore --no-password --no-owner --exit-on-error --dbname="$new" "$folder/$file"; then
  echo "$file cannot be restored; $PGDATABASE is as it was" >&2
  admin <<'SQL'
\getenv new new
DROP DATABASE IF EXISTS :"new";
SQL
  exit 1
fi

# Nobody may come in between the two renames; both happen, or neither.
if ! admin <<'SQL'
\getenv database PGDATABASE
\getenv new new
\getenv old old
DROP DATABASE IF EXISTS :"old" WITH (FORCE);
SELECT format('ALTER DATABASE %I WITH ALLOW_CONNECTIONS false', datname)
FROM pg_database WHERE datname = :'database' \gexec
SELECT count(pg_terminate_backend(pid, 10000)) AS ended FROM pg_stat_activity WHERE datname = :'database' \gset
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, :'old')
FROM pg_database WHERE datname = :'database' \gexec
ALTER DATABASE :"new" RENAME TO :"database";
COMMIT;
SQL
then
  echo "the restored database cannot take the place of $PGDATABASE; it lies beside it as $new" >&2
  reopen "$PGDATABASE"
  exit 1
fi
reopen "$old"
echo "restored $file; what was there before is kept as $old"
