#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest.sh: the words that the tests in a guest are written with; sourced by the script that check-verbs.sh makes.
# That script runs in one guest, or in two at the same time: ME is the guest's number, WIRE is set when there are two.
failures=0 meetings=0

# meet: waits for the other guest, if there is one.
meet() {
    [ -n "$WIRE" ] || return 0
    meetings=$((meetings + 1))
    if [ "$ME" = 1 ]; then
        echo here | nc -l -p $((7000 + meetings)) > /dev/null
    else
        until [ "$(nc gyre1 $((7000 + meetings)) < /dev/null 2> /dev/null)" = here ]; do sleep 0.1; done
    fi
}

# The kernel reads the counters anew only when 10 ms have passed since the last time.
packets() { sleep 0.05; cat "/sys/class/infiniband/rxe0/ports/1/hw_counters/$1_pkts"; }

# over_rxe MIN COMMAND...: runs COMMAND and makes sure that its traffic went through RDMA verbs: fails with 99 unless
# this guest's rxe device has sent and received at least MIN packets meanwhile. So a silent fall-back to TCP or to
# shared memory is found.
over_rxe() {
    least=$1 sent=$(packets sent) received=$(packets rcvd) result=0
    shift
    "$@" || result=$?
    sent=$(($(packets sent) - sent)) received=$(($(packets rcvd) - received))
    echo "$sent packets sent, $received received"
    [ $result -eq 0 ] || return $result
    [ $sent -ge "$least" ] && [ $received -ge "$least" ] && return 0
    echo "over_rxe: fewer than $least, so this did not go through RDMA verbs"
    return 99
}

listening() { cat /proc/net/tcp /proc/net/tcp6 | awk '$4 == "0A" { n++ } END { exit !n }'; }

# peers COMMAND...: runs COMMAND as the server and, when it listens, "COMMAND address" as the client.
peers() {
    server='' status=0
    if [ "$ME" = 1 ]; then
        timeout -k 5 60 "$@" > /tmp/server.log 2>&1 &
        server=$!
        until listening || ! kill -0 $server 2> /dev/null; do sleep 0.1; done
    fi
    meet
    if [ "$ME" = 2 ] || [ -z "$WIRE" ]; then
        timeout -k 5 60 "$@" 10.9.0.1 || status=$?
        [ $status -eq 0 ] || [ -z "$server" ] || kill "$server"
    fi
    [ -n "$server" ] || return $status
    wait "$server" || status=$?
    [ $status -eq 0 ] || cat /tmp/server.log
    return $status
}

# job COMMAND...: runs COMMAND as a job of two workers (more where the test wants them), half of them in each guest if
# there are two.
job() {
    workers=2 options=''
    case $* in
    *wire-death*) workers=8 options=--keep-going ;;
    *wire-epoch*) options='--epochs 11' ;;
    esac
    hub="timeout -k 5 600 ./pmix-hub $options"
    case $WIRE$ME$options in
    1) timeout -k 5 300 ./gyre run -n $workers "$@" ;;
    1-*) $hub --per-node $workers "$@" ;;
    11*) $hub --nodes 2 --per-node $((workers / 2)) --listen 10.9.0.1:$((9000 + meetings)) "$@" ;;
    12*) $hub --nodes 2 --per-node $((workers / 2)) --join 10.9.0.1:$((9000 + meetings)) --node 1 "$@" ;;
    esac
}

# alone COMMAND...: runs COMMAND, which starts its own workers, in one guest.
alone() { timeout -k 5 300 "$@"; }

# try NAME MIN HOW [VARIABLE=VALUE...] COMMAND...: one test, of at least MIN packets; HOW is peers, job or alone.
# Between two guests there is nothing to do for alone.
# A minus sign before MIN makes it a test of over_rxe itself, which must object.
try() {
    name=$1 min=$2 how=$3 wanted=0
    shift 3
    [ "$how$WIRE" != alone1 ] || return 0
    [ "$min" -gt 0 ] || wanted=99
    meet
    code=0
    over_rxe "${min#-}" "$how" env "$@" > /tmp/log 2>&1 || code=$?
    if [ $code -eq 77 ]; then
        echo "SKIP: $name: $(grep SKIP /tmp/log)"
    elif [ $code -eq $wanted ]; then
        echo "PASS: $name: $(grep 'packets sent' /tmp/log)"
    else
        echo "FAIL: $name: exit code $code, expected $wanted"
        tail -n 40 /tmp/log
        failures=$((failures + 1))
        kill -9 -1 # whatever the test has left running; spares this shell and init
    fi
}
