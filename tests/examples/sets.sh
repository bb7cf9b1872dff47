#!/bin/bash
# Applications on sets against the oracle, coreutils, and the examples that stand on operators.
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
run() { # workers, example, arguments
    ./gyre run -n "$1" "examples/$2" "${@:3}" >"$work/log" 2>&1 || fail "$*: $(cat "$work/log")"
}
data() { # arguments, name: the directory, and all of its rows in NAME.all
    run 2 data "${@:1:$# - 1}" "$work/${!#}"
    cat "$work/${!#}"/part-* >"$work/${!#}.all"
}
refused() { # what is said, example, arguments
    ./gyre run -n 2 "examples/$2" "${@:3}" >"$work/log" 2>&1 && fail "${*:2}"
    grep -q "$1" "$work/log" || fail "${*:2}: $(cat "$work/log")"
}
right() { # arguments of the oracle
    examples/oracle "$@" || fail "oracle $*"
}

data --columns 5 --clusters 8 points 4000 points
data --columns 5 --clusters 8 --format binary points 4000 binary
head -n 11 "$work/points.all" >"$work/centers"
for how in '1' '2' '3' '2 --parallelism 5'; do
    # shellcheck disable=SC2086
    run ${how%% *} kmeans_tset ${how#?} -t 9 -o "$work/moved" "$work/points" "$work/centers"
    right kmeans "$work/points.all" "$work/centers" 9 "$work/moved"
done
run 2 kmeans_tset -t 1 -f binary -o "$work/moved" "$work/binary" "$work/centers"
run 2 kmeans_tset -t 1 -o "$work/same" "$work/points" "$work/centers"
paste -d , "$work/moved" "$work/same" | awk -F , '{ for (i = 1; i <= 5; i++)
    if (($i - $(i + 5)) ^ 2 > 1e-12) exit 1 }' || fail "other centers of binary points"

# Of many columns the nearest centers are found in another way.
data --columns 70 --clusters 4 points 500 wide
head -n 5 "$work/wide.all" >"$work/centers"
run 2 kmeans_tset -t 3 -o "$work/moved" "$work/wide" "$work/centers"
right kmeans "$work/wide.all" "$work/centers" 3 "$work/moved"

# One part does what the oracle does; several end up near it.
for format in csv libsvm; do
    rm -rf "$work/train" "$work/test"
    data --columns 6 --format $format samples 3000 train
    data --columns 6 --format $format --first 3000 samples 1000 test
    for model in svm logistic; do
        options="--features 6 --format $format --iterations 8 --C 0.5"
        [ $model = logistic ] && options="$options --logistic"
        # shellcheck disable=SC2086
        run 2 svm $options --parallelism 1 --output "$work/model" "$work/train"
        sed -E 's/ [0-9]+:/,/g' "$work/train.all" >"$work/samples"
        right $model "$work/samples" 0.1 0.5 8 "$work/model"
        # shellcheck disable=SC2086
        run 3 svm $options "$work/train" "$work/test"
        awk '/told right/ { found = $1 > 850 && $3 == 1000 } END { exit !found }' "$work/log" ||
            fail "$model on 3 workers: $(cat "$work/log")"
    done
done
run 2 svm --features 6 --format libsvm --samples 500 "$work/train"
awk '/ samples, / { found = $1 > 350 && $1 < 650 } END { exit !found }' "$work/log" ||
    fail "not some 500 samples: $(cat "$work/log")"
refused 'expected a label and up to 5 features' svm --features 5 --format libsvm "$work/train"

data --scale 9 weighted 4000 edges
cut -d , -f 1,2 "$work/edges.all" >"$work/pairs"
vertices=$(awk -F , '{ if ($1 > m) m = $1; if ($2 > m) m = $2 } END { print m + 1 }' "$work/pairs")
for how in '1' '2' '3' '2 --parallelism 5'; do
    rm -rf "$work/ranks" "$work/paths"
    # shellcheck disable=SC2086
    run ${how%% *} pagerank ${how#?} -t 12 -o "$work/ranks" "$work/pairs"
    cat "$work"/ranks/part-* >"$work/result"
    right pagerank "$work/pairs" "$vertices" 12 "$work/result"
    # shellcheck disable=SC2086
    run ${how%% *} sssp ${how#?} -s 3 -o "$work/paths" "$work/edges"
    cat "$work"/paths/part-* >"$work/result"
    right sssp "$work/edges.all" "$vertices" 3 "$work/result"
done
{ echo '# as SNAP writes them' && tr , '\t' <"$work/pairs"; } >"$work/tabs"
run 2 pagerank -d tab -t 12 -o "$work/ranks-of-tabs" "$work/tabs"
cat "$work"/ranks-of-tabs/part-* >"$work/result"
right pagerank "$work/pairs" "$vertices" 12 "$work/result"
refused 'expected one character, or tab' pagerank -d tabs "$work/tabs"
refused 'source 512, expected one of' sssp -s 512 "$work/edges"
echo 1,4294967295 >"$work/huge"
: >"$work/nothing"
printf '\n1 1:2\n' >"$work/blank"
refused '4294967296 vertices, expected' pagerank "$work/huge"
refused '0 vertices, expected' pagerank "$work/nothing"
refused 'abc: expected a number' sssp -s abc "$work/edges"
refused '1x: expected a number above 0' svm --features 2 --alpha 1x "$work/blank"
refused 'expected a label' svm --features 2 --format libsvm "$work/blank"

# Words from files, and as they come through pipes: of a round only when it has ended.
run 2 wordcount -o "$work/counts" /usr/share/common-licenses
sort "$work"/counts/part-* >"$work/expected"
for workers in 1 3; do
    rm -rf "$work/counts"
    run $workers wordcount_tset /usr/share/common-licenses "$work/counts"
    sort "$work"/counts/part-* | cmp - "$work/expected" || fail "wordcount_tset, $workers workers"
done
mkfifo "$work/left" "$work/right"
./gyre run -n 2 examples/wordcount_stream "$work/stream" "$work/left" "$work/right" \
    >"$work/rounds" 2>&1 &
exec 3>"$work/left" 4>"$work/right"
echo 'one two two' >&3
echo 'two Three' >&4
until [ "$(grep -c '^round 1: ' "$work/rounds")" = 2 ]; do
    kill -0 $! 2>/dev/null || fail "$(cat "$work/rounds")"
    sleep 0.05
done
[ -e "$work/stream/part-00000" ] && fail "written before the end"
printf 'three\nand four' >&4
exec 3>&- 4>&-
wait $! || fail "$(cat "$work/rounds")"
printf 'and\t1\nfour\t1\none\t1\nthree\t2\ntwo\t3\n' | cmp - <(sort "$work"/stream/part-*) ||
    fail "of pipes: $(cat "$work"/stream/part-*)"

awk 'BEGIN { print "key,left"; for (i = 0; i < 500; i++) print i * 7 % 90 ",l" i }' >"$work/left.csv"
awk 'BEGIN { print "key,right"; for (i = 0; i < 300; i++) print i * 5 % 120 ",r" i }' >"$work/right.csv"
for type in inner left right full; do
    rm -rf "$work/pairs.out" "$work/joined"
    run 2 join "$work/left.csv" "$work/right.csv" --on key --type $type -o "$work/joined"
    run 3 join_tset --type $type "$work/left.csv" "$work/right.csv" key "$work/pairs.out"
    cmp <(tail -qn +2 "$work"/pairs.out/part-* | sort) <(tail -qn +2 "$work"/joined/part-* | sort) ||
        fail "$type join"
done
rm -rf "$work/pairs.out"
run 2 join_tset --sort "$work/left.csv" "$work/right.csv" key "$work/pairs.out"
cmp <(tail -qn +2 "$work"/pairs.out/part-* | sort) <(
    ./gyre run -n 1 examples/join "$work/left.csv" "$work/right.csv" --on key -f -o "$work/joined" \
        >/dev/null && tail -qn +2 "$work"/joined/part-* | sort) || fail "join by sort"

run 3 terasort --sets --sources 4 --sinks 2 all 30k "$work/tera"
grep -q 'the 30000 records of .* in order' "$work/log" || fail "$(cat "$work/log")"
[ "$(ls "$work/tera/out" | tr '\n' ' ')" = '_SUCCESS part-00000 part-00001 ' ] || fail "parts"
exit 0
