#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Workers under srun --mpi=pmix: four nodes, messages, a rank that fails, no PMIx.
. "${0%/*}/fixture.sh" || exit 1
failures=0

# run STATUSES COMMAND...: output in $dir/out.
run() {
    want=$1
    shift
    timeout 100 "$@" > $dir/out 2>&1
    status=$?
    case " $want " in
    *" $status "*) ;;
    *) fail "$*: exit status $status, expected $want" ;;
    esac
}

fail() {
    echo "FAIL: $*"
    cat $dir/out
    failures=$((failures + 1))
}

# expect COUNT PATTERN: lines of the output.
expect() {
    found=$(grep -cE "$2" $dir/out)
    [ "$found" -eq "$1" ] || fail "$found lines, expected $1, of: $2"
}

run 0 srun --mpi=pmix -N4 -n8 --ntasks-per-node=2 tests/comm/wire-boot
cat $dir/out
expect 8 '^worker [0-7]/8 local [01]/2 node [0-3]/4 host '
for node in 0 1 2 3; do
    expect 2 " node $node/4 "
done
run 0 srun --mpi=pmix -N4 -n8 --ntasks-per-node=2 --distribution=cyclic tests/comm/wire-boot
expect 8 ' local [01]/2 node [0-3]/4 host '
run 0 srun --mpi=pmix -N3 -n4 tests/comm/wire-boot
expect 4 ' node [0-2]/3 host '

run 0 srun --mpi=pmix -N4 -n8 tests/comm/wire-comm
run 0 srun --mpi=pmix -N2 -n4 tests/comm/wire-tagged

# One that never comes: the others are ended by Slurm, or give up by themselves.
one_missing='if [ "$SLURM_PROCID" = 2 ]; then exit 3; fi; exec tests/comm/wire-boot'
run '3 143' srun --mpi=pmix -K -N4 -n8 sh -c "$one_missing"
expect 1 'task 2: Exited with exit code 3'
# Slurm may find by itself that the missing one's PMIx is gone, and kill the step first.
run '1 3 137' env GYRE_BOOT_TIMEOUT=3s srun --mpi=pmix -N4 -n4 sh -c "$one_missing"
[ "$status" = 137 ] || expect 3 'not every worker came'

# Without PMIx each is alone, and says why.
run 0 srun -N2 -n2 tests/comm/wire-boot
expect 2 '^worker 0/1 local 0/1 node 0/1 '
expect 2 'srun --mpi=pmix'
[ $failures -eq 0 ]
