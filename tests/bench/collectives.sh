#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every collective of gyre bench among three workers, all bytes checked, in each mode; its columns.
# Run in the build directory.
. "$srcdir/tests/bench/lib.sh"

# bench WORKERS ARGUMENTS...: leaves what it printed in out and err
bench() {
    workers=$1
    shift
    timeout 60 "$gyre" run -n "$workers" "$gyre" bench "$@" -c -i 5 -x 2 >"$dir/out" 2>"$dir/err" ||
        fail "$*, $workers workers"
}

# Rows of the columns that a plot script takes: sizes as given, positive figures, all passed.
expect_rows() {
    awk -v sizes="$*" '
        BEGIN { n = split(sizes, size, " ") }
        /^#/ { heads++; next }
        { i++; if ($1 != size[i] || NF != 6 || $NF != "Pass") exit bad = 1
          for (c = 2; c < NF; c++) if ($c !~ /^[0-9.]+$/ || $c <= 0) exit bad = 1
          if ($3 > $2 || $2 > $4) exit bad = 1 }
        END { exit bad || i != n || heads != 3 }' "$dir/out" || fail "columns, expected sizes $*"
}

collectives='bcast reduce allreduce reduce_scatter reduce_scatter_block gather gatherv scatter
    scatterv allgather allgatherv alltoall alltoallv scan exscan neighbor_allgather
    neighbor_allgatherv neighbor_alltoall neighbor_alltoallv'

for op in $collectives; do
    bench 3 $op -m 8:16
    expect_rows 8 16
    bench 3 $op -m 40000:80000 --mode nonblocking
    expect_rows 40000 80000
    bench 2 $op -m 0:16 --mode persistent --barrier
    case $op in
    reduce* | allreduce | *scan) expect_rows 0 4 8 16 ;;
    *) expect_rows 0 1 2 4 8 16 ;;
    esac
done
for mode in blocking nonblocking persistent; do
    bench 3 barrier --mode $mode
    expect_rows 0
done

bench 3 allreduce -m 64:64 --mode overlap -t 3
grep -q 'Overall(us).*Compute(us).*Pure Comm.(us).*Overlap(%)' "$dir/out" || fail "overlap's head"
awk '!/^#/ { rows++; bad = !($2 > 0 && $3 > 0 && $4 > 0 && $5 >= 0 && $5 <= 100 && $NF == "Pass") }
     END { exit bad || rows != 1 }' "$dir/out" || fail "overlap's row"
for type in int8 uint16 int32 float16 bfloat16 float64; do
    bench 3 allreduce -m 64:64 --type $type --op max
    expect_rows 64
done
for op in sum prod min max land lor lxor band bor bxor; do
    bench 3 scan -m 64:64 --type int16 --op $op
    expect_rows 64
done
bench 3 alltoall -m 64:4k --memory shared
expect_rows 64 128 256 512 1024 2048 4096
grep -q ', blocking, shared memory$' "$dir/out" || fail "the second line"
exit 0
