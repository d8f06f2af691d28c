#!/bin/sh
# Runs prepare.sql once the server answers on its socket, where it asks for no password. While a data
# directory is being made, a server comes and goes; then the statements are tried again.
set -eu

tries=${PREPARE_TRIES:-150}
while [ "$tries" -gt 0 ]; do
  if pg_isready --quiet --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" &&
    psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=1 --single-transaction \
      --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --file="${PREPARE_SQL:-/scripts/prepare.sql}"; then
    exit 0
  fi
  tries=$((tries - 1))
  sleep "${PREPARE_PAUSE:-2}"
done
echo "the database could not be prepared: see the lines above and the server's log" >&2
exit 1
