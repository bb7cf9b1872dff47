#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every algorithm for several nodes between workers of three nodes, two on each, in rank order and
# dealt out, all bytes checked. Run in the build directory.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
hub=$PWD/tests/lib/pmix-hub/pmix-hub
failures=0

[ -x "$hub" ] || {
    echo "SKIP: no pmix-hub"
    [ -z "${CI:-}" ] || exit 1
    exit 77
}

# try COLLECTIVE:ALGORITHM PLACEMENT ARGUMENTS...
try() {
    rule=${1%:*}:@${1#*:}
    placement=$2
    shift 2
    GYRE_LOG=info GYRE_COLL_TUNE=$rule TMPDIR=$dir timeout 60 "$hub" --nodes 3 --per-node 2 \
        $placement --timeout 50 ./gyre bench "${rule%%:*}" "$@" -c -i 3 -x 1 >"$dir/out" 2>&1 &&
        grep -q "on 3 nodes: ${rule#*@}, " "$dir/out" && return
    echo "FAIL: $rule $placement $*"
    cat "$dir/out"
    failures=$((failures + 1))
}

for op in barrier:nodes bcast:nodes bcast:nodes_chain reduce:nodes allreduce:nodes_leader \
    allreduce:nodes_shared; do
    for placement in '' --cyclic; do
        if [ $op = barrier:nodes ]; then
            try $op "$placement"
        else
            try $op "$placement" -m 8:8
            try $op "$placement" -m 700000:1400000 --mode nonblocking
        fi
    done
done
for op in allgather:nodes_leader allgather:nodes_shared allgatherv:nodes_leader alltoall:nodes \
    reduce_scatter:nodes reduce_scatter_block:nodes gather:nodes scatter:nodes scan:nodes \
    exscan:nodes; do
    try $op '' -m 8:8
    try $op '' -m 100000:200000 --mode persistent
done
[ $failures = 0 ]
