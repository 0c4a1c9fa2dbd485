#!/bin/sh
# Runs test programs, CVRLAB_WRAPPER before each, shows what failed or was skipped, and ends with the sums over all of them.
# A program that dies counts as a failed test.
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for program; do
    $CVRLAB_WRAPPER "$program" >"$log" 2>&1
    status=$?
    sed -i '/test(s) run\.$/,/^$/d' "$log" # cmocka's own sums, which name tests again
    ok=$(grep -c '^\[       OK \]' "$log")
    skip=$(grep -c '^\[  SKIPPED \]' "$log")
    wrong=$(grep -c '^\[  FAILED  \]' "$log")
    [ "$status" = 0 ] || [ "$wrong" -gt 0 ] || wrong=1
    passed=$((passed + ok)) skipped=$((skipped + skip)) failed=$((failed + wrong))
    printf '%-28s %4d passed' "$(basename "$program")" "$ok"
    [ "$skip" = 0 ] || printf ', %d skipped' "$skip"
    [ "$wrong" = 0 ] || printf ', %d FAILED' "$wrong"
    echo
    [ "$wrong" = 0 ] || cat "$log"
    [ "$skip" = 0 ] || grep -i 'skipped$' "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
