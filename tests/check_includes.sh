#!/bin/sh
# Holds the includes to the floors of the source tree, lowest first: a folder includes itself and what stands on lower floors.
# Folders of one floor do not know each other. Lists (*.inc) are data, and may be included from below. Prints what breaks this.
floors='sim/base
sim
sim/propensity sim/data
sim/world
estimators/nn
estimators/core
estimators/backbones
estimators/shared
estimators
results/store
results/statistics
results/summary results/selection
results/claims
results/tables
results/comparison
plots
experiments/risk
experiments/spec
experiments/inputs
experiments/run experiments/report
experiments/cli'

find sim estimators experiments results plots -name '*.[ch]' | sort | xargs grep -n '^#include ".*\.h"' | awk -F'[:"]' -v floors="$floors" '
    function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
    BEGIN {
        n = split(floors, line, "\n")
        for (i = 1; i <= n; i++) {
            m = split(line[i], name, " ")
            for (j = 1; j <= m; j++) floor[name[j]] = i
        }
    }
    {
        from = folder($1); to = folder($4)
        if (!(from in floor)) { print $1 ": its folder has no floor in tests/check_includes.sh"; wrong = 1 }
        else if (!(to in floor)) { print $1 ":" $2 ": includes " $4 ", whose folder has no floor"; wrong = 1 }
        else if (from != to && floor[to] >= floor[from]) { print $1 ":" $2 ": includes " $4 ", which is not below it"; wrong = 1 }
    }
    END { exit wrong }'
