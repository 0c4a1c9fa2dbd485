#!/bin/sh
# Speed of training and of generation; PyTorch programs of the same shapes beside it, one thread each; and what the default
# experiment takes. CVRLAB_PEERS is the folder of the PyTorch programs. All take turns for CVRLAB_ROUNDS rounds, and the
# fastest of each counts: on a machine that others use too, the least disturbed.
set -eu
BUILD=${BUILD:-build/release}
PEERS=${CVRLAB_PEERS:-../shared/peers}
ROUNDS=${CVRLAB_ROUNDS:-3}
PYTHON=/usr/bin/python3
export OMP_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

peer() { # NAME PROGRAM ARGUMENT...: appends "NAME milliseconds" of a step
    name=$1 program=$2
    shift 2
    "$PYTHON" "$PEERS/$program" "$@" | sed -n "s/.*ms_per_step \([0-9.]*\).*/$name \1/p" >>"$work/peers"
}

if ! [ -f "$PEERS/torch_towers.py" ] || ! [ -f "$PEERS/torch_mf.py" ]; then
    echo "no PyTorch programs in $PEERS (set CVRLAB_PEERS): only our own times follow"
    PEERS=
elif ! "$PYTHON" -c 'import torch' 2>/dev/null; then
    echo "$PYTHON has no torch: only our own times follow"
    PEERS=
fi

: >"$work/peers"
round=0
while [ "$round" -lt "$ROUNDS" ]; do
    "$BUILD/tests/bench/bench" --quick >>"$work/ours"
    if [ -n "$PEERS" ]; then
        peer towers.step torch_towers.py --users 5000 --items 2000
        peer towers_large.step torch_towers.py --users 100000 --items 20000
        peer factorisation.step torch_mf.py
    fi
    round=$((round + 1))
done

# Times are best when small, rates when large. What is printed goes to $BUILD/bench.json as well, for compare.sh.
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
            printf "%s\n  \"%s\": {\"value\": %.6g, \"unit\": \"%s\"", i > 1 ? "," : "{", name, ours[name], unit[name] >json
            if (name in peer) printf ", \"peer\": %.6g", peer[name] >json
            printf "}" >json
        }
        print "\n}" >json
    }' "$work/ours"

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
