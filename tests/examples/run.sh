#!/bin/sh
# Every example, on one worker without a launcher and on three.
failed=0
for example in active counter forecast halo halves hello moments pi place ring rounds slices \
    transpose; do
    for run in "" "./gyre run -n 3"; do
        $run examples/$example || { echo "FAIL: $run examples/$example"; failed=1; }
    done
done
exit $failed
