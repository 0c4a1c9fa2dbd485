#!/bin/sh
# splice.sh FILE NAME: puts standard input between the marks "<!-- NAME: begin -->" and "<!-- NAME: end -->" of FILE.
set -eu
new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk -v name="$2" '
    FNR == NR { text = text $0 "\n"; next }
    $0 == "<!-- " name ": begin -->" { print; printf "%s", text; skip = 1 }
    $0 == "<!-- " name ": end -->" { skip = 0 }
    !skip' - "$1" >"$new"
cat "$new" >"$1"
