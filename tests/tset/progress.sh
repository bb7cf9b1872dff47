#!/bin/bash
# On a terminal every worker says how far it is, in whole lines, also through gyre run; in a pipe
# nobody does, unless told to.
export LC_ALL=C
unset GYRE_PROGRESS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
workers=()
start() { # name, command before, after: counts words of two pipes, while their lines come
    mkfifo "$work/$1.left" "$work/$1.right"
    job="./gyre run -n 2 examples/wordcount_stream $work/$1.out $work/$1.left $work/$1.right"
    "${@:2}" "$job" >"$work/$1" 2>&1 </dev/null &
    workers+=($!)
}
start terminal script -qefc
start silenced env GYRE_PROGRESS=no script -qefc
start pipe sh -c
start asked env GYRE_PROGRESS=yes sh -c
pipes=()
for job in terminal silenced pipe asked; do
    for side in left right; do
        exec {pipe}>"$work/$job.$side"
        pipes+=($pipe)
    done
done
shows() { # whether rank $2 of the job has said how many rows of which stage
    tr -d '\r' <"$work/$1" | grep -Eq "^rank $2: [a-z_]+-[0-9]+: [0-9]+ rows, [0-9.]+ ([KMGT]iB|bytes)\$"
}
until shows terminal 0 && shows terminal 1 && shows asked 0 && shows asked 1; do
    for worker in "${workers[@]}"; do
        kill -0 "$worker" || fail "ended: $(cat "$work/terminal" "$work/asked")"
    done
    for pipe in "${pipes[@]}"; do
        echo one two two >&"$pipe"
    done
    sleep 0.02
done
for pipe in "${pipes[@]}"; do
    exec {pipe}>&-
done
for worker in "${workers[@]}"; do
    wait "$worker" || fail "$(cat "$work"/terminal "$work"/silenced "$work"/pipe "$work"/asked)"
done
for job in silenced pipe; do
    grep ' rows, ' "$work/$job" && fail "$job"
done
tr -d '\r' <"$work/terminal" | grep -Ev '^(rank [01]: [a-z_]+-[0-9]+: |round [0-9]+: |[0-9]+ )' &&
    fail "lines that are not whole"
exit 0
