#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Signals to gyre run go to all workers and what they started; a second SIGINT kills.
set -u
. "${srcdir:-.}/tests/launch/lib.sh"

# start ARGUMENT...: a job in the background, once all of its two workers have said "ready".
start() {
    last="gyre run $*"
    GYRE_TEST_MARK=$work timeout -k 5 90 env "$gyre" run -n 2 "$@" >"$work/out" 2>"$work/err" &
    timer=$!
    until_true 30 both_ready || fail "$last: does not start"
    job=$(cat "/proc/$timer/task/$timer/children")
    job=${job% }
}
both_ready() {
    [ "$(grep -c ready "$work/out")" = 2 ]
}
# ended CODE
ended() {
    status=0
    wait $timer || status=$?
    expect_status "$1"
    nothing_left
}

cat >"$work/listener" <<'EOF'
for signal in INT TERM HUP QUIT USR1 USR2; do
    trap "echo got-$signal" $signal
done
trap 'echo got-USR2; exit 0' USR2
echo ready
while :; do sleep 0.05; done
EOF
got() {
    [ "$(grep -c "got-$1" "$work/out")" = 2 ]
}
start sh "$work/listener"
for signal in INT HUP QUIT USR1; do
    kill -$signal $job
    until_true 30 got $signal || fail "SIG$signal does not arrive: $(cat "$work/out" "$work/err")"
done
kill -USR2 $job
ended 0
got USR2 || fail 'SIGUSR2'

# By default they end the workers, and the exit code tells.
for pair in INT:130 TERM:143 HUP:129; do
    start sh -c 'echo ready; sleep 100 & wait'
    kill -${pair%:*} $job
    ended ${pair#*:}
done

# Workers that will not go are killed by a second SIGINT.
start sh -c 'trap "" INT TERM; echo ready; while :; do sleep 1; done'
kill -INT $job
sleep 0.5
[ -n "$(marked)" ] || fail 'a first SIGINT kills'
kill -INT $job
ended 137

# Stop and go on.
stopped() {
    [ "$(cat "/proc/$job/stat" | sed 's/.*) //' | cut -c1)" = T ] || return 1
    for process in $(marked); do
        [ "$(cat "/proc/$process/comm")" = sleep ] || continue
        [ "$(sed 's/.*) //' "/proc/$process/stat" | cut -c1)" = T ] || return 1
    done
}
start sh -c 'echo ready; exec sleep 100'
kill -TSTP $job
until_true 30 stopped || fail 'SIGTSTP does not stop the job'
kill -CONT $job
until_true 30 eval '! stopped' || fail 'SIGCONT does not wake the job'
kill -TERM $job
ended 143
finish
