#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command line of gyre bench: sizes, JSON, help, and what is wrong with bad ones, said once.
# Run in the build directory.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
gyre=$PWD/gyre
collectives='barrier bcast reduce allreduce reduce_scatter reduce_scatter_block gather gatherv scatter
    scatterv allgather allgatherv alltoall alltoallv scan exscan neighbor_allgather
    neighbor_allgatherv neighbor_alltoall neighbor_alltoallv'
operators='partition keyed_reduce join sort'

fail() {
    echo "FAIL: $*" >&2
    cat "$dir/out" >&2
    exit 1
}

# refused TEXT ARGUMENTS...: exit status 2 and one line with the text
refused() {
    text=$1
    shift
    status=0
    timeout 60 "$gyre" bench "$@" >"$dir/out" 2>&1 || status=$?
    [ $status = 2 ] || fail "bench $*: exit $status"
    [ "$(wc -l <"$dir/out")" = 1 ] || fail "bench $*: not one line"
    grep -Fq -- "$text" "$dir/out" || fail "bench $*: expected: $text"
}

refused 'which operation'
refused 'unknown operation latenzy' latenzy
refused 'needs two workers or more, has 1: gyre run -n 2' latency
for sizes in '' x : :8 8:x 8:4 -1:4 8:4q 1e3 8:4k4 99999999999999999999 16777216t; do
    refused 'expected MIN:MAX' latency -m "$sizes"
done
refused 'atomic takes sizes from 4 to 8' atomic -m 4:16
refused 'put takes sizes from 1' put -m 0:16
for count in '' x 1x -1 99999999999; do
    refused 'expected a whole number, 1 or more' latency -i "$count"
    refused 'expected a whole number, 0 or more' latency -x "$count"
    refused 'expected a whole number, 1 or more' rate -w "$count"
done
refused 'expected a whole number, 1 or more' latency -i 0
refused 'latency takes no -w' latency -w 4
refused 'latency takes no --op' latency --op swap
refused '--op xor: expected fetch_add' atomic --op xor
refused 'unknown option --fast' latency --fast
refused 'unknown option -q' latency -q
refused '-m needs a value' latency -m
refused 'unexpected argument 4k' latency 4k
refused 'expected MIN:MAX' latency --json -m 1:0 --help
for option in --mode --memory --type -t; do
    refused "latency takes no $option" latency $option x
done
refused 'latency takes no --barrier' latency --barrier
refused '--mode fast: expected blocking, nonblocking, persistent or overlap' bcast --mode fast
refused '--memory none: expected private or shared' bcast --memory none
refused '--type float: not a type of Gyre' bcast --type float
refused '--op minus: expected sum, prod, min,' reduce --op minus
refused '--op band: not of float32' allreduce --op band
refused '--op sum: not of byte' allreduce --type byte
refused 'bcast takes no --op' bcast --op sum
refused 'barrier takes no --type' barrier --type int8
refused 'barrier takes sizes from 0 to 0' barrier -m 8:8
refused '-m 2: expected whole elements of 8 bytes (int64)' scan -m 2:64 --type int64
refused 'bcast takes no -w' bcast -w 2
for limit in '' 0 -1 x 1s nan; do
    refused 'expected seconds, more than 0' bcast --limit "$limit"
done
refused '--mode needs a value' bcast --mode
for option in --rows --keys --skew --tasks --value; do
    refused "latency takes no $option" latency $option 1
    refused "bcast takes no $option" bcast $option 1
done
for option in -m --mode --memory -t --op; do
    refused "partition takes no $option" partition $option 8
done
refused 'keyed_reduce takes no --value' keyed_reduce --value 8
refused '--rows 8:4: expected MIN:MAX' partition --rows 8:4
refused '--rows 0:4: partition takes sizes from 1' partition --rows 0:4
for number in '' 0 -1 1.5 2t; do
    refused 'expected a number from 1' partition --keys "$number"
    refused 'expected a number from 1' partition --value "$number"
    refused 'expected SOURCES:TARGETS' partition --tasks "$number"
    refused 'expected SOURCES:TARGETS' partition --tasks 1:"$number"
done
for skew in '' -1 nan 11 1x; do
    refused 'expected an exponent from 0 to 10' keyed_reduce --skew "$skew"
done
refused '--type int8: expected int64 or string' keyed_reduce --type int8

run() { timeout 60 "$gyre" run -n 2 "$gyre" bench "$@"; }

status=0
run latency -m x >"$dir/out" 2>&1 || status=$?
[ $status = 2 ] || fail "a bad command line of two workers: exit $status"
[ "$(grep -c 'expected MIN:MAX' "$dir/out")" = 1 ] || fail "not said once by two workers"

"$gyre" bench --help >"$dir/out" || fail "--help"
for op in latency bandwidth bibandwidth rate put get atomic iteration $collectives $operators; do
    grep -q "^  $op " "$dir/out" || fail "--help does not name $op"
done

# rows SIZES ARGUMENTS...: the sizes that JSON output holds
rows() {
    sizes=$1
    shift
    run "$@" -i 4 -x 1 -c --json >"$dir/json" || fail "$*"
    tests/bench/rows <"$dir/json" >"$dir/out" || fail "$*: $(cat "$dir/json")"
    head -1 "$dir/out" | grep -q "^$1 .*workers 2 pairs $pairs" || fail "$*: head"
    awk -v sizes="$sizes" '
        BEGIN { n = split(sizes, size, " ") }
        NR > 1 && ($1 != size[NR - 1] || $3 > $2 || $2 > $4 || $3 <= 0 || !$5) { bad = 1 }
        END { exit bad || NR != n + 1 }' "$dir/out" || fail "$*: rows"
}

pairs=1
rows '1024 2048 4096' latency -m 1k:4k
rows '0 1 2 4 8' latency -m 0:8
rows '3 6' bandwidth -m 3:11
rows '1 2' put -m 2
rows '4194304' get -m 4m:
rows '4 8' atomic --op swap
pairs=0
rows '0' barrier
rows '1 2 4' bcast -m 4
rows '8 16' allreduce -m 16 --type float64
rows '0 4 8' reduce -m 0:8 --barrier
rows '4096' bcast -m 4k:4k --limit 0.001
