#!/bin/sh
# The same bits on arm64: a cross compiler builds the program and some of its tests, and qemu runs them. The recorded numbers of
# worlds, trainings and a small store are held to, and `cvrlab compare` finds two stores of one experiment, made on either
# machine, identical. Libraries for arm64 are unpacked into the build folder: they need not go together with those of this machine.
# MAKE says how to build.
set -eu
MAKE=${MAKE:-make}
build=build/arm here=$(pwd)/build/arm root=$(pwd)/build/arm/root
TESTS="base/test_real base/test_draw nn/test_dense nn/test_kernels world/test_hermite estimators/test_bits"
PACKAGES="libgsl-dev libgsl27 libgslcblas0 libcmocka-dev libcmocka0 libsqlite3-dev libsqlite3-0 libyaml-dev libyaml-0-2 zlib1g-dev zlib1g libzstd-dev libzstd1"
emulator="qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$root/usr/lib/aarch64-linux-gnu:$root/lib/aarch64-linux-gnu"

apt_arm() { # apt-get with lists and packages of its own
    apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$here/apt" \
        -o Dir::State::status=/dev/null -o Dir::Cache="$here/apt" -o APT::Sandbox::User=root "$@"
}

if [ "$(cat "$root/done" 2>/dev/null)" != "$PACKAGES" ]; then
    mkdir -p "$root" "$build/apt/lists/partial" "$build/apt/archives/partial"
    apt_arm update
    # shellcheck disable=SC2086 # names of packages
    (cd "$build/apt/archives" && apt_arm download $PACKAGES)
    for package in "$build"/apt/archives/*.deb; do
        dpkg-deb -x "$package" "$root"
    done
    echo "$PACKAGES" >"$root/done"
fi

programs="$build/cvrlab"
for test in $TESTS; do
    programs="$programs $build/tests/$test"
done
# shellcheck disable=SC2086 # names of files
$MAKE CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar NM=aarch64-linux-gnu-nm RUNNER="$emulator" CFLAGS=-O2 BUILD="$build" \
    PKG_CFLAGS="-isystem $root/usr/include" LDFLAGS="-L$root/usr/lib/aarch64-linux-gnu -L$root/lib/aarch64-linux-gnu" \
    PKG_LIBS="-lgsl -lgslcblas -lsqlite3 -lyaml -lz -lzstd" $programs
printf '#!/bin/sh\nexec %s %s "$@"\n' "$emulator" "$here/cvrlab" >"$build/run-cvrlab"
chmod +x "$build/run-cvrlab"
$MAKE build/release/cvrlab build/release/tests/program/test_store_bits

failed=0
say() { # NAME COMMAND...
    name=$1
    shift
    if "$@" >"$build/log" 2>&1; then
        echo "$name: passed on arm64"
    else
        echo "$name: FAILED on arm64"
        cat "$build/log"
        failed=1
    fi
}
for test in $TESTS; do
    # shellcheck disable=SC2086 # a command
    say "$test" $emulator "$build/tests/$test"
done
CVRLAB="$here/run-cvrlab" say program/test_store_bits build/release/tests/program/test_store_bits

# One experiment on both, with a sweep, tuning and all sources of randomness of a world.
cat >"$build/machines.yaml" <<'YAML'
name: machines
replicates: 3
log.size: 2000
test.size: 500
unbiased.size: 300
world: {users: 60, items: 40, latent: 3, context: 2, shape: network, ctr: 0.3, gamma_o: 0.7, gamma_r: 0.7, delta: 0.3}
behaviour.rate: 0.3
stream: {events: 4, weight: 0.3}
model: {embedding: 4, layers: [16]}
train: {epochs: 2, batch: 128}
estimators: [naive, esm2, mose, ips, dr_jl, stable_dr, res_dr]
tune: {trials: 2, range: {train.learning_rate: 0.0003..0.01}}
sweep.world.user_zipf: [0, 1]
YAML
rm -f "$build"/machines-*.db
build/release/cvrlab run "$build/machines.yaml" --db "$build/machines-here.db" 2>/dev/null
"$build/run-cvrlab" run "$build/machines.yaml" --db "$build/machines-arm.db" 2>/dev/null
build/release/cvrlab compare "$build/machines-here.db" "$build/machines-arm.db" >"$build/compared"
if grep -q '^14 compared: 14 identical\.' "$build/compared"; then
    echo "cvrlab compare: identical on arm64"
else
    echo "cvrlab compare: DIFFERS on arm64"
    cat "$build/compared"
    failed=1
fi
exit $failed
