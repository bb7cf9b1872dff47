#!/bin/bash
# Applications as graphs of tasks: k-means against the oracle, word count against the example that
# stands on operators.
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
graph() { # workers, example, arguments
    ./gyre run -n "$1" "examples/$2" "${@:3}" >"$work/log" 2>"$work/errors" ||
        fail "$*: $(cat "$work/errors")"
}

./gyre run -n 2 examples/data --columns 5 --clusters 8 points 4000 "$work/points" || fail data
cat "$work"/points/part-* >"$work/all"
head -n 11 "$work/all" >"$work/centers"
for workers in 1 2 3; do
    graph $workers kmeans_graph "$work/points" "$work/centers" 9
    examples/oracle kmeans "$work/all" "$work/centers" 9 "$work/log" || fail "$workers workers"
done
# More parts than workers; then parts without points.
GYRE_TASK_PARALLELISM=5 graph 2 kmeans_graph "$work/points" "$work/centers" 9
examples/oracle kmeans "$work/all" "$work/centers" 9 "$work/log" || fail "5 parts"
head -n 2 "$work/all" >"$work/few"
graph 3 kmeans_graph "$work/few" "$work/centers" 2
examples/oracle kmeans "$work/few" "$work/centers" 2 "$work/log" || fail "two points"

for workers in 1 3; do
    ./gyre run -n $workers examples/wordcount -f -o "$work/expected" /usr/share/common-licenses \
        >/dev/null || fail "wordcount"
    rm -rf "$work/counts"
    graph $workers wordcount_graph /usr/share/common-licenses "$work/counts"
    cmp <(sort "$work"/counts/part-*) <(sort "$work"/expected/part-*) || fail "$workers workers"
    [ -e "$work/counts/_SUCCESS" ] || fail "the output is not complete"
done
./gyre run -n 2 examples/wordcount_graph /usr/share/common-licenses "$work/counts" 2>"$work/errors" &&
    fail "written over old counts"
grep -q 'nothing is to be overwritten' "$work/errors" || fail "$(cat "$work/errors")"
./gyre run -n 2 examples/kmeans_graph "$work/missing" "$work/centers" 9 2>"$work/errors" &&
    fail "no points"
grep -q '^kmeans_graph: .*No such file' "$work/errors" || fail "$(cat "$work/errors")"
exit 0
