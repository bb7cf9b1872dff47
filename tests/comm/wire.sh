#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# wire.sh NAME.TRANSPORT.wire: runs tests/comm/NAME (tests/harp/NAME, if it is coll-...) over a
# transport, in namespaces of its own for processes, IPC, /dev/shm and temporary files, and fails
# when anything is left there. The argument's directory is ignored; `make check` passes empty files
# of such names.
test=${1##*/}
name=${test%%.*}
transport=${test#*.}
transport=${transport%.wire}
case $name in
coll-*) program=tests/harp/$name ;;
flow-*) program=tests/dataflow/$name ;;
task-*) program=tests/tasks/$name ;;
tset-*) program=tests/tset/$name ;;
*) program=tests/comm/$name ;;
esac
hub=tests/lib/pmix-hub/pmix-hub

fail() {
    echo "FAIL: $*"
    exit 1
}

skip() {
    [ -z "$CI" ] || fail "$1"
    echo "$1"
    exit 77
}

# The one table of transports.
case $transport in
shm) ;; # what a user gets on one machine
tiny) export GYRE_MEMORY=1m GYRE_PAGE_SIZE=64k GYRE_CHANNEL_WINDOW=64k ;; # the same, and spills
tiny-ofi) # two pages, into which data is fetched
    export GYRE_MEMORY=64k GYRE_PAGE_SIZE=64k GYRE_CHANNEL_WINDOW=64k
    export GYRE_SHM=no GYRE_NET=ofi FI_PROVIDER='tcp;ofi_rxm'
    ;;
full) # to a disk that is soon full
    unshare --mount true 2> /dev/null || skip "no namespaces here: a full disk cannot be played"
    export GYRE_MEMORY=1m GYRE_PAGE_SIZE=64k GYRE_CHANNEL_WINDOW=64k GYRE_SPILL_CODEC=none
    small="-o size=1m"
    ;;
shm-copy) export GYRE_SHM_LARGE=copy GYRE_SHM_RING=16k GYRE_SHM_EAGER=4k ;;
shm-cma) export GYRE_SHM_LARGE=cma ;;
ucx-shm) export GYRE_SHM=no GYRE_NET=ucx UCX_TLS=posix,cma,self ;;
ucx-sysv) export GYRE_SHM=no GYRE_NET=ucx UCX_TLS=sysv,self ;;
ucx-tcp) export GYRE_SHM=no GYRE_NET=ucx UCX_TLS=tcp,self ;;
ofi-shm) export GYRE_SHM=no GYRE_NET=ofi FI_PROVIDER=shm ;;
ofi-tcp) export GYRE_SHM=no GYRE_NET=ofi FI_PROVIDER='tcp;ofi_rxm' ;;
nodes-ucx) export GYRE_NET=ucx UCX_TLS=tcp,self ;; # two nodes, each with its segment
nodes-ofi) export GYRE_NET=ofi FI_PROVIDER='tcp;ofi_rxm' ;;
# Workers that cannot see each other's processes; timeout is the init that a victim cannot be.
hosts-ofi)
    unshare --pid --fork true 2> /dev/null ||
        skip "no namespaces here: several hosts cannot be played"
    export GYRE_NET=ofi FI_PROVIDER='tcp;ofi_rxm'
    program="unshare --pid --fork --kill-child timeout --foreground 280 $program"
    ;;
none) ;; # no launcher: a job of one worker
*) fail "no transport $transport" ;;
esac

# start WORKERS [HUB-OPTION...]: on the transport's number of nodes; under the hub if it has
# options, else as a user would.
start() {
    workers=$1
    shift
    case $transport in
    none) timeout 300 $program ;;
    hosts-*) timeout 300 $hub --timeout 290 --nodes "$workers" --per-node 1 "$@" $program ;;
    nodes-*) timeout 300 $hub --timeout 290 --nodes 2 --per-node $((workers / 2)) "$@" $program ;;
    *)
        if [ $# -gt 0 ]; then
            timeout 300 $hub --timeout 290 --nodes 1 --per-node "$workers" "$@" $program
        else
            timeout 300 ./gyre run -n "$workers" --timeout 290 $program
        fi
        ;;
    esac
}

# Several plans of who dies when.
survive() {
    start 10 --keep-going && start 10 --keep-going && start 10 --keep-going
}

# The one table of programs.
launch() {
    case $name-$transport in
    wire-boot-nodes-*) start 4 && start 6 --cyclic ;;
    # Whoever opens libfabric's shm next removes what a death left that nobody noticed.
    wire-death-ofi-shm) start 10 --keep-going && program=tests/comm/wire-boot && start 2 ;;
    wire-death-*) start 10 --keep-going ;;
    wire-epoch-nodes-ucx) start 4 --epochs 201 --resize 2,3,1 ;;
    wire-epoch-nodes-*) start 4 --epochs 41 --resize 2,3,1 ;;
    wire-epoch-*) start 4 --epochs 41 ;;
    wire-idle-*)
        taskset -c 0,1 true 2> /dev/null && program="taskset -c 0,1 $program"
        start 16 && program="$program receive" && GYRE_WAIT=block start 16 &&
            GYRE_WAIT=yield start 4 && GYRE_WAIT=spin start 2
        ;;
    wire-survive-*) start 12 --keep-going && start 12 --keep-going && start 12 --keep-going ;;
    wire-big-* | wire-threads-*) start 2 ;;
    coll-big-shm) start 2 ;;
    coll-big-*) program="$program default" && start 2 ;;
    coll-close-*) start 4 --epochs 11 ;;
    coll-death-ucx-shm | coll-death-ucx-sysv) program="$program outside" && survive ;;
    # Whoever opens libfabric's shm next removes what a death left that nobody noticed.
    coll-death-ofi-shm)
        program="$program outside" && survive && program=tests/comm/wire-boot && start 2
        ;;
    coll-death-*) survive ;;
    coll-errors-none) start 1 ;;
    flow-*-none | task-*-none | tset-*-none) start 1 ;;
    flow-death-* | task-death-*) start 6 --keep-going && start 6 --keep-going && start 6 --keep-going ;;
    flow-join-shm)
        start 4 && export GYRE_PAGE_SIZE=64k && start 3 && GYRE_MEMORY=6m start 3
        ;;
    tset-links-shm | tset-stores-shm) start 4 && GYRE_TASK_THREADS=2 start 3 ;;
    flow-join-tiny) start 4 && GYRE_MEMORY=64k TEST_SPILLS=1 start 3 ;;
    flow-operator-tiny-ofi) program="$program partition barriers total sort" && start 4 ;;
    flow-operator-*) start 6 && start 3 ;;
    coll-errors-*) start 6 ;;
    coll-many-none) start 1 ;;
    coll-many-*) start 8 && start 3 --nodes 3 --per-node 1 ;;
    coll-revoke-*) start 6 ;;
    coll-stuck-*) start 5 --keep-going ;;
    coll-oracle-none) start 1 ;;
    coll-oracle-nodes-*)
        start 12 && GYRE_REPRODUCIBLE=1 start 6 --cyclic && TEST_SECONDS=1 start 15 --nodes 5 --per-node 3
        ;;
    coll-oracle-*) start 17 && GYRE_REPRODUCIBLE=1 start 5 && TEST_SECONDS=1 start 2 ;;
    *) start 4 ;;
    esac
}

# Sets left. The glob is expanded before the commands that look at its processes start.
find_leftovers() {
    left=$(find /dev/shm "$TMPDIR" -mindepth 1)
    for process in /proc/[0-9]*; do
        [ "$process" = "/proc/$$" ] && continue
        exe=$(readlink "$process/exe") && left="$left $process $exe"
    done
}

if [ "$WIRE_INSIDE" ]; then
    # A short path, because sockets are made there, and not that in which the build lies.
    case $PWD in
    /tmp/*) TMPDIR=/var/tmp ;;
    *) TMPDIR=/tmp ;;
    esac
    export TMPDIR
    mount -t tmpfs none /dev/shm || fail "no private /dev/shm"
    mount -t tmpfs $small none "$TMPDIR" || fail "no private $TMPDIR"
    launch
    status=$?
    find_leftovers
    [ -z "$left" ] || fail "exit status $status, left behind: $left"
    exit $status
fi

if unshare --mount --pid --ipc --fork true 2> /dev/null; then
    exec env WIRE_INSIDE=1 unshare --mount --pid --ipc --fork --kill-child --mount-proc "$0" "$1"
fi
[ -z "$CI" ] || fail "no namespaces here: left files and processes cannot be looked for"
echo "without namespaces: left files and processes are not looked for"
launch
