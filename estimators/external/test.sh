#!/bin/sh
# Tests of estimators from outside: Python package, examples, PyTorch models, R. Prints "ok NAME",
# "skip NAME: reason" or "not ok NAME"; status 1 when any is not ok. PYTHON names another Python than
# Debian's.
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
export PYTHONPATH="$here/python:$here/python/tests:$here/torch" PYTHONDONTWRITEBYTECODE=1
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 CVRLAB_THREADS=1
status=0

has() { "$python" -c "import $1" 2>/dev/null; }

if ! has numpy; then
    echo "skip python: numpy of $python is not installed"
    echo "skip torch: numpy of $python is not installed"
    echo "skip r: units to read are made by numpy"
    exit 0
fi

"$python" "$here/tests/run.py" "$here/python/tests" || status=1

if has torch; then
    "$python" "$here/tests/run.py" "$here/torch/tests" || status=1
else
    echo "skip torch: torch of $python is not installed"
fi

if command -v mypy >/dev/null; then
    if (cd "$here/python" && mypy --cache-dir="$scratch/mypy" cvrlab) >"$scratch/mypy.log" 2>&1; then
        echo "ok types"
    else
        echo "not ok types"
        cat "$scratch/mypy.log"
        status=1
    fi
else
    echo "skip types: mypy is not installed"
fi

if command -v Rscript >/dev/null; then
    "$python" - "$scratch" <<'MAKE' || status=1
import sqlite3, sys
from pathlib import Path
from test_store import TABLES
from world import make_unit
scratch = Path(sys.argv[1])
make_unit(scratch / "a unit", rows=300, test=40, unbiased=20, options={"depth": 3})
with sqlite3.connect(scratch / "my run.db") as db:
    db.executescript(TABLES)
    db.execute("DELETE FROM bias_variance WHERE experiment = 'b'")
MAKE
    Rscript "$here/r/test.R" "$scratch/a unit" "$scratch/my run.db" || status=1
else
    echo "skip r: Rscript is not installed"
fi
exit $status
