#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the environment may do to a worker: absurd GYRE_ values, no room in /dev/shm, no ports, few
# descriptors. Either the job works or it fails with a clear line; it never crashes or hangs.
hello=examples/hello
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# bad EXPECTED NAME=VALUE...
bad() {
    line=$1
    shift
    env "$@" timeout 60 ./gyre run -n 2 $hello >"$work/out" 2>&1 && {
        echo "FAIL: accepted: $*"
        failed=1
    }
    grep -q -- "$line" "$work/out" || {
        echo "FAIL: $*: expected \"$line\" in:"
        cat "$work/out"
        failed=1
    }
    grep -qE 'signal|core dumped|Sanitizer' "$work/out" && {
        echo "FAIL: $*: crashed"
        cat "$work/out"
        failed=1
    }
}

long=$(head -c 100000 /dev/zero | tr '\0' x)
bad 'GYRE_NET=carrier-pigeon' GYRE_NET=carrier-pigeon
bad 'GYRE_NET=' GYRE_NET=
bad 'GYRE_NET=xxxx' GYRE_NET="$long"
bad 'GYRE_NET=self' GYRE_NET=self
bad 'GYRE_SHM=maybe' GYRE_SHM=maybe
bad 'GYRE_SHM_RING' GYRE_SHM_RING=3
bad 'GYRE_SHM_RING' GYRE_SHM_RING=-1
bad 'GYRE_SHM_RING' GYRE_SHM_RING=99999999999999999999g
bad 'GYRE_SHM_EAGER' GYRE_SHM_EAGER=1t
bad 'GYRE_SPIN=fast' GYRE_SPIN=fast
bad 'GYRE_WAIT=%n%s' GYRE_WAIT=%n%s
bad 'GYRE_BOOT_TIMEOUT=-1s' GYRE_BOOT_TIMEOUT=-1s
bad 'GYRE_REG_CACHE=1..5m' GYRE_REG_CACHE=1..5m
bad 'GYRE_LOG=loud' GYRE_LOG=loud

GYRE_NTE=ucx timeout 60 ./gyre run -n 2 $hello >"$work/out" 2>&1 || failed=1
grep -q 'GYRE_NTE.*GYRE_NET' "$work/out" || { echo "FAIL: GYRE_NTE is not reported"; failed=1; }

# Whatever is short: greetings of all, or an error that names something; never silence.
short() {
    what=$1
    shift
    timeout 60 "$@" >"$work/out" 2>&1
    code=$?
    if [ $code = 124 ] || [ $code -gt 128 ] || ! grep -q . "$work/out" ||
        { [ $code = 0 ] && [ "$(grep -c greeted "$work/out")" != 2 ]; }; then
        echo "FAIL: $what: exit status $code"
        cat "$work/out"
        failed=1
    fi
}
for files in 8 16 24 40; do
    short "$files descriptors" sh -c "ulimit -n $files; exec ./gyre run -n 2 $hello"
done
if unshare --mount --net true 2>/dev/null; then
    for net in "GYRE_SHM=yes" "GYRE_SHM=no" "GYRE_SHM=no GYRE_NET=ofi FI_PROVIDER=shm"; do
        short "/dev/shm of 16 KiB, $net" unshare --mount sh -c "
            mount -t tmpfs -o size=16k none /dev/shm && $net exec ./gyre run -n 2 $hello"
    done
    short "two ports" unshare --net sh -c "
        ip link set lo up && echo '40000 40001' >/proc/sys/net/ipv4/ip_local_port_range &&
        GYRE_SHM=no exec ./gyre run -n 2 $hello"
    short "no network" unshare --net ./gyre run -n 2 $hello
elif [ -n "$CI" ]; then
    echo "FAIL: no namespaces here: small /dev/shm and few ports cannot be tried"
    failed=1
else
    echo "no namespaces here: small /dev/shm and few ports were not tried"
fi
exit $failed
