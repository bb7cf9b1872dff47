#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Harp model: alone; on 1 to 7 workers of one node; without the node's shared memory, and on
# two nodes, over each network provider; and while a worker is killed in one of its calls.
hub=tests/lib/pmix-hub/pmix-hub
failed=0

# run WHAT COMMAND...
run() {
    what=$1
    shift
    timeout 150 "$@" || {
        echo "FAIL: $what"
        failed=1
    }
}

# deaths WHAT HUB-OPTION...
deaths() {
    on=$1
    shift
    for call in rotate chain tree regroup push pull wait; do
        run "death in $call, $on" $hub --timeout 120 --keep-going "$@" tests/harp/model-death $call
    done
}

run alone tests/harp/model
for workers in 1 2 3 4 5 6 7; do
    run "$workers workers" ./gyre run -n $workers --timeout 120 tests/harp/model
done
deaths "one node" --nodes 1 --per-node 4
for net in $(./gyre info | sed -n 's/^\(ucx\|ofi\) .*/\1/p'); do
    export GYRE_NET=$net
    run "3 workers by $net" env GYRE_SHM=no ./gyre run -n 3 --timeout 120 tests/harp/model
    run "two nodes by $net" $hub --timeout 120 --nodes 2 --per-node 2 tests/harp/model
    deaths "two nodes by $net" --nodes 2 --per-node 2
done
exit $failed
