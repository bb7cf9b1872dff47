#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Harp model on 1 to 7 workers of one node, on 3 without the node's shared memory, and alone.
program=tests/harp/model

fail() {
    echo "FAIL: $*"
    exit 1
}

timeout 120 $program || fail "alone"
for workers in 1 2 3 4 5 6 7; do
    timeout 120 ./gyre run -n $workers --timeout 110 $program || fail "$workers workers"
done
for net in $(./gyre info | sed -n 's/^.*\(ucx\|ofi\).*/\1/p' | sort -u); do
    GYRE_SHM=no GYRE_NET=$net timeout 120 ./gyre run -n 3 --timeout 110 $program ||
        fail "$net without shared memory"
done
exit 0
