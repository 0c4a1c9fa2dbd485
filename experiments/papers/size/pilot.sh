#!/bin/sh
# pilot.sh CVRLAB [FILE...]: how long the files of this folder, or these, take, to standard output as csv: of each its units, seconds
# of one core a unit, and hours of one core in all. It runs one world of each on a tenth of the log, with all users and items, and two
# trainings a unit in place of the trials and the last: what is measured, drawing and scoring included, is scaled to the whole log and
# to all trainings, so that it is rather too much. Where epochs are searched, all trainings have 20, which is a little less than their
# mean.
set -eu
cvrlab=$1
shift
[ $# -gt 0 ] || set -- "$(dirname "$0")"/*_at_size.yaml
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

key() { # KEY: its value in the file at hand
    "$cvrlab" spec "$file" "$1"
}

cpu() { # seconds of the children of the shell that wrote what its times are
    awk 'NR == 2 { gsub(/[ms]/, " "); print 60 * $1 + $2 + 60 * $3 + $4 }' "$scratch/times"
}

echo 'experiment,units,seconds,hours'
for file; do
    name=$(basename "$file" .yaml)
    (
        set --
        ! grep -q '^    epochs:' "$file" || set -- --set 'tune.range.epochs=[20]'
        "$cvrlab" run "$file" --db "$scratch/$name.db" --jobs 1 --set worlds=1 --set tune.trials=1 \
            --set log.size=$(($(key log.size) / 10)) --set test.size=$(($(key test.size) / 10)) --set test.stored=1000 "$@" 2>/dev/null
        times >"$scratch/times"
        seconds=$(cpu)
        units=$("$cvrlab" table "$scratch/$name.db" --part main --long --format csv | awk 'END { print NR - 1 }')
        awk -v name="$name" -v units="$units" -v seconds="$seconds" -v worlds="$(key worlds)" -v trials="$(key tune.trials)" \
            'BEGIN { all = seconds * 10 * (trials + 1) / 2
                     printf "%s,%d,%.1f,%.2f\n", name, units * worlds, all / units, all * worlds / 3600 }'
    )
done
