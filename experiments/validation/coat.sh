#!/bin/sh
# coat.sh CVRLAB FOLDER COAT: a real log with rows shown at random. The ratings of coats of users' own choice are the log: a click is a
# rating, a conversion one of at least 4, and all pairs are exposures. Estimators are trained on it and scored on the random ratings,
# which no twin sees. Twins are made of the log at four Gammas, worlds fitted to it and its own rows, and the same estimators trained in them.
# The audit estimates Gamma from the random ratings, which it is given. COAT is the folder of that data. Steps that are there are not done
# again; coat_table.sh says what came of it.
set -eu
cvrlab=$(realpath "$1") coat=$(realpath "$3") jobs=${JOBS:-1}
mkdir -p "$2"
cd "$2"
estimators='[naive, esmm, ips, multi_dr, escm2_ips, escm2_dr, dr_jl, dcmt]'

# SPEC TABLE: trains the estimators of an experiment, and writes their table when it is whole.
table() {
    [ ! -f "$2" ] || return 0
    "$cvrlab" run "$1" --db "$2.db" -j "$jobs" >&2 || [ $? = 3 ]
    "$cvrlab" table "$2.db" --metric ratio,log_loss,mse --long --format csv >"$2.part"
    rm -f "$2.db" "$2.db-wal" "$2.db-shm"
    mv "$2.part" "$2"
}

cat >real.yaml <<END
name: real
estimators: $estimators
data: {source: coat, path: $coat, pairs: all}
worlds: 6
replicates: 1
END
table real.yaml real.csv

# Short names of the features, of which a list may have 512 letters.
short() { sed '1s/user_features_/u/g; 1s/item_features_/i/g' "$1"; }
if [ ! -f log.csv ]; then
    "$cvrlab" export real.yaml -o exported --format csv -r 0 >&2
    short exported/s0-w0-r0/log.csv >log.part
    mv log.part log.csv
fi
dense=$(head -n1 log.csv | tr , '\n' | grep -E '^[ui][0-9]+$' | paste -sd,)
if [ ! -f twin.yaml ]; then
    "$cvrlab" twin log.csv --set "columns.dense=[$dense]" --candidates 30 -j "$jobs" -o twin.part >twin.txt
    mv twin.part twin.yaml
fi
table twin.yaml twin.csv
if [ ! -f rows.yaml ]; then
    "$cvrlab" twin log.csv --set "columns.dense=[$dense]" --rows 87000 --own-rows -j "$jobs" -o rows.part >rows.txt
    mv rows.part rows.yaml
fi
table rows.yaml rows.csv
if [ ! -f audit.csv ]; then
    "$cvrlab" audit "$coat" --set data.pairs=all --format csv >audit.part
    mv audit.part audit.csv
fi
