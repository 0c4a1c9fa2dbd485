#!/bin/sh
# The same bits however the program is built: the recorded numbers of tests/estimators/test_bits.c and
# tests/program/test_store_bits.c, with each compiler that is
# there, two optimisations, for any machine and for this one. MAKE says how to build.
set -eu
MAKE=${MAKE:-make}
failed=0
for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || continue
    for optimisation in -O1 -O3; do
        for arch in '' -march=native; do
            build=build/bits-$compiler$optimisation${arch:+-native} # no = in it, which make would take for a variable
            $MAKE CC="$compiler" CFLAGS="$optimisation" ARCH="$arch" BUILD="$build" "$build/tests/estimators/test_bits" \
                "$build/tests/nn/test_kernels" "$build/tests/program/test_store_bits" "$build/cvrlab" >"$build.log" 2>&1 || { tail -20 "$build.log" >&2; exit 1; }
            for test in estimators/test_bits nn/test_kernels program/test_store_bits; do
                if CVRLAB=$build/cvrlab "$build/tests/$test" >"$build.log" 2>&1; then
                    echo "$test: the same with $compiler $optimisation $arch"
                else
                    echo "$test: DIFFERS with $compiler $optimisation $arch"
                    cat "$build.log"
                    failed=1
                fi
            done
        done
    done
done
exit $failed
