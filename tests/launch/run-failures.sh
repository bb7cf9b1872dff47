#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Failing workers: the first one is named and gives the exit code, the others are gone in a moment.
set -u
. "${srcdir:-.}/tests/launch/lib.sh"

# quick TEXT: the last run, which started at $began, was over at once.
quickly() {
    [ $(($(date +%s) - began)) -le 60 ] || fail "$last: took $(($(date +%s) - began)) s"
    nothing_left
}

for code in 1 3 77 255; do
    began=$(date +%s)
    run -n 3 sh -c "[ \$PMIX_RANK = 1 ] && exit $code; sleep 100"
    expect_status $code
    expect_err 'gyre run: rank 1 '
    expect_err "exited with code $code"
    quickly
done
for pair in KILL:137 SEGV:139 ABRT:134 TERM:143; do
    began=$(date +%s)
    run -n 3 sh -c "[ \$PMIX_RANK = 2 ] && kill -${pair%:*} \$\$; sleep 100"
    expect_status ${pair#*:}
    expect_err 'gyre run: rank 2 '
    expect_err "killed by signal $((${pair#*:} - 128)) ("
    quickly
done

# Others that do not want to go, and what they have started, do go.
began=$(date +%s)
run -n 4 sh -c 'trap "" TERM INT HUP
    (setsid sleep 200 &)
    sleep 100 &
    [ $PMIX_RANK = 3 ] && exit 9
    while :; do sleep 1; done'
expect_status 9
quickly

# The last lines of the one that failed, when others wrote too; what it wrote comes before.
run -n 2 sh -c 'for i in 1 2 3 4 5 6 7; do echo "line $i of $PMIX_RANK" >&2; done
    [ $PMIX_RANK = 0 ] && { sleep 0.3; exit 4; }; sleep 100'
expect_status 4
awk '/exited with code 4/ { named = NR } /line 7 of 0/ && !first { first = NR }
    /^gyre run:   line/ { last = last $3 $4 } END { exit !(first < named) }' "$work/err" ||
    fail "order: $(cat "$work/err")"
[ "$(grep -c '^gyre run:   line [3-7] of 0$' "$work/err")" = 5 ] || fail "$(cat "$work/err")"
run -n 2 sh -c '[ $PMIX_RANK = 0 ] && { echo only >&2; exit 4; }; sleep 100'
[ "$(grep -c only "$work/err")" = 1 ] || fail "a line twice: $(cat "$work/err")"

# Abort through PMIx, death before the others' fence, an end without PMIx_Finalize.
began=$(date +%s)
member="TEST_EPOCHS=\$PMIX_NAMESPACE:\$PMIX_RANK:3 exec $client"
run -n 3 sh -c "$member abort 1"
expect_status 7
expect_err 'rank 1 '
expect_err 'called abort with status 7: as told'
run -n 3 sh -c "$member die 2"
expect_status 3
expect_err 'rank 2 '
quickly

# A job that takes too long.
began=$(date +%s)
run -n 3 --timeout 0.7 sh -c '[ $PMIX_RANK = 1 ] && exit 0; sleep 100'
expect_status 124
expect_err 'timed out after 0.7 s; still running: rank 0,2'
quickly
run -n 2 --timeout 30 true
expect_status 0

# What workers leave behind ends with the job.
began=$(date +%s)
run -n 2 sh -c 'sleep 100 & (setsid sleep 200 &) ; exit 0'
expect_status 0
quickly

# A program that is not what it seems.
printf '#!/no/such/interpreter\n' >"$work/odd"
chmod +x "$work/odd"
run -n 2 "$work/odd"
[ $status != 0 ] || fail 'no interpreter: exit status 0'
expect_err 'cannot be run'
[ "$(wc -l <"$work/err")" = 1 ] || fail "no interpreter: $(cat "$work/err")"
finish
