#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every operation of gyre bench, small and large, all bytes checked, through the node segment and
# through each provider. Run in the build directory.
. "$srcdir/tests/bench/lib.sh"

# bench WORKERS ARGUMENTS...: leaves what it printed in out and err
bench() {
    workers=$1
    shift
    timeout 60 "$gyre" run -n "$workers" "$gyre" bench "$@" -i 5 -x 2 >"$dir/out" 2>"$dir/err"
}

# Rows of the columns that a plot script takes: sizes as given, positive figures, all passed.
expect_rows() {
    columns=$1
    shift
    awk -v sizes="$*" -v columns="$columns" '
        BEGIN { n = split(sizes, size, " ") }
        /^#/ { heads++; next }
        { i++; if ($1 != size[i] || NF != columns || $NF != "Pass") exit bad = 1
          for (c = 2; c < NF; c++) if ($c !~ /^[0-9.]+$/ || $c <= 0) exit bad = 1 }
        END { exit bad || i != n || heads != 3 }' "$dir/out"
}

check_path() {
    for op in latency bandwidth bibandwidth rate put get; do
        columns=6
        [ $op = rate ] && columns=5
        bench 2 $op -c -m 1:8 || fail "$op"
        expect_rows $columns 1 2 4 8 || fail "$op: columns"
        bench 2 $op -c -m 40000:80000 || fail "$op, large"
        expect_rows $columns 40000 80000 || fail "$op, large: columns"
    done
    for workers in 1 3; do
        bench $workers iteration -c || fail "iteration of $workers"
        expect_rows 6 8 || fail "iteration of $workers: columns"
    done
    for variant in fetch_add swap compare_swap; do
        bench 2 atomic -c --op $variant || fail "atomic $variant"
        expect_rows 6 4 8 || fail "atomic $variant: columns"
    done
}

check_path
for net in UCX OFI; do
    if ! grep -q "^#define HAVE_$net 1" config.h; then
        echo "not in this build: $net"
        continue
    fi
    GYRE_SHM=no
    GYRE_NET=$(echo $net | tr UCXOFI ucxofi)
    export GYRE_SHM GYRE_NET
    check_path
    grep -q "path: $GYRE_NET" "$dir/out" || fail "path of $net"
done
unset GYRE_SHM GYRE_NET

# Two pairs and one that looks on; empty messages; a window of one.
bench 5 rate -c -m 0:2 -w 1 || fail "five workers"
grep -q 'workers 5, pairs 2' "$dir/out" || fail "five workers are not two pairs"
