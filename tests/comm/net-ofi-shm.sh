#!/bin/sh
# The provider contract over libfabric's shared memory.
FI_PROVIDER=shm exec timeout 300 ./tests/comm/test-net ofi
