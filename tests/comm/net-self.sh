#!/bin/sh
# The provider contract within one worker.
exec timeout 100 ./tests/comm/test-net -n 1 self
