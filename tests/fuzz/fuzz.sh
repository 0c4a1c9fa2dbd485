#!/bin/sh
# Builds the fuzzers with AddressSanitizer and UndefinedBehaviorSanitizer in build/fuzz, with clang's libFuzzer where it is
# installed and else with tests/fuzz/driver.c, and runs each. FUZZ_INPUTS for each fuzzer and FUZZ_STORES say how many, FUZZ_SEED
# which. What is found is kept in build/fuzz/found; the exit code tells.
build=build/fuzz found=build/fuzz/found
inputs=${FUZZ_INPUTS:-20000} stores=${FUZZ_STORES:-200} seed=${FUZZ_SEED:-1}
MAKE=${MAKE:-make}
targets="$build/cvrlab $build/tests/fuzz/stores"
for source in tests/fuzz/fuzz_*.c; do
    targets="$targets $build/${source%.c}"
done

if echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return !d && n; }' |
    clang -fsanitize=fuzzer -xc - -o /dev/null 2>/dev/null; then
    $MAKE SANITIZE=1 BUILD=$build CC=clang FUZZ_ENGINE=-fsanitize=fuzzer \
        CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link" $targets || exit 1
else
    $MAKE SANITIZE=1 BUILD=$build $targets || exit 1
fi

mkdir -p $found
wrong=0
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    work=$(mktemp -d) # libFuzzer adds to the first folder
    $build/tests/fuzz/$name -runs="$inputs" -seed="$seed" -timeout=20 -rss_limit_mb=4000 -close_fd_mask=3 -artifact_prefix=$found/$name- \
        "$work" "tests/fuzz/corpus/${name#fuzz_}" >$found/$name.log 2>&1
    status=$?
    rm -rf "$work"
    echo "$name: $inputs inputs, exit code $status"
    [ $status = 0 ] || { tail -n 40 $found/$name.log; wrong=1; }
done
$build/tests/fuzz/stores $build/cvrlab "$stores" "$seed" $found || wrong=1
exit $wrong
