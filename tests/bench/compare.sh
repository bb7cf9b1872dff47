#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bench/compare without MPI: its table from recorded samples (compare.expected was computed by
# hand), and its runs with stand-ins for the programs that it starts.
set -eu
here=$srcdir/tests/bench
compare=$srcdir/bench/compare
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() { echo "FAIL: $*" >&2; exit 1; }

if ! command -v python3 >/dev/null; then
    echo "no python3: bench/compare cannot run"
    [ -n "${CI:-}" ] && exit 1
    exit 77
fi

"$compare" --report "$here/compare.samples" >"$dir/table"
diff -u "$here/compare.expected" "$dir/table" || fail "another table"
"$compare" --report "$here/compare.samples" --json | python3 -c '
import json, sys
result = json.load(sys.stdin)
assert [c["ratio"] for c in result["losing"]] == [2.0, 1.5], result["losing"]
assert abs(result["means"]["bandwidth"] - 0.75 ** 0.5) < 1e-12, result["means"]'

# Each stand-in prints the one row that its library would; the value tells them apart.
mkdir "$dir/bin" "$dir/build"
stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"$1"
    chmod +x "$1"
}
row() { printf "echo '{\"rows\": [{\"size\": 8, \"avg\": %s}]}'" "$1"; }
stand_in "$dir/build/gyre" "echo \"\$@\" >>$dir/calls; $(row 0.5)"
stand_in "$dir/bin/mpirun.openmpi" "$(row 2)"
stand_in "$dir/bin/mpiexec.mpich" "$(row 1)"
PATH=$dir/bin:$PATH
measure() {
    timeout 60 "$compare" latency --no-make --build "$dir/build" --rounds 3 --sizes 8:8 \
        --patience 0 --seed 1 "$@"
}

measure --save "$dir/samples" >"$dir/table" 2>"$dir/log"
grep -q 'seed 1' "$dir/log" || fail "the seed is not printed"
grep -Eq '^ +8 +0.500 +1.000 +2.000 +0.50 +mpich +3/3$' "$dir/table" ||
    fail "wrong row: $(cat "$dir/table")"
[ "$(wc -l <"$dir/samples")" = 9 ] || fail "3 rounds of 3 sides are not 9 samples"
[ "$(wc -l <"$dir/calls")" = 3 ] || fail "ours did not run 3 times"
grep -q 'run -n 2 --bind-to .*gyre bench latency -m 8:8 --json' "$dir/calls" ||
    fail "ours ran as: $(cat "$dir/calls")"

# A program that fails, and one that hangs with a child of its own.
stand_in "$dir/bin/mpiexec.mpich" 'echo no such luck >&2; exit 3'
measure >"$dir/out" 2>&1 && fail "a failing peer passed"
grep -q 'no such luck' "$dir/out" || fail "the peer's words are lost: $(cat "$dir/out")"
stand_in "$dir/bin/mpiexec.mpich" "sleep 1000 & echo \$! >$dir/child; wait"
measure --timeout 1 >"$dir/out" 2>&1 && fail "a hanging peer passed"
grep -q 'still running after 1' "$dir/out" || fail "no word of the hang: $(cat "$dir/out")"
# A zombie is as good as gone: whoever inherits it reaps it in its own time.
grep -q '^State:.[^ZX]' "/proc/$(cat "$dir/child")/status" 2>/dev/null &&
    fail "the hanging peer's child is left"

"$compare" nonsense >"$dir/out" 2>&1 && fail "an unknown operation passed"
"$compare" --report "$dir/none" >"$dir/out" 2>&1 && fail "a missing file passed"
exit 0
