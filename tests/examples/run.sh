#!/bin/sh
# Every example, on one worker without a launcher and on three.
failed=0
for example in active batch choice connected counter forecast halo halves hello kmeans lengths longest mfsgd moments \
    pi place ring rounds slices survive table tasks transpose; do
    for run in "" "./gyre run -n 3"; do
        $run examples/$example || { echo "FAIL: $run examples/$example"; failed=1; }
    done
done
for model in regroup pushpull; do
    ./gyre run -n 3 examples/kmeans --model $model || { echo "FAIL: kmeans, $model"; failed=1; }
done
./gyre run -n 3 examples/mfsgd 0.01 || { echo "FAIL: mfsgd with a timer"; failed=1; }
exit $failed
