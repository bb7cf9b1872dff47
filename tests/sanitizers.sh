#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sanitizers.sh [TESTS='NAME...']: the test suite, or those tests, once more in a build of its own
# with address and undefined-behaviour sanitizers.
# Leaks of libraries that are not ours (one-time caches of UCX, PMIx, libfabric) are in
# tests/lib/lsan.supp.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build-sanitizers
cd build-sanitizers
[ -e config.status ] || ../configure --enable-werror --enable-sanitizers CFLAGS='-O1 -g'
make -j"$(nproc)"
exec make -k -j"$(nproc)" check VERBOSE=1 "$@"
