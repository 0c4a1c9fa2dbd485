#!/bin/sh
# The tests of kernels and of recorded bits on arm64: a cross compiler builds what they need of the program, and qemu runs it.
# GSL and cmocka for arm64 are unpacked into the build folder: they need not go together with those of this machine. MAKE says how
# to build.
set -eu
MAKE=${MAKE:-make}
build=build/arm here=$(pwd)/build/arm root=$(pwd)/build/arm/root
TESTS="base/test_real nn/test_dense nn/test_kernels estimators/test_bits"

apt_arm() { # apt-get with lists and packages of its own
    apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$here/apt" \
        -o Dir::State::status=/dev/null -o Dir::Cache="$here/apt" -o APT::Sandbox::User=root "$@"
}

if ! [ -f "$root/done" ]; then
    mkdir -p "$root" "$build/apt/lists/partial" "$build/apt/archives/partial"
    apt_arm update
    (cd "$build/apt/archives" && apt_arm download libgsl-dev libgsl27 libgslcblas0 libcmocka-dev libcmocka0)
    for package in "$build"/apt/archives/*.deb; do
        dpkg-deb -x "$package" "$root"
    done
    touch "$root/done"
fi

objects="$build/tests/support/support.o $build/tests/support/toy_log.o"
for test in $TESTS; do
    objects="$objects $build/tests/$test.o"
done
$MAKE CC=aarch64-linux-gnu-gcc CFLAGS=-O2 BUILD="$build" PKG_CFLAGS="-isystem $root/usr/include" $objects "$build/libengine.a"
failed=0
for test in $TESTS; do
    aarch64-linux-gnu-gcc "$build/tests/$test.o" "$build/tests/support/support.o" "$build/tests/support/toy_log.o" \
        "$build/libengine.a" -o "$build/tests/$test" -L"$root/usr/lib/aarch64-linux-gnu" \
        -lgsl -lgslcblas -lcmocka -lm -pthread
    if qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH="$root/usr/lib/aarch64-linux-gnu" "$build/tests/$test" \
        >"$build/log" 2>&1; then
        echo "$test: passed on arm64"
    else
        echo "$test: FAILED on arm64"
        cat "$build/log"
        failed=1
    fi
done
exit $failed
