#!/bin/sh
# The provider contract over the node segment: as it comes, with each way for large messages, and
# with rings so small that everything waits for space.
net() { ./tests/comm/test-net "$@" shm || exit; }
net
GYRE_SHM_LARGE=copy net
GYRE_SHM_LARGE=cma net -n 2
GYRE_SHM_RING=16k GYRE_SHM_EAGER=8k GYRE_SHM_LARGE=copy net
