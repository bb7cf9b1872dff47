#!/bin/sh
# The provider contract within one worker.
exec ./tests/comm/test-net -n 1 self
