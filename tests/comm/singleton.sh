#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs started plainly are jobs of one worker, whatever provider is asked for.
for net in auto self ucx ofi; do
    out=$(GYRE_NET=$net timeout 60 tests/comm/wire-boot 2>&1)
    status=$?
    echo "GYRE_NET=$net: $out"
    case $out in
    *'this build has no such provider'*) continue ;;
    'worker 0/1 local 0/1 node 0/1 host '*) [ $status = 0 ] && continue ;;
    esac
    echo "FAIL: exit status $status"
    exit 1
done

# A launcher of another kind, told by what it leaves in the environment.
out=$(PMI_SIZE=4 timeout 60 tests/comm/wire-boot 2>&1)
case $out in
*'gyre run'*'worker 0/1 '*) ;;
*)
    echo "FAIL: no hint under PMI without PMIx: $out"
    exit 1
    ;;
esac
