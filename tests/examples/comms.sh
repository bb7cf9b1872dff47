#!/bin/bash
# Every operator of the driver against its oracle, in batch and stream, beyond memory, and with more
# and fewer tasks than workers.
fail() { echo "FAIL: $*"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
comms() { # workers, arguments
    workers=$1
    shift
    ./gyre run -n "$workers" examples/comms --verify --iterations 3 --warmup 1 "$@" >"$work/log" 2>&1 ||
        fail "$workers workers, $*: $(tail "$work/log")"
}
for workers in 1 2 3 4; do
    comms $workers --rows 1:1024 all
    comms $workers --rows 1:1024 --stream all
    comms $workers --rows 700 --sources 5 --targets 3 --keys 37 all
    comms $workers --rows 700 --sources 5 --targets 3 --keys 1 --stream all
done
comms 2 --rows 300 --sources 1 --targets 9 all
comms 3 --rows 300 --sources 9 --targets 1 all
mkdir "$work/spill"
operators=$(examples/comms --help | sed -n '/^Operators/,/^$/p' | tail -n +2 | tr ',' '\n' | grep -c .)
for mode in "" --stream; do
    GYRE_MEMORY=512k GYRE_SPILL_DIRS=$work/spill comms 2 --rows 100000 --keys 50000 $mode all
    [ -z "$(ls -A "$work/spill")" ] || fail "left: $(ls -A "$work/spill")"
    [ "$(grep -c '^# .* verified$' "$work/log")" = "$operators" ] ||
        fail "not all operators: $(grep '^# ' "$work/log")"
done

examples/comms shuffle >"$work/log" 2>&1 && fail "not refused: shuffle"
grep -q 'shuffle: no such operator' "$work/log" || fail "$(cat "$work/log")"
examples/comms --rows 5:2 pipe >"$work/log" 2>&1 && fail "not refused: 5:2"
grep -q '5:2: expected a number' "$work/log" || fail "$(cat "$work/log")"
exit 0
