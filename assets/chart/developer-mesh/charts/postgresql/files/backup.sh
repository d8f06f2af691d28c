#!/bin/sh
# Writes a dump of the database into a folder, checks that all of it can be read, and takes away the oldest
# ones. A dump appears under its name only when it is whole.
#
#   PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE  the database
#   BACKUP_DIR                                  the folder
#   BACKUP_KEEP                                 how many dumps stay
set -eu
umask 077

folder=${BACKUP_DIR:?}
keep=${BACKUP_KEEP:?}
name=database-$(date -u +%Y%m%dT%H%M%SZ).dump
partial=$folder/.$name.partial
trap 'rm -f "$partial"' EXIT
trap 'exit 143' TERM

# What an earlier run left behind when it was killed.
rm -f "$folder"/.database-*.partial

pg_dump --format=custom --no-password --file="$partial"
pg_restore --file=/dev/null "$partial"

(cd "$folder" && sha256sum ".$name.partial" | sed "s/\.$name\.partial/$name/" >"$name.sha256")
mv "$partial" "$folder/$name"
printf '%s\n' "$name" >"$folder/.LATEST.partial"
mv "$folder/.LATEST.partial" "$folder/LATEST"
echo "wrote $name, $(wc -c <"$folder/$name") bytes"

# The names sort by their time. Only this script's own are counted and removed.
(cd "$folder" && ls -1) | grep -E '^database-[0-9]{8}T[0-9]{6}Z\.dump$' | sort -r | tail -n "+$((keep + 1))" |
  while read -r old; do
    rm -f "$folder/$old" "$folder/$old.sha256"
    echo "removed $old"
  done
