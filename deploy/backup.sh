#!/bin/sh
# A backup, checked: whole, and reaching the newest checkpoint that was in the folder MEGURI_CHECKPOINTS before it began.
# usage: backup.sh FOLDER DAYS: the folder that backups go to, and after how many days one is thrown away.
# The exit status is not 0 where there is no good backup; then nothing old is thrown away.
set -eu
folder="${1:?the folder that backups go to}"
days="${2:?after how many days a backup is thrown away}"
meguri="${MEGURI:-meguri}"
file="$folder/meguri-$(date -u +%Y%m%dT%H%M%SZ).backup"
kept=""
if [ -n "${MEGURI_CHECKPOINTS:-}" ] && [ -f "$MEGURI_CHECKPOINTS/latest" ]; then
  kept="$file.checkpoint"
  cp "$MEGURI_CHECKPOINTS/latest" "$kept"
fi
"$meguri" backup "$file"
"$meguri" backup check "$file" ${kept:+--against "$kept"}
find "$folder" -maxdepth 1 -name 'meguri-*.backup*' -mtime "+$days" -delete
