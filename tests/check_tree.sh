#!/bin/sh
# The rules of the source tree that a compiler does not know. Prints what breaks them, and fails then.
sources=$(find sim estimators experiments results plots -name '*.[ch]' -not -path '*/examples/*' | sort)
tests=$(find tests estimators/plugin/examples -name '*.[ch]' | sort)
broken=$(mktemp)
trap 'rm -f "$broken"' EXIT

# Includes run downwards. The floors, lowest first: a folder includes itself and what stands on lower floors; folders of one floor
# do not know each other. Lists (*.inc) are data, and may be included from below; headers that the build makes have no folder.
floors='sim/base
sim
sim/propensity sim/data
sim/world
estimators/nn
estimators/core
estimators/plugin
estimators/backbones
estimators/shared
estimators
results/store
results/statistics
results/summary
results/selection
results/claims
results/tables
results/comparison
plots
experiments/identity
experiments/risk
experiments/spec
experiments/inputs
experiments/outside
experiments/run
experiments/report experiments/twin
experiments/audit
experiments/cli'

grep -n '^#include ".*/.*\.h"' $sources | awk -F'[:"]' -v floors="$floors" '
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
        if (!(from in floor)) print $1 ": its folder has no floor in tests/check_tree.sh"
        else if (!(to in floor)) print $1 ":" $2 ": includes " $4 ", whose folder has no floor"
        else if (from != to && floor[to] >= floor[from]) print $1 ":" $2 ": includes " $4 ", which is not below it"
        if ($4 ~ /_internal\.h$/ && from != to) print $1 ":" $2 ": includes " $4 ", which is for its own folder"
    }' >>"$broken"

# A .c opens with what it holds, and a header with what it is for.
for file in $sources $tests; do
    case $(head -c2 "$file") in
    '/*') ;;
    *) echo "$file: does not open with a comment" ;;
    esac
done >>"$broken"

# A type name is used once: in the program, and in what the tests share.
grep -nE '^(typedef )?(struct|enum|union) [A-Z][A-Za-z]* \{|^typedef [^(]*[A-Z][A-Za-z]*[([].*;$' \
    $sources $(echo "$tests" | grep -E '^tests/(support|reference)/') |
    awk -F: '{
        name = $3
        sub(/ ?[({[].*/, "", name)
        sub(/.*[ *]/, "", name)
        if (name in place) print $1 ":" $2 ": type " name " is also in " place[name]
        else place[name] = $1 ":" $2
    }' >>"$broken"

# SQL stands in results/store and results/summary.
grep -nE '"[ (]*(SELECT|INSERT|UPDATE|DELETE|CREATE (TEMP )?(TABLE|VIEW|INDEX)|DROP|PRAGMA|ATTACH|WITH) ' $(echo "$sources" | grep -vE '^results/(store|summary)/') |
    sed -E 's/^([^:]*:[0-9]+):.*/\1: SQL outside of results\/store and results\/summary/' >>"$broken"

# What a kernel calls is for all instruction sets: its table is the one name that it gives away.
grep -nE '^[a-zA-Z].*\(' $(echo "$sources" | grep '_kernel\.c$') | grep -vE ':(static|INLINED|const|typedef|__attribute__|TILE\()' |
    sed 's/$/: a kernel has a table of functions only/' >>"$broken"

# Elementary functions of the C library differ between machines; those that are left only say something.
grep -nE '[^a-z0-9_](exp|log|log1p|expm1|pow|tanh|exp2|log2|expf|logf|log2f|powf)\(' $(echo "$sources" | grep -E '^(sim|estimators|results/statistics)/' | grep -v '^sim/base/real.h') |
    grep -vE ':[0-9]+:( \*|/\*|.*/\*.*(exp|log|pow|tanh|log1p)\(|.*")' | sed 's/$/: see sim\/base\/real.h/' >>"$broken"

cat "$broken"
! [ -s "$broken" ]
