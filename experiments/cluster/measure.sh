#!/bin/sh
# measure.sh CVRLAB FOLDER: how shards do on this machine, when nothing else runs on it. FOLDER/shards.csv: load.yaml in 1, 2, 4 and 12
# shards, each of one thread, as many at a time as there are processors; every number of shards three times, in turn. FOLDER/merge.csv:
# 10, 30 and 100 shards of about 100 small units each, merged. table.sh and figure.gp make the page's part of them. Takes five
# minutes.
set -eu
cvrlab=$(realpath "$1") here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
cd "$2"
cores=$(nproc)

seconds() { date +%s.%N; }

bytes() { cat "$@" | wc -c; }

# One row: shards, processors, repetition, units, seconds to run, seconds to merge, bytes of the merged store.
shards() { # SHARDS REPETITION
    rm -rf run && mkdir run
    start=$(seconds)
    seq "$1" | xargs -P "$cores" -I{} "$cvrlab" run "$here/load.yaml" --jobs 1 --shard "{}/$1" --db "run/{}.db" 2>/dev/null
    ran=$(seconds)
    "$cvrlab" merge run/all.db run/[0-9]*.db 2>/dev/null
    merged=$(seconds)
    units=$("$cvrlab" show run/all.db -f csv | awk -F, '/,world/ { n += $(NF - 3) } END { print n }')
    awk "BEGIN { printf \"%d,%d,%d,%d,%.3f,%.3f,%d\n\", $1, ($1 < $cores ? $1 : $cores), $2, $units, $ran - $start, $merged - $ran, $(bytes run/all.db) }"
}

echo shards,processors,repetition,units,seconds,merge_seconds,bytes >shards.csv
for repetition in 1 2 3; do
    for n in 1 2 4 12; do shards "$n" "$repetition"; done
done >>shards.csv

# One row: shards, units, those of the fullest shard, bytes of all shards, seconds to merge them.
merge() { # SHARDS
    rm -rf run && mkdir run
    seq "$1" | xargs -P "$cores" -I{} "$cvrlab" run "$here/small.yaml" --replicates $((50 * $1)) --jobs 1 --shard "{}/$1" --db "run/{}.db" 2>/dev/null
    fullest=$("$cvrlab" show run/[0-9]*.db -f csv | awk -F, 'NR > 1 && $3 ~ /^run/ && $4 > most { most = $4 } END { print most }')
    start=$(seconds)
    "$cvrlab" merge all.db run/[0-9]*.db 2>/dev/null
    end=$(seconds)
    awk "BEGIN { printf \"%d,%d,%d,%d,%.3f\n\", $1, 100 * $1, $fullest, $(bytes run/[0-9]*.db), $end - $start }"
    rm -rf run all.db*
}

echo shards,units,fullest,bytes,seconds >merge.csv
for n in 10 30 100; do merge "$n"; done >>merge.csv
