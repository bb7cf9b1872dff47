#!/bin/sh
# The provider contract over UCX's TCP.
UCX_TLS=tcp,self exec timeout 300 ./tests/comm/test-net ucx
