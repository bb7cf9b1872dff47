#!/bin/bash
# Word count against coreutils: real text, words and lines across splits, UTF-8, garbage, a word
# larger than a block, empty, compressed and many small files, the example's own text; and inputs
# and outputs that must be refused.
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seed=${GYRE_TEST_SEED:-$$}
echo "seed $seed"
fail() { echo "FAIL: $*"; exit 1; }
words() { # workers, arguments
    workers=$1
    shift
    ./gyre run -n "$workers" examples/wordcount "$@" >"$work/log" 2>&1
}

# What coreutils count in files, as sorted lines.
expected() {
    for file; do zcat -f "$file"; echo; done | tr -cs 'A-Za-z0-9\200-\377' '\n' | tr A-Z a-z |
        grep -av '^$' | sort | uniq -c | sed 's/^ *\([0-9]*\) \(.*\)$/\2\t\1/' | sort
}

# compare WORKERS INPUT...: the parts together are what expected has, each part is sorted, and rank
# 0 shows as many words. What coreutils read are files, where that is set.
compare() {
    workers=$1
    shift
    words "$workers" --force --output "$work/out" "$@" || fail "$workers workers: $(cat "$work/log")"
    [ "$(ls "$work/out" | tr '\n' ' ')" = "_SUCCESS $(seq -f 'part-%05g' -s ' ' 0 $((workers - 1))) " ] ||
        fail "parts: $(ls "$work/out")"
    for part in "$work"/out/part-*; do
        cut -f1 "$part" | sort -c || fail "$part is not sorted"
    done
    [ "${files+set}" ] || local files=("$@")
    expected "${files[@]}" >"$work/expected"
    cat "$work"/out/part-* | sort | cmp - "$work/expected" || fail "$workers workers, $*"
    total=$(awk -F '\t' '{ n += $2 } END { printf "%d words, %d distinct", n, NR }' "$work/expected")
    grep -q "^$total, in" "$work/log" || fail "expected \"$total\": $(cat "$work/log")"
}

generate() { # bytes, alphabet
    awk -v seed="$RANDOM" -v bytes="$1" -v letters="$2" 'BEGIN {
        srand(seed); n = length(letters)
        for (i = 0; i < bytes; i++) printf "%s", substr(letters, int(rand() * n) + 1, 1) }'
}

RANDOM=$seed
compare 4 /usr/share/common-licenses/*
for workers in 1 2 3 4 8; do
    for bytes in 0 1 7 63 5000; do
        generate $bytes 'abC d,\ne0.F' >"$work/a"
        generate $((bytes / 3)) 'xy ' >"$work/b"
        compare $workers "$work/a" "$work/b" "$work/a"
    done
done
: >"$work/empty"
compare 3 "$work/empty" "$work/a" "$work/empty"
compare 2 "$work/empty"
for i in $(seq 300); do printf 'Straße łódź %s naïve 数%s 語 \n' "$RANDOM" $((RANDOM % 9)); done >"$work/utf8"
compare 4 "$work/utf8"
openssl enc -aes-128-ctr -nosalt -pass "pass:$seed" -pbkdf2 </dev/zero 2>/dev/null |
    head -c 300000 >"$work/garbage"
compare 4 "$work/garbage"
{ printf 'small '; head -c 3500000 /dev/zero | tr '\0' 'Q'; printf ' small'; } >"$work/huge"
compare 1 "$work/huge"
compare 4 "$work/huge"

# Many small files, some compressed, in directories: named by a directory, by a pattern, in all.
mkdir -p "$work/many/deep"
for i in $(seq 60); do
    generate $((RANDOM % 200)) 'abc d\n' >"$work/many/$i"
    [ $((i % 3)) = 0 ] && gzip "$work/many/$i"
done
generate 100000 'abcdefg \n' | gzip >"$work/many/deep/large.gz"
for workers in 1 2 3 4; do
    files=("$work"/many/[1-9]*)
    compare $workers "$work/many/[1-9]*"
    files+=("$work/many/deep/large.gz")
    compare $workers -r "$work/many"
done
cp -r "$work/many" "$work/flat"
rm -r "$work/flat/deep"
files=("$work"/flat/*)
compare 3 "$work/flat"
unset files

# Its own text: as much as asked for, of any number of workers the same, and it can be split.
words 1 --generate 70m "$work/text" || fail "generate: $(cat "$work/log")"
words 3 --generate 70m "$work/again" || fail "generate: $(cat "$work/log")"
diff -r "$work/text" "$work/again" || fail "another text on 3 workers"
[ "$(cat "$work"/text/part-* | wc -c)" = $((70 << 20)) ] || fail "not 70 MiB"
cat "$work"/text/part-* | grep -vEq '^[a-z]+( [a-z]+)*$' && fail "not words of letters"
words 2 --generate 6m "$work/small" || fail "generate: $(cat "$work/log")"
head -c 6000000 "$work/text/part-00000" | cmp -n 6000000 - "$work/small/part-00000" ||
    fail "a small text is another"
compare 3 "$work"/small/part-00000
words 2 --top 5 "$work/small" || fail "$(cat "$work/log")"
head -n 5 "$work/log" | awk '{ print $2 "\t" $1 }' |
    cmp - <(sort -t "$(printf '\t')" -k2,2nr -k1,1 "$work/expected" | head -n 5) ||
    fail "top: $(cat "$work/log")"

# refused EXPECTED ARGUMENTS...: a clear line, once of each worker at most, and no part put in place.
refused() {
    line=$1
    shift
    rm -rf "$work/out"
    words 3 -o "$work/out" "$@" && fail "not refused: $*"
    grep -q "^wordcount: .*$line" "$work/log" || fail "expected \"$line\": $(cat "$work/log")"
    [ "$(grep -c '^wordcount: ' "$work/log")" -le 3 ] || fail "said often: $(cat "$work/log")"
    [ -z "$(ls "$work/out" 2>/dev/null)" ] || fail "left: $(ls "$work/out")"
}
refused 'missing: No such file' "$work/a" "$work/missing"
refused 'no file matches' "$work/nothing*"
refused 'a directory within' "$work/many"
head -c 1000 "$work/many/deep/large.gz" >"$work/torn.gz"
refused 'torn.gz' "$work/a" "$work/torn.gz"
if [ "$(id -u)" != 0 ]; then
    chmod 0 "$work/b"
    refused 'Permission denied' "$work/b"
fi
for old in part-00001 part-00007 _SUCCESS; do
    mkdir "$work/full"
    touch "$work/full/$old"
    words 2 -o "$work/full" "$work/a" && fail "old $old"
    grep -q "$old: .*nothing is to be overwritten" "$work/log" || fail "$old: $(cat "$work/log")"
    rm -r "$work/full"
done
words 1 --generate 10x "$work/none" && fail "10x bytes"
words 1 --generate 10m && fail "no directory"
words 1 --generate 10k "$work/text" && fail "over old text"

# A disk without room, where a private mount is allowed.
for i in $(seq 30000); do echo "word$i"; done >"$work/words"
if unshare -m true 2>/dev/null; then
    mkdir "$work/disk"
    unshare -m sh -c "mount -t tmpfs -o size=64k none '$work/disk' &&
        ./gyre run -n 2 examples/wordcount -o '$work/disk/out' '$work/words'; code=\$?
        ls '$work/disk/out'; exit \$code" >"$work/log" 2>&1 && fail "a full disk"
    grep -q 'No space left' "$work/log" || fail "a full disk: $(cat "$work/log")"
    grep -q '^part-\|_SUCCESS' "$work/log" && fail "a full disk: $(cat "$work/log")"
elif [ -n "$CI" ]; then
    fail "no private mount to fill"
else
    echo "the full disk was not tried: no private mount without root"
fi
exit 0
