#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rules for algorithms from end to end: said, by whom, and in which order; workers that differ; and
# gyre tune, whose file is then in force, is whole or the old one, and nobody else's.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
hub=tests/lib/pmix-hub/pmix-hub
failures=0
XDG_CONFIG_HOME=$dir/config
export XDG_CONFIG_HOME
unset GYRE_COLL_TUNE GYRE_COLL_TUNE_FILE

fail() {
    echo "FAIL: $*"
    cat "$dir/out" "$dir/err"
    failures=$((failures + 1))
}

# try STATUS COMMAND...
try() {
    want=$1
    shift
    timeout 120 "$@" >"$dir/out" 2>"$dir/err"
    got=$?
    [ $got -eq "$want" ] || fail "$*: exit status $got, expected $want"
}

has() { grep -Fq -- "$2" "$dir/$1" || fail "no \"$2\" in $1"; }
lacks() { ! grep -Fq -- "$2" "$dir/$1" || fail "\"$2\" in $1"; }

for workers in 1 2 3; do
    try 0 ./gyre run -n $workers --timeout 100 tests/harp/choice
done
try 0 env GYRE_SHM=no ./gyre run -n 3 --timeout 100 tests/harp/choice
try 0 $hub --timeout 100 --nodes 2 --per-node 2 tests/harp/choice

# What is chosen is said once per kind of call, with the rule; what is passed over, too.
try 0 env GYRE_LOG=info GYRE_COLL_TUNE='alltoall:@nodes,alltoall:@pairwise' \
    ./gyre run -n 3 ./gyre bench alltoall -m 64:64 -i 50
has err 'alltoall of 64 bytes, 3 members on 1 node: pairwise, alltoall:@pairwise (GYRE_COLL_TUNE, rule 2)'
has err 'alltoall:@nodes (GYRE_COLL_TUNE, rule 1) passed over for alltoall of 64 bytes, 3 members on 1 node: nodes needs several nodes'
[ "$(grep -c 'alltoall of 64 bytes.*: pairwise' "$dir/err")" = 1 ] || fail "said more than once"
try 0 ./gyre run -n 3 ./gyre bench alltoall -m 64:64 -i 50
lacks err 'alltoall of'

# Environment before file before the library's own.
mkdir -p "$XDG_CONFIG_HOME/gyre"
echo 'bcast:0-1k:@chain(segment=4k)' >"$XDG_CONFIG_HOME/gyre/tune"
try 0 ./gyre info -a
has out "1 of $XDG_CONFIG_HOME/gyre/tune"
has out "@chain(segment=4k)"
echo 'bcast:0-1k:@knomial(radix=9)' >"$dir/named"
try 0 env GYRE_COLL_TUNE_FILE="$dir/named" GYRE_COLL_TUNE='bcast:0-16:@binomial' ./gyre info -a
has out "1 of GYRE_COLL_TUNE"
has out "@knomial(radix=9)"
lacks out "@chain(segment=4k)"
grep -Eq '2 members on 1 node +0-16 +@binomial +GYRE_COLL_TUNE, rule 1' "$dir/out" || fail "order"
grep -Eq "2 members on 1 node +16-1k +@knomial.radix=9. +$dir/named, line 1" "$dir/out" || fail "order"
try 0 env GYRE_COLL_TUNE_FILE=/dev/null ./gyre info -a
lacks out "segment=4k)  "

# Malformed rules are told when a program starts, whoever starts it.
printf '# one\nbcast:@chain\nbcast:@chian\n' >"$dir/named"
for command in './gyre info -a' './gyre info -c' './gyre run -n 2 ./examples/choice'; do
    try 1 env GYRE_COLL_TUNE_FILE="$dir/named" $command
    has err "$dir/named, line 3: \"bcast:@chian\": no algorithm of bcast is called \"chian\"; the nearest is chain"
done
try 1 env GYRE_COLL_TUNE_FILE="$dir/none" ./gyre info -a
has err "cannot open $dir/none"

# Workers that differ: an error for the environment, no files for anybody.
cat >"$dir/differ" <<'END'
if [ "$PMIX_RANK" = 1 ]; then export "$1"; fi
shift
exec "$@"
END
for setting in GYRE_COLL_TUNE=bcast:@chain GYRE_REPRODUCIBLE=yes; do
    try 1 ./gyre run -n 3 --timeout 60 sh "$dir/differ" $setting examples/choice
    has err 'rank 1 differs from rank 0 in GYRE_COLL_TUNE or GYRE_REPRODUCIBLE'
done
echo 'bcast:@binomial' >"$dir/named"
try 0 env GYRE_LOG=info ./gyre run -n 3 --timeout 60 sh "$dir/differ" \
    GYRE_COLL_TUNE_FILE="$dir/named" ./gyre bench bcast -m 64:64 -i 10
has err 'files of rules for collectives differ between rank 0 and rank 1'
has err '(the defaults, line'
[ "$(grep -c 'warn: the files' "$dir/err")" = 1 ] || fail "warned more than once"

# gyre tune writes what is then read. A size is measured, or the time is up; both are fine here.
rm -r "$XDG_CONFIG_HOME"
try 0 ./gyre tune -n 2 -t 2 -m 64:256 -v bcast allgather
grep -Eq '[0-9] rules? in ' "$dir/err" || fail 'no summary'
file=$XDG_CONFIG_HOME/gyre/tune
[ "$(head -c 11 "$file")" = '# gyre tune' ] || fail "no mark in $file"
try 0 ./gyre info -a
try 0 ./gyre run -n 3 ./gyre tune -t 1 -m 64:64 -r 3-5 -o "$dir/job" allreduce
try 0 env GYRE_COLL_TUNE_FILE="$dir/job" ./gyre info -a
! grep -v '^#' "$dir/job" | grep -v ':r3-5:n1:@' || fail "rules for others than asked for"
try 0 ./gyre tune -n 2,3 -t 1 -m 64:64 -o - allreduce
try 0 ./gyre tune -n 2 -t 0.000001 -m 64:64 -o - allreduce
[ ! -s "$dir/out" ] || fail "rules without a measurement"
has err 'the time was up before 1 of 1 cells'
[ "$(ls -A "$dir")" = "$(printf '%s\n' config differ err job named out)" ] || fail "left behind"

# A rule of its own shows that old rules do not matter, and that a new file is a new file.
printf '# gyre tune\nbcast:@chain\n' >"$dir/old"
try 0 ./gyre tune -n 2 -t 1 -m 64:64 -o "$dir/old" barrier
! grep -q chain "$dir/old" || fail "old rules in a new file"

# Nobody else's file, and nothing that is no file.
echo precious >"$dir/theirs"
try 1 ./gyre tune -n 2 -t 1 -o "$dir/theirs" barrier
has err 'was not written by gyre tune; --force overwrites it'
[ "$(cat "$dir/theirs")" = precious ] || fail "overwritten"
try 0 ./gyre tune -n 2 -t 1 -o "$dir/theirs" --force barrier
[ "$(head -c 11 "$dir/theirs")" = '# gyre tune' ] || fail "not overwritten"
mkfifo "$dir/fifo"
for target in /dev/full /dev/null "$dir/fifo" "$dir"; do
    try 1 ./gyre tune -n 2 -t 1 --force -o "$target" barrier
    has err "$target is no regular file"
done
[ -c /dev/null ] || fail "/dev/null is gone"
try 1 ./gyre tune -n 2 -t 1 -o /dev/null/x barrier
has err 'cannot write /dev/null/x: Not a directory'
ln -s theirs "$dir/link"
try 0 ./gyre tune -n 2 -t 1 -o "$dir/link" barrier
[ -L "$dir/link" ] || fail "the link was replaced"

# A full disk and one that is read-only: said before or after, and the old file is there.
mkdir "$dir/disk"
cat >"$dir/on-disk" <<'END'
mount -t tmpfs -o size=4k tmpfs "$1" || exit 77
printf '# gyre tune: old\n' >"$1/tune"
[ "$2" = full ] || mount -o remount,ro "$1" || exit 77
timeout 100 ./gyre tune -n 2 -t 1 -m 64:64 -o "$1/tune" barrier
status=$?
[ "$(cat "$1/tune")" = '# gyre tune: old' ] || echo "the old file is not what it was"
[ "$(ls -A "$1")" = tune ] || echo "left behind: $(ls -A "$1")"
exit $status
END
for kind in full read-only; do
    timeout 120 unshare -m sh "$dir/on-disk" "$dir/disk" $kind >"$dir/out" 2>"$dir/err"
    status=$?
    if [ $status -ne 1 ]; then
        [ -z "${CI:-}" ] && grep -Eq 'unshare|mount' "$dir/err" || fail "$kind disk: exit $status"
        continue
    fi
    [ ! -s "$dir/out" ] || fail "$kind disk"
    grep -Eq 'No space left on device|Read-only file system' "$dir/err" || fail "$kind disk"
done

# The command line.
for list in '' 1 0 x 2, ,2 2,x 4097; do
    try 2 ./gyre tune -n "$list" -o -
    has err 'expected numbers of workers'
done
for members in '' 3 4-3 0-3 3-x -; do
    try 2 ./gyre tune -r "$members" -o -
    has err 'expected MIN-MAX, such as 3-4'
done
for time in '' 0 -1 x inf nan; do
    try 2 ./gyre tune -t "$time" -o -
    has err 'expected seconds'
done
try 2 ./gyre tune -o - bcst
has err 'no collective is called bcst; the nearest is bcast'
try 2 ./gyre tune --simulate 4 -o -
has err '-o is for measuring'
try 1 ./gyre run -n 1 ./gyre tune -o -
has err 'one worker has nobody to talk to'
exit $failures
