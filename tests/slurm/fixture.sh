# SPDX-License-Identifier: Apache-2.0
# A Slurm of four nodes on this machine, for as long as the script that sources this runs: munged,
# slurmctld and four slurmd, in namespaces of their own for processes and mounts, so that nothing
# of the machine changes and nothing outlives the script, with all files in one private /tmp.
# After sourcing, srun and its kin talk to it.

skip() {
    echo "SKIP: $*"
    [ -z "$CI" ] || exit 1
    exit 77
}

# The script once more, with namespaces.
if [ -z "$SLURM_TEST_INSIDE" ]; then
    [ "$(id -u)" = 0 ] || skip "needs root"
    for tool in munged slurmctld slurmd srun unshare; do
        command -v $tool > /dev/null || skip "$tool is not installed"
    done
    unshare --mount --pid --ipc --fork true 2> /dev/null || skip "no namespaces here"
    exec env SLURM_TEST_INSIDE=1 unshare --mount --pid --ipc --fork --kill-child --mount-proc "$0" "$@"
fi

dir=/run/gyre-slurm
mount -t tmpfs none /run && mount -t tmpfs none /dev/shm && mkdir -p $dir/spool $dir/munge ||
    skip "cannot mount here"
host=$(hostname -s)

# Every look-up of an unknown name would cost seconds.
printf '127.0.0.1 localhost %s n1 n2 n3 n4\n' "$host" > $dir/hosts
mount --bind $dir/hosts /etc/hosts

# Five ports in a row that nobody listens on, below those that the kernel gives to connections.
port=$((20000 + $(id -u) + $(date +%N | sed 's/^0*//') % 12000))
in_use() { (exec 3<> /dev/tcp/127.0.0.1/$1) 2> /dev/null; }
while in_use $port || in_use $((port + 1)) || in_use $((port + 2)) || in_use $((port + 3)) ||
    in_use $((port + 4)); do
    port=$((port + 5))
done

cat > $dir/slurm.conf << CONF
ClusterName=gyre
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$dir/munge/socket
SlurmctldPort=$port
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.%n.pid
SlurmdSpoolDir=$dir/spool/%n
StateSaveLocation=$dir/spool/state
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.%n.log
TmpFS=$dir/tmp.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
ReturnToService=2
MpiDefault=none
SlurmdTimeout=60
KillWait=2
SlurmdParameters=config_overrides
NodeName=n[1-4] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 4))] CPUs=4
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$dir/slurm.conf

logs() {
    tail -n 5 $dir/*.log $dir/*.out
    echo "$*"
    exit 1
}

# until_true SECONDS COMMAND...
until_true() {
    tries=$(($1 * 10))
    shift
    while ! "$@" > /dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

all_idle() { [ "$(sinfo -h -t idle -o %D)" = 4 ]; }

chmod 700 $dir/munge
dd if=/dev/urandom of=$dir/munge/key bs=1024 count=1 2> /dev/null
chmod 400 $dir/munge/key
munged --force --foreground --socket=$dir/munge/socket --key-file=$dir/munge/key \
    --pid-file=$dir/munge/pid --log-file=$dir/munge/log --seed-file=$dir/munge/seed 2> $dir/munge.log &
until_true 20 test -S $dir/munge/socket || logs "munged does not start"
mkdir -p $dir/spool/state
slurmctld -D > $dir/slurmctld.out 2>&1 &
for node in n1 n2 n3 n4; do
    mkdir -p $dir/spool/$node $dir/tmp.$node
    slurmd -D -N $node > $dir/slurmd.$node.out 2>&1 &
done
until_true 60 all_idle || logs "the nodes do not come up"
