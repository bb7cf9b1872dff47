#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill -9 of gyre run, or of the process that holds its job, at random moments, counted from its
# start or from a worker's: no process of any generation is left, and nothing in TMPDIR and
# /dev/shm. The seed is printed; give it to repeat.
set -u
. "${srcdir:-.}/tests/launch/lib.sh"

seed=${1:-$(($(date +%s) % 100000))}
echo "seed $seed"
random() { # sets number, 0 .. $1 - 1
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    number=$((seed / 65536 % $1))
}

# Names in /dev/shm as libfabric's shm gives them, written down before they are made.
cat >"$work/worker" <<'EOF'
space=$(stat -Lc %i /proc/self/ns/pid)
for name in "gyre-ofi-$space-$$-1:0:0" "$$:$(id -u):0"; do
    echo "/dev/shm/$name" >>"$1"
    : >"/dev/shm/$name"
done
sleep 100 &
(setsid sleep 200 &)
sh -c 'trap "" TERM; sleep 300; :' &
wait
EOF
left_names() {
    while read -r path; do
        [ ! -e "$path" ] || echo "$path"
    done <"$work/names"
}
no_names() {
    [ -z "$(left_names)" ]
}

for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
    : >"$work/names"
    random 120
    moment=$number
    random 2
    victim=$number
    last="round $round: kill -9 of $victim after $moment ms"
    GYRE_TEST_MARK=$work "$gyre" run -n 3 sh "$work/worker" "$work/names" >"$work/out" 2>"$work/err" &
    keeper=$!
    [ $((round % 2)) = 1 ] || until_true 30 [ -s "$work/names" ]
    sleep "0.$(printf %03d "$moment")"
    target=$keeper
    [ $victim = 1 ] && target=$(cat "/proc/$keeper/task/$keeper/children" 2>/dev/null)
    kill -9 ${target:-$keeper} 2>/dev/null
    status=0
    wait $keeper || status=$?
    [ $status = 137 ] || fail "$last: exit status $status"
    nothing_left
    until_true 30 no_names || fail "$last: left in /dev/shm: $(left_names)"
    [ $((round % 2)) = 1 ] || [ -s "$work/names" ] || fail "$last: no worker made its names"
done

# Both at once: the workers die with them, and the next job removes the directory.
GYRE_TEST_MARK=$work "$gyre" run -n 2 sleep 100 &
keeper=$!
until_true 30 eval '[ "$(marked | wc -l)" -ge 4 ]'
both="$keeper $(cat "/proc/$keeper/task/$keeper/children")"
kill -STOP $both # so that none sees the other's end
kill -9 $both
wait $keeper
last='kill -9 of both'
until_true 30 none_marked || fail "$last: processes left"
no_files && fail "$last: no directory is left, so this test shows nothing"
sleep 2 # younger ones are left alone
run -n 1 true
nothing_left
finish
