#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Forwarding: whole lines, every byte, bounded memory, readers that are slow or gone.
set -u
. "${srcdir:-.}/tests/launch/lib.sh"

# Eight writers whose writes end anywhere: every line arrives whole, in its writer's order.
cat >"$work/writer" <<'EOF'
awk -v rank="$PMIX_RANK" 'BEGIN {
    for (i = 0; i < 500; i++) {
        line = rank " " i " "
        for (k = (i * 37 + rank * 11) % 300; k > 0; k--) line = line "x"
        text = text line ".\n"
    }
    for (at = 1; at <= length(text); at += step) {
        step = 1 + (at * 7919 + rank) % 9000
        printf "%s", substr(text, at, step)
        fflush()
    }
}'
EOF
check_lines() {
    awk '
        NF != 3 || $3 !~ /^x*[.]$/ || length($3) - 1 != ($2 * 37 + $1 * 11) % 300 || $2 != next_of[$1]++ { bad++ }
        END { for (rank = 0; rank < 8; rank++) bad += next_of[rank] != 500; exit bad > 0 }
    ' || fail "$1: lines are mixed, lost or out of order"
}
run -n 8 sh "$work/writer"
expect_status 0
check_lines stdout <"$work/out"
run -n 8 sh -c "sh '$work/writer' >&2"
check_lines stderr <"$work/err"
run -n 8 --tag-output sh "$work/writer"
awk '$1 != "[" $2 "]" { exit 1 }' "$work/out" || fail "tags"
sed 's/^\[[0-7]\] //' "$work/out" | check_lines tagged

# stdout and stderr to one place, a slow reader.
"$gyre" run -n 8 sh -c 'if [ $((PMIX_RANK % 2)) = 0 ]; then sh "$0"; else sh "$0" >&2; fi' \
    "$work/writer" 2>&1 | (sleep 0.3; cat) >"$work/both"
check_lines "both to one place" <"$work/both"

# The last line of a worker may lack its newline, a line may be long, bytes may be anything.
run -n 1 printf 'no newline'
expect_out 'no newline'
[ "$(wc -c <"$work/out")" = 10 ] || fail 'a newline was added'
run -n 2 --tag-output sh -c 'printf "a\n\nb"'
[ "$(sort "$work/out" | tr '\n' ,)" = '[0] ,[0] a,[0] b,[1] ,[1] a,[1] b,' ] ||
    fail "tagged partial lines: $(cat "$work/out")"
head -c 3000000 /dev/urandom >"$work/bytes"
for size in 1 2; do
    run -n $size sh -c '[ $PMIX_RANK = 1 ] || cat "$0"' "$work/bytes"
    cmp -s "$work/bytes" "$work/out" || fail "random bytes with -n $size"
done
run -n 2 sh -c '[ $PMIX_RANK = 1 ] || head -c 1000000 /dev/zero | tr "\0" z'
[ "$(tr -d z <"$work/out" | wc -c)$(wc -c <"$work/out")" = 01000000 ] || fail 'a long line'
run -n 2 --tag-output sh -c '[ $PMIX_RANK = 1 ] || head -c 1000000 /dev/zero | tr "\0" z'
awk '!/^\[0\] z+$/ || length > 132000 { exit 1 } { n += length - 4 } END { exit n != 1000000 }' \
    "$work/out" || fail 'a long line, tagged'

# A prompt of a single worker is not held back.
mkfifo "$work/answer"
GYRE_TEST_MARK=$work "$gyre" run -n 1 sh -c 'printf prompt; read -r x; true' \
    <"$work/answer" >"$work/out" &
job=$!
exec 9>"$work/answer"
until_true 30 grep -q prompt "$work/out" || fail 'a prompt is held back'
exec 9>&-
wait $job

# A reader that reads nothing: the workers are held back, and the job can still be ended.
mkfifo "$work/fifo"
sleep 100 <>"$work/fifo" &
reader=$!
GYRE_TEST_MARK=$work "$gyre" run -n 4 --timeout 3 sh -c 'yes & wait' >"$work/fifo" \
    2>"$work/err" &
job=$!
sleep 1
for process in $(marked); do
    case $(cat "/proc/$process/comm" 2>/dev/null) in
    gyre-job) peak=$(awk '/VmRSS/ { print $2 }' "/proc/$process/status") ;;
    esac
done
[ "${peak:-999999}" -lt 40000 ] || fail "gyre run holds ${peak:-unknown} KiB for a slow reader"
status=0
wait $job || status=$?
[ $status = 124 ] || fail "timeout with a full pipe: exit status $status"
kill $reader
nothing_left

# A reader that leaves ends the job quietly, as it would end the program.
status=$(sh -c '{ timeout 20 "$0" run -n 4 yes 2>"$1"; echo $? >&3; } 3>&1 | head -1 >"$2"' "$gyre" \
    "$work/err" "$work/out" 3>&1; cat "$work/out")
last='gyre run -n 4 yes | head -1'
[ ! -s "$work/err" ] || fail "$last: $(cat "$work/err")"
nothing_left

# No stdout at all; a full disk.
"$gyre" run -n 2 echo text >&- 2>"$work/err" || fail 'closed stdout: not 0'
status=0
"$gyre" run -n 2 echo text >/dev/full 2>"$work/err" || status=$?
last='gyre run >/dev/full'
expect_status 1
expect_err 'stdout: No space left on device'
finish
