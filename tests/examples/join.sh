#!/bin/bash
# Joins of CSV files against coreutils join(1): all types, by hash and by sort, in memory and
# beyond; keys that are many, few, one, missing on a side, numbers and text; files without rows; and
# what must be refused.
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seed=${GYRE_TEST_SEED:-$$}
echo "seed $seed"
RANDOM=$seed
fail() { echo "FAIL: $*"; exit 1; }
joined() { # workers, arguments
    workers=$1
    shift
    ./gyre run -n "$workers" examples/join "$@" >"$work/log" 2>&1
}

# rows FILE NAME COUNT KEYS PREFIX: a key of so many, and a text that is the row's own; columns key
# and NAME.
rows() {
    echo "key,$2" >"$1"
    awk -v seed="$RANDOM" -v name="$2" -v count="$3" -v keys="$4" -v prefix="$5" 'BEGIN {
        srand(seed)
        for (i = 0; i < count; i++) printf "%s%d,%s %d\n", prefix, rand() * keys, name, i }' >>"$1"
}

# As join(1) has it: the key once, where it is, then both texts, with nothing for what is missing.
expected() { # type
    case $1 in
    inner) unpaired= ;;
    left) unpaired='-a 1' ;;
    right) unpaired='-a 2' ;;
    full) unpaired='-a 1 -a 2' ;;
    esac
    # shellcheck disable=SC2086
    join -t , $unpaired -o 0,1.2,2.2 <(tail -n +2 "$work/left.csv" | sort -t , -k 1,1) \
        <(tail -n +2 "$work/right.csv" | sort -t , -k 1,1) | sort
}

# The same of the parts: key, left, key_right, right.
got() {
    for part in "$work"/out/part-*.csv; do
        [ "$(head -n 1 "$part")" = 'key,left,key_right,right' ] || fail "header of $part"
        tail -n +2 "$part"
    done | awk -F , '{ print ($1 == "" ? $3 : $1) "," $2 "," $4 }' | sort
}

compare() { # workers
    for type in inner left right full; do
        expected "$type" >"$work/expected"
        for algorithm in hash sort; do
            joined "$1" "$work/left.csv" "$work/right.csv" --on key --type $type \
                --algorithm $algorithm --force -o "$work/out" || fail "$(cat "$work/log")"
            got | cmp - "$work/expected" || fail "$type $algorithm on $1 workers"
            grep -qx "$(wc -l <"$work/expected") rows" "$work/log" || fail "$(cat "$work/log")"
        done
    done
}

rows "$work/left.csv" left 800 300 ''
rows "$work/right.csv" right 600 400 ''
compare 3
rows "$work/right.csv" right 600 300 'k' # numbers and text: nothing pairs
compare 2
rows "$work/left.csv" left 20 3 'some key '
rows "$work/right.csv" right 30 4 'some key '
compare 4
echo key,right >"$work/right.csv"
compare 2
rows "$work/left.csv" left 300 1 ''
rows "$work/right.csv" right 200 1 ''
compare 2
rows "$work/left.csv" left 30000 20000 ''
rows "$work/right.csv" right 20000 30000 ''
export GYRE_MEMORY=64k GYRE_PAGE_SIZE=64k
compare 2
unset GYRE_MEMORY GYRE_PAGE_SIZE

joined 2 "$work/left.csv" "$work/right.csv" --on key || fail "$(cat "$work/log")"
grep -q ' rows$' "$work/log" || fail "no rows are shown: $(cat "$work/log")"
refused() { # what is said, arguments
    line=$1
    shift
    joined 1 "$@" && fail "not refused: $*"
    grep -q "^join: .*$line" "$work/log" || fail "expected \"$line\": $(cat "$work/log")"
}
refused 'no field is named' "$work/left.csv" "$work/right.csv" --on nothing
refused 'No such file' "$work/left.csv" "$work/missing.csv" --on key
refused 'see join --help' "$work/left.csv" --on key
refused 'see join --help' "$work/left.csv" "$work/right.csv" --on key --type outer
exit 0
