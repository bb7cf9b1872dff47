# SPDX-License-Identifier: Apache-2.0
# Asserts for tests of the gyre command; sourced. Runs in the top build folder. Every job gets its
# session directory in $TMPDIR, private to the test, and a mark in its environment by which all of
# its processes are found, whatever they have become.
gyre=$PWD/gyre
client=$PWD/tests/lib/pmix-client
work=$(mktemp -d "${TMPDIR:-/tmp}/gyre-test.XXXXXX") || exit 99
TMPDIR=$work/tmp
mkdir "$TMPDIR" || exit 99
export TMPDIR
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT PIPE TERM
failures=0

fail() {
    echo "FAIL: $*"
    failures=$((failures + 1))
}

# Skips the whole test; but where everything is said to be there, that is a failure.
skip() {
    echo "skipped: $*"
    [ -n "${CI:-}" ] && exit 1
    exit 77
}

# run ARGUMENT...: gyre run with them; sets status, fills $work/out and $work/err.
run() {
    status=0
    GYRE_TEST_MARK=$work timeout -k 5 90 "$gyre" run "$@" >"$work/out" 2>"$work/err" || status=$?
    last="gyre run $*"
}

# expect_status N, expect_out TEXT, expect_err TEXT: of the last run.
expect_status() {
    [ "$status" = "$1" ] && return
    fail "$last: exit status $status, expected $1"
    sed 's/^/  stderr: /' "$work/err"
}

expect_out() {
    [ "$(cat "$work/out")" = "$1" ] || fail "$last: stdout is $(cat "$work/out"), expected $1"
}

expect_err() {
    grep -Fq -- "$1" "$work/err" || fail "$last: stderr is $(cat "$work/err"), expected $1"
}

# refused STATUS TEXT ARGUMENT...: gyre run says one line with the text, starts and leaves nothing.
refused() {
    want=$1
    text=$2
    shift 2
    run "$@"
    expect_status "$want"
    expect_err "$text"
    [ "$(wc -l <"$work/err")" = 1 ] || fail "$last: not one line: $(cat "$work/err")"
    [ ! -s "$work/out" ] || fail "$last: stdout is not empty"
    nothing_left
}

# Prints the processes of marked jobs.
marked() {
    for process in /proc/[0-9]*; do
        tr '\0' '\n' 2>/dev/null <"$process/environ" | grep -Fqx "GYRE_TEST_MARK=$work" &&
            echo "${process#/proc/}"
    done
}

# until_true SECONDS COMMAND...: tries it until it succeeds.
until_true() {
    end=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -le $end ] || return 1
        sleep 0.02
    done
}

none_marked() {
    [ -z "$(marked)" ]
}

no_files() {
    [ -z "$(ls -A "$TMPDIR")" ]
}

# No process of a job and no session directory. A killed job may take a moment.
nothing_left() {
    until_true 30 none_marked || fail "$last: processes left: $(marked | tr '\n' ' ')"
    until_true 30 no_files || fail "$last: files left: $(ls -A "$TMPDIR")"
}

finish() {
    nothing_left
    [ $failures -eq 0 ] || echo "$failures failures"
    [ $failures -eq 0 ]
    exit
}
