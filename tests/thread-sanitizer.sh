#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# thread-sanitizer.sh: what threads share, in a build of its own with the thread sanitizer. It wants
# addresses that it knows (setarch), and UCX's hooks of memory calls off, which run in threads that
# it has not seen yet. Of fences it warns that it does not know them.
set -eu
cd "$(dirname "$0")/.."
programs='tests/tasks/task-run tests/dataflow/flow-threads'
tests='tests/tasks/task-run.none.wire tests/tasks/task-run.shm.wire tests/dataflow/flow-threads.shm.wire'
mkdir -p build-threads
cd build-threads
[ -e config.status ] || ../configure --enable-sanitizers=thread CFLAGS='-O1 -g'
make -j"$(nproc)" gyre gyre-wire $programs
export UCX_MEM_EVENTS=no TSAN_OPTIONS=exitcode=66
exec setarch -R make -k check-TESTS VERBOSE=1 TESTS="$tests"
