#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# thread-sanitizer.sh: what threads share, in a build of its own with the thread sanitizer. It wants
# addresses that it knows (setarch), and UCX's hooks of memory calls off, which run in threads that
# it has not seen yet. Of fences it warns that it does not know them.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build-threads
cd build-threads
[ -e config.status ] || ../configure --enable-sanitizers=thread CFLAGS='-O1 -g'
make -j"$(nproc)" gyre tests/tasks/task-run tests/dataflow/flow-threads tests/tset/tset-links \
    tests/tset/tset-stores tests/tset/tset-streams
export UCX_MEM_EVENTS=no TSAN_OPTIONS=exitcode=66
failed=0
for test in task-run.none task-run.shm flow-threads.shm tset-stores.shm tset-streams.shm; do
    setarch -R ../tests/comm/wire.sh "$test.wire" || failed=1
done
GYRE_TASK_THREADS=2 setarch -R ../tests/comm/wire.sh tset-links.none.wire || failed=1
exit $failed
