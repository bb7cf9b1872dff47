#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pmix-hub before anything is built on it: maps, fences, direct modex, epochs, failing workers.
hub=tests/lib/pmix-hub/pmix-hub
client=tests/lib/pmix-client
TMPDIR=$(mktemp -d) && export TMPDIR || exit 99
trap 'rm -rf "$TMPDIR"' EXIT
failures=0

# expect STATUS ARGUMENT...: runs the hub and compares its exit status.
expect() {
    want=$1
    shift
    timeout 60 $hub --timeout 30 "$@"
    got=$?
    [ $got -eq "$want" ] && return
    echo "FAIL: pmix-hub $*: exit status $got, expected $want"
    failures=$((failures + 1))
}

expect 0 --nodes 3 --per-node 2 $client
expect 0 --nodes 3 --per-node 2 --cyclic $client
expect 0 --nodes 2 --per-node 2 --epochs 30 --resize 2,3,1 $client
expect 3 --nodes 2 --per-node 2 $client die 3
expect 7 --nodes 2 --per-node 2 $client abort 1
expect 137 --nodes 2 sh -c 'kill -9 $$'
expect 0 --nodes 2 --keep-going sh -c 'kill -9 $$'
expect 124 --nodes 2 --timeout 1 sleep 60
expect 127 --nodes 1 ./no-such-program

# Agents of other hosts join by TCP.
port=$((20000 + $$ % 10000))
timeout 60 $hub --nodes 2 --per-node 2 --join 127.0.0.1:$port --node 1 --timeout 30 $client &
expect 0 --nodes 2 --per-node 2 --listen 127.0.0.1:$port $client
wait $! || failures=$((failures + 1))

left=$(ls -A "$TMPDIR")
[ -z "$left" ] || { echo "FAIL: left behind: $left"; failures=$((failures + 1)); }
[ $failures -eq 0 ]
