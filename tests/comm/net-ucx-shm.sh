#!/bin/sh
# The provider contract over UCX's shared memory, and with what UCX chooses here by itself.
UCX_TLS=posix,cma,self timeout 300 ./tests/comm/test-net ucx || exit
exec timeout 300 ./tests/comm/test-net ucx
