#!/bin/sh
# validate.sh CVRLAB FOLDER NUMBER: does a twin say of estimators what they do in the world that its log is of? Trains eight estimators on
# logs of secret world NUMBER (secret.sh), and makes twins of one of its logs as a file: worlds fitted to it, and its own rows, at the
# secret Gamma. Trains the estimators in them, and scores them on the log as one would without a twin, by log loss of held-out
# clicks. The default world, fitted to nothing, is the same for all. Each step leaves a table in FOLDER/NUMBER and is not done again where
# that is there, so that a run that was stopped goes on; JOBS=N sets the threads (1). results.sh says what came of it:
#   for n in $(seq 0 12); do sh experiments/validation/validate.sh build/release/cvrlab results/validation $n; done
set -eu
cvrlab=$(realpath "$1") number=$3 jobs=${JOBS:-1}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2/$number"
cd "$2"

# SPEC TABLE METRICS: trains the estimators of an experiment, and writes their table when it is whole.
table() {
    [ ! -f "$2" ] || return 0
    "$cvrlab" run "$1" --db "$2.db" -j "$jobs" >&2 || [ $? = 3 ]
    "$cvrlab" table "$2.db" --metric "$3" --long --format csv >"$2.part"
    rm -f "$2.db" "$2.db-wal" "$2.db-shm"
    mv "$2.part" "$2"
}

if [ ! -f default.csv ]; then
    sh "$here/secret.sh" 0 | sed -e '/^world.numbers/d' -e '/^sweep/d' -e 's/^worlds.*/worlds: 16/' \
        -e 's/^replicates.*/replicates: 1/' -e 's/^name.*/name: default/' >default.yaml
    table default.yaml default.csv relative_bias,mse
fi

cd "$number"
[ ! -f done ] || exit 0
dense=user_latent_0,user_latent_1,user_latent_2,user_latent_3,item_latent_0,item_latent_1,item_latent_2,item_latent_3
dense=$dense,context_0,context_1,context_2,context_3
log=log/s0-w0-r0/log.csv

twin() { # OPTIONS: of the log, at the secret Gamma
    odds=$("$cvrlab" spec secret.yaml world.hidden_odds)
    [ "$odds" != 0 ] || odds=1
    "$cvrlab" twin "$log" --set "columns.categorical=[segment,category]" --set "columns.dense=[$dense]" \
        --odds "$odds" "$@"
}

[ -f secret.yaml ] || sh "$here/secret.sh" "$number" >secret.yaml
table secret.yaml secret.csv relative_bias,mse
[ -f "$log" ] || "$cvrlab" export secret.yaml -o log --format csv -r 0 --setting metrics.k=5 >&2
if [ ! -f twin.yaml ]; then
    twin --rows 25000 --candidates 30 --worlds 8 -j "$jobs" --parameters parameters.csv -o twin.part >twin.txt
    sed 's/^replicates.*/replicates: 1/' twin.part >twin.yaml
fi
table twin.yaml twin.csv relative_bias,mse
if [ ! -f rows.yaml ]; then
    twin --rows 50000 --own-rows -o rows.part >rows.txt
    mv rows.part rows.yaml
fi
table rows.yaml rows.csv relative_bias,mse
cat >clicks.yaml <<END
name: clicks
estimators: [naive, esmm, ips, multi_dr, escm2_ips, escm2_dr, dr_jl, dcmt]
worlds: 4
replicates: 1
data: {source: csv, path: $log, test_share: 0.2}
columns: {categorical: [segment, category], dense: [$dense]}
END
table clicks.yaml clicks.csv log_loss/O
rm -rf log twin.part
touch done
