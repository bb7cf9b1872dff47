#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gyre info: what the build is, what the machine has, and the configuration as a file.
set -u
. "${srcdir:-.}/tests/launch/lib.sh"

"$gyre" info >"$work/out" 2>"$work/err" || fail 'gyre info'
last='gyre info'
for text in "$("$gyre" --version)" '  configure ' '  compiler ' Transports 'self ' 'shm ' \
    'This machine' Core; do
    grep -Fq -- "$text" "$work/out" || fail "gyre info lacks $text"
done
[ ! -s "$work/err" ] || fail "gyre info: stderr: $(cat "$work/err")"

"$gyre" info -c >"$work/out" || fail 'gyre info -c'
grep -q '^#GYRE_NET=auto$' "$work/out" || fail 'gyre info -c lacks GYRE_NET'
grep -v '^#' "$work/out" | grep -q . && fail 'gyre info -c: not all are comments'
GYRE_NET=self "$gyre" info -c | grep -qx 'GYRE_NET=self' || fail 'gyre info -c: GYRE_NET=self'
status=0
GYRE_NET=carrier-pigeon "$gyre" info -c >"$work/out" 2>"$work/err" || status=$?
expect_status 1
expect_err carrier-pigeon
status=0
"$gyre" info >/dev/full 2>"$work/err" || status=$?
last='gyre info >/dev/full'
expect_status 1
expect_err 'cannot write'
finish
