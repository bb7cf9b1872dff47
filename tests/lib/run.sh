#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a test under a time limit. In a build with sanitizers a report of any process of the test
# fails it, because a test runner does not see what its children find while they exit.
# The environment's own ASAN_OPTIONS and UBSAN_OPTIONS come last and win.
here=$(cd "$(dirname "$0")" && pwd)
reports=$(mktemp -d "$PWD/reports.XXXXXX") || exit 99 # not in /tmp: a test may have its own
trap 'rm -rf "$reports"' EXIT

# An absurd size may be asked of malloc: that it says no is part of some tests. Stacks are unwound
# the slow way, because lsan.supp names libraries that keep no frame pointers.
ASAN_OPTIONS=log_path=$reports/report:allocator_may_return_null=1:fast_unwind_on_malloc=0:$ASAN_OPTIONS
UBSAN_OPTIONS=log_path=$reports/report:print_stacktrace=1:$UBSAN_OPTIONS
LSAN_OPTIONS=suppressions=$here/lsan.supp:print_suppressions=0
export ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS

timeout -k 5 "$@"
code=$?
if grep -qs -e SUMMARY: -e 'runtime error' "$reports"/*; then
    cat "$reports"/*
    code=1
fi
test $code -ne 124 || echo "$2: ended after $1 seconds"
exit $code
