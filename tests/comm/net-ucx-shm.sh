#!/bin/sh
# The provider contract over UCX's shared memory, and with what UCX chooses here by itself: that
# must be shared memory too, and never TCP's loopback.
UCX_TLS=posix,cma,self ./tests/comm/test-net ucx || exit
./tests/comm/test-net ucx || exit
lanes=$(UCX_LOG_LEVEL=info ./tests/comm/test-net -t headers ucx) || exit
case $lanes in
*' am(tcp'*) echo "not ok - messages within the node go over TCP: $lanes"; exit 1 ;;
*' am(sysv'* | *' am(posix'*) echo 'ok - messages within the node go over shared memory' ;;
*) echo "not ok - no lane named in: $lanes"; exit 1 ;;
esac
