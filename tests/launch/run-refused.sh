#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What cannot be done is refused with one clear line, and nothing is left.
set -u
. "${srcdir:-.}/tests/launch/lib.sh"

for number in 0 -1 x 2x '' 1.5 99999999999999999999x; do
    refused 2 "-n $number: expected a number of workers, 1 or more" -n "$number" true
done
for number in 100000 4000000000 99999999999999999999; do
    refused 1 'workers can run here (limit of ' -n $number true
done
refused 2 'how many workers' true
refused 2 'which program' -n 2
refused 2 '-n needs a value' -n
refused 2 '--timeout needs a value' -n 2 --timeout
refused 2 'unknown option --tag-outptu; the nearest is --tag-output' -n 2 --tag-outptu true
refused 2 'unknown option --zzzzzzzz' -n 2 --zzzzzzzz true
refused 2 'unknown option -x' -n 2 -x true
refused 2 '--tag-output takes no value' -n 2 --tag-output=yes true
for level in x '' cores pu; do
    refused 2 "--bind-to $level: expected core, l3, numa or none" -n 2 --bind-to "$level" true
done
for seconds in 0 -1 x '' 1x nan inf; do
    refused 2 "--timeout $seconds: expected seconds" -n 2 --timeout "$seconds" true
done
for setting in X '' =x; do
    refused 2 "--env $setting: expected NAME=VALUE" -n 2 --env "$setting" true
done
refused 2 'gyre run starts them on this machine only' -n 2 --hosts a,b true
refused 127 'no-such-program: no such program in PATH' -n 2 no-such-program
refused 127 './no/such: no such program' -n 2 ./no/such
echo echo >"$work/plain"
refused 126 'Permission denied' -n 2 "$work/plain"
refused 126 'Is a directory' -n 2 /tmp

# The command itself.
for words in 'rnu 2 the.nearest.is.run' 'zzzzzz 2 unknown.command' 'info 2 unexpected.argument x' \
    'info 2 the.nearest.is.--config --konfig'; do
    set -- $words
    status=0
    "$gyre" $1 ${4:-} >"$work/out" 2>"$work/err" || status=$?
    last="gyre $1 ${4:-}"
    expect_status "$2"
    grep -q "$3" "$work/err" || fail "$last: $(cat "$work/err")"
done
status=0
"$gyre" >"$work/out" 2>"$work/err" || status=$?
last=gyre
expect_status 2
expect_err 'Usage: gyre COMMAND'

# Temporary directories that do not serve.
for folder in "$work/none" "$(printf '/%04095d' 0)" "$work/plain"; do
    status=0
    last="gyre run in $(printf %.40s "$folder")"
    TMPDIR=$folder "$gyre" run -n 2 true >"$work/out" 2>"$work/err" || status=$?
    expect_status 1
    grep -qE 'cannot create|TMPDIR is longer than' "$work/err" || fail "$last: $(cat "$work/err")"
    [ "$(wc -l <"$work/err")" = 1 ] || fail "$last: not one line"
done
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$gyre"; then
    chmod 755 "$work" "$TMPDIR"
    status=0
    setpriv --reuid=65534 --regid=65534 --clear-groups "$gyre" run -n 2 true >"$work/out" \
        2>"$work/err" || status=$?
    last='gyre run with a TMPDIR that is not writable'
    expect_status 1
    expect_err 'Permission denied'
fi

# Too few files, too few processes.
status=0
(ulimit -n 70 && exec "$gyre" run -n 50 true) >"$work/out" 2>"$work/err" || status=$?
last='gyre run with few files'
expect_status 1
expect_err 'limit of open files'
status=0
(ulimit -Sn 30 && exec "$gyre" run -n 20 true) >"$work/out" 2>"$work/err" || status=$?
last='gyre run with a low soft limit of files'
expect_status 0
nothing_left

# Without what it needs: file systems that are full or lack a library, in a mount namespace.
unshare -m true 2>/dev/null || skip 'no mount namespaces: full disks are not tried'
inside() { # COMMAND to prepare, ARGUMENT... of gyre run
    prepare=$1
    shift
    status=0
    last="gyre run $* after $prepare"
    GYRE_TEST_MARK=$work timeout -k 5 60 unshare -m sh -c "$prepare"' && exec "$@"' sh "$gyre" \
        run "$@" >"$work/out" 2>"$work/err" || status=$?
}
inside "mount -t tmpfs -o nr_inodes=1 none $TMPDIR" -n 2 true
expect_status 1
expect_err 'No space left on device'
inside "mount -t tmpfs -o size=4k none $TMPDIR && ! head -c 9999 /dev/zero >$TMPDIR/full 2>/dev/null" \
    -n 2 sh -c "TEST_EPOCHS=\$PMIX_NAMESPACE:\$PMIX_RANK:2 exec $client"
expect_status 0
inside 'mount -t tmpfs -o size=4k none /dev/shm && ! head -c 9999 /dev/zero >/dev/shm/full 2>/dev/null' \
    -n 2 sh -c "TEST_EPOCHS=\$PMIX_NAMESPACE:\$PMIX_RANK:2 exec $client"
expect_status 0
library=$(ldd "$gyre" | awk '/libpmix/ { print $3 }')
inside "mount --bind /dev/null $(readlink -f "$library")" -n 2 true
expect_status 127
expect_err libpmix
[ "$(wc -l <"$work/err")" = 1 ] || fail "$last: not one line: $(cat "$work/err")"
plugins=$(dirname "$(readlink -f "$library")")/pmix
if [ -d "$plugins" ]; then
    inside "mount -t tmpfs none $plugins" -n 2 \
        sh -c "TEST_EPOCHS=\$PMIX_NAMESPACE:\$PMIX_RANK:2 exec $client"
    [ $status = 0 ] || expect_err 'gyre run: the PMIx server does not start'
fi
finish
