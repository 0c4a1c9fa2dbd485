#!/bin/sh
# Speed of training and of generation; of the same trainings in PyTorch (peer.py), where it is installed, one thread each; and
# what the default experiment takes. All take turns for CVRLAB_ROUNDS rounds, and the fastest of each counts: on a machine that
# others use too, the least disturbed. Prints a table and writes $BUILD/bench.json, which `make bench-compare` takes as OLD.
set -eu
BUILD=${BUILD:-build/release}
PEERS="towers towers_large factorisation"
ROUNDS=${CVRLAB_ROUNDS:-3}
PYTHON=/usr/bin/python3
export OMP_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! "$PYTHON" -c 'import torch' 2>/dev/null; then
    echo "PyTorch: skipped, since $PYTHON has no torch; only our own times follow"
    PEERS=
fi

: >"$work/peers"
round=0
while [ "$round" -lt "$ROUNDS" ]; do
    "$BUILD/tests/bench/bench" --quick >>"$work/ours"
    # shellcheck disable=SC2086
    [ -z "$PEERS" ] || "$PYTHON" tests/bench/peer.py $PEERS >>"$work/peers"
    round=$((round + 1))
done

# Times are best when small, rates when large.
awk -v json="$BUILD/bench.json" -v peers="$work/peers" '
    function better(new, old, unit) { return unit ~ /\/s$|^%/ ? new > old : new < old }
    BEGIN {
        while ((getline line <peers) > 0) {
            split(line, field)
            if (!(field[1] in peer) || better(field[2], peer[field[1]], "ms")) peer[field[1]] = field[2]
        }
        target["towers.step"] = 4; target["towers_large.step"] = 18; target["factorisation.step"] = 60
        printf "%-24s %12s %-12s %12s %8s %8s\n", "", "ours", "", "PyTorch", "ratio", "target"
    }
    !($1 in ours) { order[++names] = $1; ours[$1] = $2; unit[$1] = $3 }
    better($2, ours[$1], $3) { ours[$1] = $2 }
    END {
        for (i = 1; i <= names; i++) {
            name = order[i]
            printf "%-24s %12.6g %-12s", name, ours[name], unit[name]
            if (name in peer) printf " %12.6g %8.1f %8.1f", peer[name], peer[name] / ours[name], target[name]
            print ""
            printf "%s\n  \"%s\": {\"value\": %.6g, \"unit\": \"%s\"", (i > 1 ? "," : "{"), name, ours[name], unit[name] >json
            if (name in peer) printf ", \"peer\": %.6g", peer[name] >json
            printf "}" >json
        }
        print "\n}" >json
    }' "$work/ours"

echo "written to $BUILD/bench.json"

if ! [ -f experiments/compare.yaml ] || ! "$BUILD/cvrlab" run --help >/dev/null 2>&1; then
    echo "the default experiment: skipped, since experiments/compare.yaml or \`cvrlab run\` is missing"
elif "$BUILD/tests/bench/bench" --command "$BUILD/cvrlab" run experiments/compare.yaml --db "$work/compare.db" \
    >"$work/command" 2>"$work/messages"; then
    echo "cvrlab run experiments/compare.yaml:"
    cat "$work/command"
else
    cat "$work/messages" >&2
    exit 1
fi
