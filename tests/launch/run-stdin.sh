#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The standard input goes to rank 0 and to nobody else, to its last byte and not one too far.
set -u
. "${srcdir:-.}/tests/launch/lib.sh"

head -c 2000000 /dev/urandom >"$work/bytes"
run -n 3 cat <"$work/bytes"
expect_status 0
cmp -s "$work/bytes" "$work/out" || fail 'from a file'
cat "$work/bytes" | run -n 3 cat
cmp -s "$work/bytes" "$work/out" || fail 'from a pipe'

# The others read an end at once, also while rank 0 has more to read.
run -n 3 --tag-output sh -c 'cat | wc -c' <"$work/bytes"
[ "$(sort "$work/out" | tr -s '\n ' ' ')" = '[0] 2000000 [1] 0 [2] 0 ' ] ||
    fail "who reads: $(cat "$work/out")"

# What rank 0 leaves is there for the next program.
printf 'first\nsecond\n' >"$work/lines"
{ GYRE_TEST_MARK=$work "$gyre" run -n 2 sh -c '[ $PMIX_RANK = 1 ] || read -r x; echo $x'
  cat; } <"$work/lines" >"$work/out" 2>"$work/err"
[ "$(grep . "$work/out" | tr '\n' ,)" = 'first,second,' ] || fail "read ahead: $(cat "$work/out")"

# A closed one.
run -n 2 cat <&-
expect_status 0
expect_out ''

# A terminal: typed lines and the end of the input arrive; ^C ends the job.
if command -v script >/dev/null; then
    (sleep 0.5; printf 'typed\n'; sleep 0.2; printf '\004') |
        GYRE_TEST_MARK=$work timeout 60 script -qec "$gyre run -n 2 sed s/^/got-/" /dev/null \
            >"$work/out" 2>&1
    grep -q 'got-typed' "$work/out" || fail "terminal: $(cat "$work/out")"
    nothing_left
    : >"$work/out"
    (until_true 30 grep -q ready "$work/out"; printf '\003'; until_true 30 grep -q code "$work/out") |
        GYRE_TEST_MARK=$work timeout 60 script -qec \
            "trap : INT; $gyre run -n 2 sh -c 'echo ready; exec sleep 100'; echo code \$?" /dev/null \
            >>"$work/out" 2>&1
    grep -q 'code 130' "$work/out" || fail "^C: $(cat "$work/out")"
    nothing_left
fi
finish
