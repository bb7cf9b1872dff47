#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gyre tune --simulate: its columns, what it says of bad command lines, and a million ranks.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0

fail() {
    echo "FAIL: $*"
    cat "$dir/out" "$dir/err"
    failures=$((failures + 1))
}

tune() {
    status=0
    timeout 120 ./gyre tune "$@" >"$dir/out" 2>"$dir/err" || status=$?
}

# refused TEXT ARGUMENT...: exit status 2, one line with the text, nothing else
refused() {
    text=$1
    shift
    tune "$@"
    [ $status = 2 ] || fail "tune $*: exit $status"
    [ "$(wc -l <"$dir/err")" = 1 ] || fail "tune $*: not one line"
    grep -Fq -- "$text" "$dir/err" || fail "tune $*: expected: $text"
    [ ! -s "$dir/out" ] || fail "tune $*: wrote to stdout"
}

refused '--loggp describes a machine for --simulate' --loggp 1,1,1,1
refused '--ranks-per-node describes a machine' --ranks-per-node 4 allreduce
for ranks in '' 0 -1 x 1e6 1048577 2m 99999999999999999999 '4 '; do
    refused 'expected a number of ranks, 1 to 1048576' --simulate "$ranks"
    [ "$ranks" = 1048577 ] || [ "$ranks" = 2m ] ||
        refused 'expected a number of ranks' --simulate 4 --ranks-per-node "$ranks"
done
for numbers in '' 1 1,2,3 1,2,3,4,5 1,2,3, a,b,c,d 1,-2,3,4 nan,1,1,1 inf,1,1,1 1e7,1,1,1 '1 2 3 4'; do
    refused 'expected L,o,g,G' --simulate 4 --loggp "$numbers"
    refused 'expected L,o,g,G' --simulate 4 --node-loggp "$numbers"
done
for numbers in '' 1 0,1 1,0 -1,1 1,2,3 x,y; do
    refused 'expected COPY,REDUCE' --simulate 4 --memory "$numbers"
done
for sizes in '' x : :8 8:x 8:4 0 0:8 -1:4 8:4q 1e3 65g 99999999999999999999; do
    refused 'expected MIN:MAX' --simulate 4 -m "$sizes"
done
refused 'no collective is called alreduce; the nearest is allreduce' --simulate 4 alreduce
refused 'no collective is called xyzzyxyzzyxyzzy' --simulate 4 allgather xyzzyxyzzyxyzzy
refused 'unknown option --simulte; the nearest is --simulate' --simulte 4
refused 'needs a value' --simulate
refused 'unknown option -q' -q

# line ALGORITHM COLUMN...: the last run's line of the algorithm
line() {
    want=$(echo "$*")
    grep -v '^#' "$dir/out" | awk -v want="$want" '
        { $1 = $1; sub(/^[0-9-]+ /, ""); if ($0 == want) found = 1 }
        END { exit !found }' || fail "$last: no line: $want"
}

# 8 ranks, a message costs 1 + 2 + 1 us, nothing else costs anything worth a digit.
last='tune --simulate 8 allgather gather'
tune --simulate 8 --loggp 2,1,0,0 --memory 1000000,1000000 -m 8 allgather gather
[ $status = 0 ] || fail "$last: exit $status"
line ring 7 7 56 56 448 28.000
line recursive_doubling 3 3 56 24 448 12.000
line bruck 3 3 56 24 448 12.000
line neighbor_exchange 4 4 56 32 448 16.000
line binomial 3 1 32 7 96 12.000
line linear 1 1 8 7 56 10.000

last='tune --simulate 7 allgather'
tune --simulate 7 -m 8 allgather
line recursive_doubling needs a power of two
line neighbor_exchange needs an even number of ranks

last='tune --simulate 5 --ranks-per-node 2'
tune --simulate 5 --ranks-per-node 2 -m 1:64
[ $status = 0 ] || fail "$last: exit $status"
[ "$(grep -c '^# [a-z]' "$dir/out")" -ge 20 ] || fail "$last: not all collectives"
tune -m 1 --simulate 1
[ $status = 0 ] || fail 'tune --simulate 1'

last='tune --simulate 1m'
tune --simulate 1m --ranks-per-node 64 --loggp 2,1,0,0 -m 8 gather
[ $status = 0 ] || fail "$last: exit $status"
grep -q '^8 *binomial *20 *1 *4194304 *1048575 *83886080 ' "$dir/out" || fail "$last: binomial"

status=0
./gyre tune --simulate 4 barrier >/dev/full 2>"$dir/err" || status=$?
[ $status = 1 ] || fail 'tune >/dev/full: exit status'
grep -q 'cannot write' "$dir/err" || fail 'tune >/dev/full: message'

[ $failures = 0 ]
