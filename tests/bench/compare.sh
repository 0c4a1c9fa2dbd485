#!/bin/sh
# compare.sh OLD NEW: two files that bench.sh has written, and how many times as fast the new one is.
set -eu
awk '
    /": {"value": / {
        name = $1
        gsub(/[":]/, "", name)
        value = $3
        sub(/,$/, "", value)
        unit = $5
        gsub(/["},]/, "", unit)
        if (FILENAME == ARGV[1]) old[name] = value
        else if (name in old) {
            ratio = unit ~ /\/s$|^%/ ? value / old[name] : old[name] / value
            printf "%-24s %12.6g -> %12.6g %-12s %6.2f x\n", name, old[name], value, unit, ratio
        } else printf "%-24s %12s -> %12.6g %s\n", name, "", value, unit
    }' "$1" "$2"
