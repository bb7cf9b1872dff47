#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every operator of gyre bench, with few and many tasks, keys of both types, even and skewed, all
# rows checked; its columns and its JSON. Run in the build directory.
. "$srcdir/tests/bench/lib.sh"

# bench WORKERS ARGUMENTS...: leaves what it printed in out and err
bench() {
    workers=$1
    shift
    timeout 60 "$gyre" run -n "$workers" "$gyre" bench "$@" -c -i 3 -x 1 >"$dir/out" \
        2>"$dir/err" || fail "$*, $workers workers"
}

# expect_rows ROWS...: positive figures, all passed
expect_rows() {
    awk -v sizes="$*" '
        BEGIN { n = split(sizes, size, " ") }
        /^#/ { heads++; next }
        { i++; if ($1 != size[i] || NF != 10 || $NF != "Pass") exit bad = 1
          for (c = 2; c < NF; c++) if ($c !~ /^[0-9.]+$/ || (c < 7 && $c <= 0)) exit bad = 1
          if ($5 > $4) exit bad = 1 }
        END { exit bad || i != n || heads != 3 }' "$dir/out" || fail "columns, expected rows $*"
}

for op in partition keyed_reduce join sort; do
    bench 1 $op --rows 1:4 --keys 1
    expect_rows 1 2 4
    bench 2 $op --rows 40000:80000 --keys 5k --skew 1
    expect_rows 40000 80000
    bench 3 $op --rows 100 --tasks 7:5 --keys 10 --type string
    expect_rows 100
    grep -q ', tasks 7:5, 10 keys (string), skew 0, ' "$dir/out" || fail "$op: second line"
    bench 3 $op --rows 1000:2000 --tasks 1 --skew 2.5 --limit 0.001
    expect_rows 1000 2000

    bench 2 $op --rows 10:20 --keys 3 --skew 0.5 --json
    tests/bench/rows <"$dir/out" >"$dir/rows" || fail "$op: JSON"
    head -1 "$dir/rows" | grep -q "^$op records/s workers 2 pairs 0$" || fail "$op: JSON head"
    awk 'NR > 1 && ($1 != 10 * (NR - 1) || $2 <= 0 || $2 * 16 / $3 > 1.001 ||
                    $2 * 16 / $3 < 0.999 || !$5) { bad = 1 }
         END { exit bad || NR != 3 }' "$dir/rows" || fail "$op: JSON rows"
done
# Fewer pages than there are targets to fill one for.
GYRE_MEMORY=64k GYRE_PAGE_SIZE=64k GYRE_CHANNEL_WINDOW=64k
export GYRE_MEMORY GYRE_PAGE_SIZE GYRE_CHANNEL_WINDOW
bench 3 partition --rows 100k --keys 50 --skew 1
expect_rows 102400
unset GYRE_MEMORY GYRE_PAGE_SIZE GYRE_CHANNEL_WINDOW

for width in 1 92; do
    bench 2 partition --rows 1000:1000 --value $width
    expect_rows 1000
done
exit 0
