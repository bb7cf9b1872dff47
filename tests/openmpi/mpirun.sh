#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Workers under Open MPI's mpirun, whose PMIx server is not ours.
mpirun=$(command -v mpirun.openmpi) || {
    echo "SKIP: mpirun.openmpi is not installed"
    [ -z "$CI" ] || exit 1
    exit 77
}
TMPDIR=$(mktemp -d) || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
failures=0

# run STATUS WORKERS COMMAND...: output in $TMPDIR/out.
run() {
    want=$1 workers=$2
    shift 2
    timeout 150 "$mpirun" --allow-run-as-root --oversubscribe -n "$workers" "$@" \
        > "$TMPDIR/out" 2>&1
    status=$?
    [ $status -eq "$want" ] && return
    echo "FAIL: mpirun -n $workers $*: exit status $status, expected $want"
    cat "$TMPDIR/out"
    failures=$((failures + 1))
}

run 0 4 tests/comm/wire-boot
grep worker "$TMPDIR/out"
[ "$(grep -cE '^worker [0-3]/4 local [0-3]/4 node 0/1 host ' "$TMPDIR/out")" = 4 ] || {
    echo "FAIL: not the table of four workers"
    failures=$((failures + 1))
}
run 0 1 tests/comm/wire-boot
run 0 3 tests/comm/wire-comm
run 0 4 tests/comm/wire-tagged
run 3 3 sh -c '[ "$OMPI_COMM_WORLD_RANK" = 1 ] && exit 3; exec tests/comm/wire-boot'
[ $failures -eq 0 ]
