#!/bin/sh
# The provider contract over libfabric's shared memory.
FI_PROVIDER=shm exec ./tests/comm/test-net ofi
