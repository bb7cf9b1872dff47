#!/bin/sh
# The provider contract over UCX's TCP, and where its rendezvous begins: what is ours there is a
# default, which the user's own setting replaces.
export UCX_TLS=tcp,self
./tests/comm/test-net -e 32768 ucx || exit
if UCX_RNDV_THRESH=8k ./tests/comm/test-net -t sizes -e 32768 ucx > /dev/null 2>&1; then
    echo "not ok - a rendezvous at UCX_RNDV_THRESH"
    exit 1
fi
echo "ok - a rendezvous at UCX_RNDV_THRESH"
