#!/bin/sh
# The provider contract over UCX's TCP.
UCX_TLS=tcp,self exec ./tests/comm/test-net ucx
