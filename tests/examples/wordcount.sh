#!/bin/bash
# Word count against coreutils: real text, words that straddle splits, UTF-8, garbage, words larger
# than a block, empty files; and inputs and outputs that must be refused.
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seed=${GYRE_TEST_SEED:-$$}
echo "seed $seed"
fail() { echo "FAIL: $*"; exit 1; }

expected() {
    for file; do cat "$file"; echo; done | tr -cs 'A-Za-z0-9\200-\377' '\n' | tr A-Z a-z | grep -av '^$' | sort | uniq -c |
        sed 's/^ *\([0-9]*\) \(.*\)$/\2\t\1/' | sort
}

# compare WORKERS FILE...: the parts together are the list, each part is sorted.
compare() {
    workers=$1
    shift
    rm -rf "$work/out"
    ./gyre run -n "$workers" examples/wordcount -o "$work/out" "$@" >"$work/log" 2>&1 ||
        fail "$workers workers: $(cat "$work/log")"
    [ "$(ls "$work/out" | wc -l)" = "$workers" ] || fail "parts: $(ls "$work/out")"
    for part in "$work"/out/part-*; do
        cut -f1 "$part" | sort -c || fail "$part is not sorted"
    done
    cat "$work"/out/part-* | sort | cmp - <(expected "$@") || fail "$workers workers, $*"
}

generate() { # bytes, alphabet
    awk -v seed="$RANDOM" -v bytes="$1" -v letters="$2" 'BEGIN {
        srand(seed); n = length(letters)
        for (i = 0; i < bytes; i++) printf "%s", substr(letters, int(rand() * n) + 1, 1) }'
}

RANDOM=$seed
compare 4 /usr/share/common-licenses/*
for workers in 1 2 3 8; do
    for bytes in 0 1 7 63 5000; do
        generate $bytes 'abC d,e0.F' >"$work/a"
        generate $((bytes / 3)) 'xy ' >"$work/b"
        compare $workers "$work/a" "$work/b" "$work/a"
    done
done
: >"$work/empty"
compare 3 "$work/empty" "$work/a" "$work/empty"
for i in $(seq 300); do printf 'Straße łódź %s naïve 数%s 語 ' "$RANDOM" $((RANDOM % 9)); done >"$work/utf8"
compare 5 "$work/utf8"
openssl enc -aes-128-ctr -nosalt -pass "pass:$seed" -pbkdf2 </dev/zero 2>/dev/null |
    head -c 300000 >"$work/garbage"
compare 4 "$work/garbage"
{ printf 'small '; head -c 3500000 /dev/zero | tr '\0' 'Q'; printf ' small'; } >"$work/huge"
compare 1 "$work/huge"
compare 4 "$work/huge"

# refused EXPECTED ARGUMENTS...: a clear line, a failure, and no part left.
refused() {
    line=$1
    shift
    rm -rf "$work/out"
    ./gyre run -n 3 examples/wordcount -o "$work/out" "$@" >"$work/log" 2>&1 &&
        fail "not refused: $*"
    grep -q "$line" "$work/log" || fail "expected \"$line\": $(cat "$work/log")"
    [ -z "$(ls -A "$work/out" 2>/dev/null)" ] || fail "left: $(ls "$work/out")"
}
refused 'missing: No such file' "$work/a" "$work/missing"
refused 'not a regular file' "$work"
if [ "$(id -u)" != 0 ]; then
    chmod 0 "$work/b"
    refused 'Permission denied' "$work/b"
fi
mkdir "$work/full"
touch "$work/full/part-00007"
./gyre run -n 2 examples/wordcount -o "$work/full" "$work/a" >"$work/log" 2>&1 && fail "old parts"
grep -q 'not empty' "$work/log" || fail "old parts: $(cat "$work/log")"

# A disk without room, where a private mount is allowed.
for i in $(seq 30000); do echo "word$i"; done >"$work/many"
if unshare -m true 2>/dev/null; then
    mkdir "$work/small"
    unshare -m sh -c "mount -t tmpfs -o size=64k none '$work/small' &&
        ./gyre run -n 2 examples/wordcount -o '$work/small/out' '$work/many'; code=\$?
        ls '$work/small/out'; exit \$code" >"$work/log" 2>&1 && fail "a full disk"
    grep -q 'No space left' "$work/log" || fail "a full disk: $(cat "$work/log")"
    grep -q '\.new$' "$work/log" && fail "a full disk: $(cat "$work/log")"
elif [ -n "$CI" ]; then
    fail "no private mount to fill"
else
    echo "the full disk was not tried: no private mount without root"
fi
exit 0
