#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Binding: by default a core each while there are enough, and what --bind-to says.
set -u
. "${srcdir:-.}/tests/launch/lib.sh"

processors() {
    awk '/Cpus_allowed_list/ { print $2 }' "$1"
}
show='awk -v rank=$PMIX_RANK "/Cpus_allowed_list/ { print rank, \$2 }" /proc/self/status'

all=$(processors /proc/self/status)
run -n 2 --bind-to none sh -c "$show"
[ "$(sort "$work/out" | tr '\n' ,)" = "0 $all,1 $all," ] || fail "none: $(cat "$work/out")"

run -n 1 -v sh -c "$show"
expect_status 0
expect_err 'workers are bound to cores'
one=$(cut -d' ' -f2 "$work/out")
core=$(cat "/sys/devices/system/cpu/cpu${one%%[-,]*}/topology/thread_siblings_list" 2>/dev/null)
[ "${core:-$one}" = "$one" ] || fail "one worker is on $one, its core is $core"

# More workers than processors.
many=$(($(nproc) + 1))
run -n $many -v sh -c "$show"
expect_err 'workers are not bound'
[ "$(cut -d' ' -f2 "$work/out" | sort -u)" = "$all" ] || fail "not bound: $(cat "$work/out")"

# Told to, they share cores: none is left empty, and no two cores differ by more than one.
run -n $many --bind-to core sh -c "$show"
expect_status 0
cut -d' ' -f2 "$work/out" | sort | uniq -c | awk '
    { n = $1; if (NR == 1 || n < least) least = n; if (n > most) most = n }
    END { exit most - least > 1 }' || fail "uneven: $(cat "$work/out")"

# Within what gyre run itself may use.
first=${all%%[-,]*}
status=0
taskset -c "$first" "$gyre" run -n 2 sh -c "$show" >"$work/out" 2>"$work/err" || status=$?
last='taskset gyre run'
expect_status 0
[ "$(cut -d' ' -f2 "$work/out" | sort -u)" = "$first" ] || fail "taskset: $(cat "$work/out")"

for level in core l3 numa none; do
    run -n 2 --bind-to $level true
    [ $status = 0 ] || grep -q 'shows no objects' "$work/err" || fail "--bind-to $level"
done
finish
