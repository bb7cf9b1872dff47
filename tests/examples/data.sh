#!/bin/bash
# What the applications read, and what they are held to: the same rows on any number of workers and
# in all formats, of the shape that was asked for; an oracle that knows right from wrong.
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
data() { # workers, arguments, directory: all rows of the directory
    workers=$1
    shift
    rm -rf "${@: -1}"
    ./gyre run -n "$workers" examples/data "$@" 2>"$work/log" || fail "$*: $(cat "$work/log")"
    cat "${@: -1}"/part-*
}

for what in points samples edges weighted; do
    data 1 $what 1000 "$work/rows" >"$work/one"
    [ "$(wc -l <"$work/one")" = 1000 ] || fail "$what: not 1000 rows"
    data 3 $what 1000 "$work/rows" | cmp - "$work/one" || fail "$what: other rows on 3 workers"
    data 2 --first 100 $what 7 "$work/rows" | cmp - <(sed -n 101,107p "$work/one") ||
        fail "$what: other rows from the 100th on"
    data 2 --seed 2 $what 1000 "$work/rows" | cmp -s - "$work/one" && fail "$what: no seed"
    data 4 $what 0 "$work/rows" | cmp - /dev/null || fail "$what: rows of none"
    data 2 --format binary $what 1000 "$work/rows" | od -An -v -t fD -w8 | tr -d ' ' |
        awk 'NR == FNR { binary[NR] = $1; next }
            { for (i = 1; i <= NF; i++) if (sprintf("%.9g", binary[++n]) + 0 != $i + 0) exit 1 }
            END { if (n == 0) exit 1 }' - FS=, "$work/one" || fail "$what: other numbers in binary"
done
data 2 --format libsvm --columns 3 samples 500 "$work/rows" |
    sed -E 's/ [0-9]+:/,/g' >"$work/libsvm"
data 2 --columns 3 samples 500 "$work/rows" | cmp - "$work/libsvm" || fail "libsvm"
awk -F , '$1 != 1 && $1 != -1 || NF != 4 { exit 1 } { n += $1 } END { exit n < -400 || n > 400 }' \
    "$work/libsvm" || fail "classes"
# Of Graph500's edges the busiest of 1024 vertices has far more than its share of 16.
data 2 --scale 10 edges 16384 "$work/rows" | awk -F , '
    $1 < 0 || $1 > 1023 || $2 < 0 || $2 > 1023 { exit 1 } { out[$1]++ }
    END { for (v in out) if (out[v] > most) most = out[v]; exit most < 160 }' || fail "edges"

asked() { # expected exit status, arguments
    expected=$1
    shift
    examples/oracle "$@" >"$work/log" 2>&1
    [ $? = "$expected" ] || fail "oracle $*: $(cat "$work/log")"
}
# Two pairs of points, and a center that no point is near to.
printf '0,0\n0,2\n10,0\n10,4\n' >"$work/points"
printf '1,1\n9,1\n-90,-90\n' >"$work/centers"
printf '0,1\n10,2\n-90,-90\n' >"$work/right"
printf '0,1\n10,2.00001\n-90,-90\n' >"$work/wrong"
asked 0 kmeans "$work/points" "$work/centers" 3 "$work/right"
asked 1 kmeans "$work/points" "$work/centers" 3 "$work/wrong"
asked 1 kmeans "$work/points" "$work/centers" 3 "$work/points"
data 1 points 1000 "$work/rows" >"$work/rows.csv"
tail -n 5 "$work/rows.csv" >"$work/centers"
asked 0 kmeans "$work/rows.csv" "$work/centers" 0 "$work/centers"
# 0 to 1 and 2, these to 3, which leads nowhere; 4 alone.
printf '0,1,1\n0,2,4\n1,2,2\n1,3,6\n2,3,1\n' >"$work/edges"
printf '4,inf\n3,4\n0,0\n1,1\n2,3\n' >"$work/right"
printf '4,inf\n3,5\n0,0\n1,1\n2,3\n' >"$work/wrong"
asked 0 sssp "$work/edges" 5 0 "$work/right"
asked 1 sssp "$work/edges" 5 0 "$work/wrong"
# One turn: what 0 has goes to 1 and 2, what 3 and 4 have to all.
awk 'BEGIN { for (v = 0; v < 5; v++) {
    in_ = v == 1 ? 1 / 10 : v == 2 ? 1 / 10 + 1 / 10 : v == 3 ? 1 / 10 + 1 / 5 : 0
    printf "%d,%.17g\n", v, 0.15 / 5 + 0.85 * (in_ + 2 / 5 / 5) } }' >"$work/right"
asked 0 pagerank "$work/edges" 5 1 "$work/right"
asked 1 pagerank "$work/edges" 5 2 "$work/right"
# Both classes pull once: the first at a margin of 0, the second at what the first has left.
printf '1,2\n-1,-2\n' >"$work/samples"
asked 0 svm "$work/samples" 0.1 1 1 <(echo 0.39,0)
asked 1 svm "$work/samples" 0.1 1 2 <(echo 0.39,0)
awk 'BEGIN { w = 0.1 * 0.5 * 2; b = 0.1 * 0.5; p = 1 / (1 + exp(2 * w - b))
    printf "%.17g,%.17g\n", w - 0.1 * w / 2 + 0.1 * p * 2, b - 0.1 * p }' >"$work/right"
asked 0 logistic "$work/samples" 0.1 1 1 "$work/right"
asked 2 kmeans "$work/points" "$work/edges" 3 "$work/right"
asked 2 nothing
for wrong in 'cubes 10' 'points ten' 'points' '--columns 0 points 10' '--format libsvm points 10' \
    '--scale 40 edges 10'; do
    # shellcheck disable=SC2086
    ./gyre run -n 1 examples/data $wrong "$work/none" 2>/dev/null && fail "not refused: $wrong"
    [ -e "$work/none" ] && fail "$wrong made a directory"
done
data 1 points 10 "$work/rows" >/dev/null
./gyre run -n 1 examples/data points 10 "$work/rows" 2>"$work/log" && fail "written over old rows"
grep -q 'nothing is to be overwritten' "$work/log" || fail "$(cat "$work/log")"
exit 0
