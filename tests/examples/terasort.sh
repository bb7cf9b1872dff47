#!/bin/bash
# TeraSort: the generator on any number of workers, the checker against outputs that are wrong in one
# place, and the sort against coreutils.
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
RANDOM=${GYRE_TEST_SEED:-$$}
echo "seed ${GYRE_TEST_SEED:-$$}"
fail() { echo "FAIL: $*"; exit 1; }
tera() { # workers, arguments
    workers=$1
    shift
    ./gyre run -n "$workers" examples/terasort "$@" >"$work/log" 2>&1
}

# The same records, whoever makes them.
tera 1 --text generate 5k "$work/in" || fail "generate: $(cat "$work/log")"
cat "$work"/in/part-* >"$work/records"
[ "$(wc -lc <"$work/records" | tr -s ' ')" = " 5000 500000" ] || fail "5000 lines of 100 bytes"
for workers in 2 3; do
    tera $workers --text --overwrite --sources $((workers * 2 - 1)) generate 500kb "$work/other" ||
        fail "generate: $(cat "$work/log")"
    cat "$work"/other/part-* | cmp - "$work/records" || fail "other records on $workers workers"
done
tera 2 --text --seed 7 generate 5k "$work/seed" || fail "generate: $(cat "$work/log")"
cat "$work"/seed/part-* | cmp -s - "$work/records" && fail "another seed, the same records"

# The checker finds what is wrong: out has what sorting gives, but for one thing.
sort "$work/records" >"$work/sorted"
right() {
    rm -rf "$work/out"
    mkdir "$work/out"
    split -n l/3 --numeric-suffixes -a 5 "$work/sorted" "$work/out/part-"
}
wrong() { # expected line
    for workers in 1 2 4; do
        tera $workers --text check "$work/in" "$work/out" && fail "not found: $1"
        grep -q "$1" "$work/log" || fail "expected \"$1\": $(cat "$work/log")"
    done
}
part=$work/out/part-00001
for workers in 1 2 3 4; do
    right
    tera $workers check "$work/in" "$work/out" || fail "check: $(cat "$work/log")"
done
at=$((RANDOM % 1500 + 1))
sed -i "${at}{h;d};$((at + 1)){G}" "$part" # swapped
wrong "the key of record $(($(wc -l <"$work/out/part-00000") + at)), from 0, is below"
right
cat "$work/out/part-00002" >>"$work/out/part-00001"
mv "$work/out/part-00001" "$work/out/part-00000.5"
head -n 1700 "$work/sorted" >"$work/out/part-00002"
sed -n '1701,$p' "$work/sorted" >"$work/out/part-00000"
rm "$work/out/part-00000.5"
wrong "not in order" # parts of the wrong names
right
sed -i "${at}d" "$part"
wrong "4999 records, expected the 5000"
right
sed -i "${at}p" "$part"
wrong "5001 records, expected the 5000"
sed -i "$((at + 5))d" "$part"
wrong "other records than those" # one doubled, one lost
right
sed -i "${at}s/..\$/~/;${at}s/\$/~/" "$part" # one byte of the value
wrong "other records than those"
right
truncate -s -1 "$part"
wrong "ends with 99 bytes"

# sorted WORKERS OPTION...: in is sorted, in as many parts as there are sinks, and nothing else is left.
sorted() {
    rm -rf "$work/out"
    tera "$@" --text --verify sort "$work/in" "$work/out" || fail "sort $*: $(cat "$work/log")"
    cat "$work"/out/part-* | cmp - "$work/sorted" || fail "sort $*: another order than sort(1)"
    [ "$(ls -A "$work/out" | wc -l)" = $((parts + 1)) ] || fail "sort $*: $(ls -A "$work/out")"
}
mkdir "$work/spill"
export GYRE_SPILL_DIRS=$work/spill
for workers in 1 2 3 4; do
    parts=$workers sorted $workers
    parts=7 sorted $workers --sources 5 --sinks 7
    parts=1 GYRE_MEMORY=100k sorted $workers --sinks 1
done
for shape in "0 10 90" "1 10 90" "3000 1 7" "3000 17 1" "3000 300 1000"; do
    set -- $shape
    rm -rf "$work/all"
    tera 3 --sinks 4 --key $2 --value $3 all $1 "$work/all" || fail "all, $shape: $(cat "$work/log")"
    grep -q "$work/all/out: the $1 records of $work/all/in in order" "$work/log" ||
        fail "all, $shape: $(cat "$work/log")"
done
[ -z "$(ls -A "$work/spill")" ] || fail "left: $(ls -A "$work/spill")"

# Refused: a clear line, a failure, and nothing put in place.
refused() { # expected line, arguments
    line=$1
    shift
    tera 3 "$@" && fail "not refused: $*"
    grep -q "$line" "$work/log" || fail "expected \"$line\": $(cat "$work/log")"
}
refused 'missing: No such file' sort "$work/missing" "$work/none"
refused 'expected records of 7' --key 3 --value 4 sort "$work/in" "$work/none"
[ -z "$(ls "$work/none")" ] || fail "put in place: $(ls "$work/none")"
refused 'nothing is to be overwritten' --text sort "$work/in" "$work/out"
refused '12x: expected a number' generate 12x "$work/none"
refused 'key 0: expected a number' --key 0 check "$work/in" "$work/out"
refused 'expected a step and two arguments' sort "$work/in"
refused 'shuffle: expected generate' shuffle "$work/in" "$work/out"

# A full disk, for what is spilled and for what is written, where a private mount is allowed. Parts
# are of several blocks, the last of which alone is written when they are put in place.
full() { # spill directory, output
    unshare -m sh -c "mount -t tmpfs -o size=1m none '$work/small' &&
        GYRE_MEMORY=100k GYRE_SPILL_DIRS='$1' ./gyre run -n 2 examples/terasort sort '$work/many' '$2'; code=\$?
        ls -A '$2'; exit \$code" >"$work/log" 2>&1 && fail "a full disk: $*"
    grep -q 'No space left' "$work/log" || fail "a full disk: $* $(cat "$work/log")"
    grep -q 'part-0000.$' "$work/log" && fail "a full disk, put in place: $* $(cat "$work/log")"
}
if unshare -m true 2>/dev/null; then
    mkdir "$work/small"
    tera 2 generate 20k "$work/many" || fail "generate: $(cat "$work/log")"
    full "$work/small" "$work/new"
    full "$work/spill" "$work/small/out"
elif [ -n "$CI" ]; then
    fail "no private mount to fill"
else
    echo "the full disk was not tried: no private mount without root"
fi
exit 0
