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

# Collectives, which print rows as they come: one peer gets stuck behind its first size, one prints
# wrong bytes, a tuned one fails.
rows() { printf 'echo "{\"rows\":["; echo "{\"size\":8,\"avg\":%s}"; ' "$1"; }
more() { printf 'echo ",{\"size\":16,\"avg\":%s%s}"; echo "]}"\n' "$1" "${2-}"; }
stand_in "$dir/build/gyre" "echo \"\$@\" >>$dir/calls; $(rows 1) $(more 4)"
stand_in "$dir/bin/mpiexec.mpich" "case \"\$*\" in *8:16*) $(rows 2) sleep 1000;; *) sleep 1000;; esac"
stand_in "$dir/bin/mpirun.openmpi" "echo \"\$@\" >>$dir/ompi
case \"\$*\" in *ucx*) exit 3;; *coll_sm*) $(rows 0.5) $(more 2); exit;; esac
$(rows 4) $(more 3 ',\"valid\":false'); exit 1"
collective() {
    timeout 60 "$compare" allreduce --no-make --build "$dir/build" --rounds 2 --sizes 8:16 \
        --patience 0 --seed 1 --stuck 0.5 --limit 0.25 --type float64 --op max --best "$@"
}
: >"$dir/calls"
collective --save "$dir/samples" >"$dir/table" 2>"$dir/log" || fail "collectives: $(cat "$dir/log")"
grep -q '^allreduce, 2 ranks (us)$' "$dir/table" || fail "title: $(cat "$dir/table")"
row='1.000 +2.000 +4.000 +4.000 +0.500 +0.50 +mpich +2/2 +2.00 +ompi-sm$'
grep -Eq "^ +8 +$row" "$dir/table" || fail "row of 8: $(cat "$dir/table")"
row='4.000 +> 0.5 s +- +- +2.000 +0.00 +mpich +2/2 +2.00 +ompi-sm$'
grep -Eq "^ +16 +$row" "$dir/table" || fail "row of 16: $(cat "$dir/table")"
grep -q '^wrong bytes from ompi: allreduce, 2 ranks, size 16$' "$dir/table" || fail "wrong bytes"
grep -q '^cells above 1.05 of the best known: 2 of 2$' "$dir/table" || fail "losing cells"
grep -q '^ompi-ucx: .*exit 3$' "$dir/log" || fail "no word of the failing tuned peer"
options='--limit 0.25 --mode blocking --memory private --type float64 --op max -c --json'
grep -q "gyre bench allreduce -m 8:16 $options\$" "$dir/calls" || fail "ours: $(cat "$dir/calls")"
grep -q -- '--mca coll_sm_priority 100 -n 2 ' "$dir/ompi" || fail "tuned: $(cat "$dir/ompi")"
"$compare" --report "$dir/samples" --markdown >"$dir/page" || fail "Markdown"
grep -q '^| 16 | 4.000 | > 0.5 s | - | - | 2.000 | mpich | 0.00 | ompi-sm | 2.00 |$' "$dir/page" ||
    fail "Markdown: $(cat "$dir/page")"
"$compare" --report "$dir/samples" --json | python3 -m json.tool >/dev/null || fail "JSON"
crowd=$(($(nproc) + 1))
collective -n $crowd --peers ompi >"$dir/table" 2>"$dir/log" || fail "crowded: $(cat "$dir/log")"
grep -q -- "--mca mpi_yield_when_idle 1 -n $crowd .*--bind-to none" "$dir/ompi" ||
    fail "no yielding peer: $(cat "$dir/ompi")"

# Hosts made of namespaces: what is started in them, and that none is left.
if [ "$(id -u)" = 0 ] && command -v ip >/dev/null && ip netns add "gyre-test-$$" 2>/dev/null; then
    ip netns del "gyre-test-$$"
    mkdir -p "$dir/build/tests/lib/pmix-hub"
    stand_in "$dir/build/tests/lib/pmix-hub/pmix-hub" "case \"\$*\" in
*--join*) ip -o addr show eth0 >>$dir/agents; exec sleep 100 >/dev/null;; esac
ip -o addr show eth0 >>$dir/agents; hostname >>$dir/agents; shift 6; exec \"\$@\""
    stand_in "$dir/bin/mpirun.openmpi" "\$(echo \"\$*\" |
sed 's/.*plm_rsh_agent \\([^ ]*\\) .*/\\1/') 10.213.77.2 \"hostname; echo in the second\" >>$dir/agents
$(rows 4) $(more 4)"
    : >"$dir/calls"
    timeout 60 "$compare" allreduce --no-make --build "$dir/build" --rounds 1 --sizes 8:16 \
        --patience 0 --netns 2x3 --peers ompi >"$dir/table" 2>"$dir/log" ||
        fail "hosts: $(cat "$dir/log")"
    grep -q '^allreduce, 6 ranks' "$dir/table" || fail "hosts: $(cat "$dir/table")"
    grep -q 'gyre bench allreduce -m 8:16' "$dir/calls" || grep -q '^bench allreduce' "$dir/calls" ||
        fail "ours in hosts: $(cat "$dir/calls")"
    for word in 10.213.77.1/24 10.213.77.2/24 host0 host1 'in the second'; do
        grep -q "$word" "$dir/agents" || fail "hosts without $word: $(cat "$dir/agents")"
    done
    ip netns list | grep -q "^gyre[0-9]*-" && fail "hosts are left: $(ip netns list)"
else
    echo "no network namespaces: --netns is not tested"
fi

"$compare" nonsense >"$dir/out" 2>&1 && fail "an unknown operation passed"
"$compare" --report "$dir/none" >"$dir/out" 2>&1 && fail "a missing file passed"
exit 0
