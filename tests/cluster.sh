#!/bin/sh
# Shards on a real Slurm of three nodes on this machine, of which one is killed in the middle; the same by GNU parallel. What
# is merged must be what one process makes: rows, metrics and blobs. Run as root, since slurmd wants to be; leaves no process.
# Usage: cluster.sh PROGRAM
set -eu
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d) shards=12 nodes=3
host=$(hostname -s)

stop() {
    [ -f "$dir/slurm.conf" ] && scancel -u root 2>/dev/null || true
    for file in "$dir"/slurmd.*.pid "$dir/slurmctld.pid" "$dir/munge/pid"; do
        [ -f "$file" ] && kill "$(cat "$file")" 2>/dev/null || true
    done
    sleep 1
    pkill -9 -f "$dir" 2>/dev/null || true
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 1' INT TERM

# No systemd, no cgroups, no accounting: a controller, and a daemon for each node.
mkdir -p "$dir/state" "$dir/log" "$dir/munge" "$dir/work"
chmod 0755 "$dir" "$dir/munge"
dd if=/dev/urandom of="$dir/munge/key" bs=1024 count=1 2>/dev/null
chmod 0600 "$dir/munge/key"
munged --force --key-file "$dir/munge/key" --socket "$dir/munge/socket" --pid-file "$dir/munge/pid" \
    --log-file "$dir/log/munged" --seed-file "$dir/munge/seed"
cat >"$dir/slurm.conf" <<EOF
ClusterName=cvrlab
SlurmctldHost=$host
SlurmctldPort=26817
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
StateSaveLocation=$dir/state
SlurmctldPidFile=$dir/slurmctld.pid
SlurmctldLogFile=$dir/log/slurmctld
SlurmdPidFile=$dir/slurmd.%n.pid
SlurmdSpoolDir=$dir/spool.%n
SlurmdLogFile=$dir/log/slurmd.%n
SlurmdParameters=config_overrides
TmpFS=$dir/tmp.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SlurmdTimeout=5
BatchStartTimeout=5
SchedulerParameters=sched_interval=2,bf_interval=2,requeue_setup_env_fail
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
EOF
for i in $(seq $nodes); do
    echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((27000 + i)) CPUs=2 RealMemory=2000 State=UNKNOWN"
    mkdir -p "$dir/spool.n$i" "$dir/tmp.n$i"
done >>"$dir/slurm.conf"
echo "PartitionName=all Nodes=n[1-$nodes] Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO" >>"$dir/slurm.conf"
export SLURM_CONF="$dir/slurm.conf"
slurmctld -f "$dir/slurm.conf"
for i in $(seq $nodes); do
    slurmd -N "n$i" -f "$dir/slurm.conf"
done
waited=0
until [ "$(sinfo -h -N -t idle 2>/dev/null | wc -l)" = $nodes ]; do
    waited=$((waited + 1))
    [ $waited -lt 60 ] || { sinfo -N; tail -5 "$dir"/log/*; exit 1; }
    sleep 0.5
done

cd "$dir/work"
cat >parts.yaml <<EOF
name: parts
worlds: 2
replicates: 12
log.size: 20000
test.size: 500
world: {users: 200, items: 50, ctr: 0.2}
train: {epochs: 3, batch: 256}
estimators: [naive, esmm, ips, dr_jl]
sweep: {propensity.scale: [0.5, 1, 2]}
EOF
"$program" run parts.yaml --db one.db -j 2 2>one.log

# Same rows, metrics and blobs; when and how fast is not compared, and metrics go by their names.
same() {
    for table in test_set setting setting_key metric bias_variance metric_summary paired_difference calibration; do
        columns='*'
        [ $table = bias_variance ] && columns='experiment, setting, estimator, mean_bias, bias_sq, variance, mse, mse_mcse'
        sqlite3 "$1" "SELECT $columns FROM $table" >a.txt
        sqlite3 "$2" "SELECT $columns FROM $table" >b.txt
        cmp a.txt b.txt || { echo "$1 and $2 differ in $table"; exit 1; }
        [ -s a.txt ] || { echo "$table is empty"; exit 1; }
    done
    columns='experiment, setting, estimator, world, replicate, status, steps, tuned, parameters, shared, asked, hex(predictions)'
    sqlite3 "$1" "SELECT $columns FROM run" >a.txt
    sqlite3 "$2" "SELECT $columns FROM run" >b.txt
    cmp a.txt b.txt || { echo "$1 and $2 differ in run"; exit 1; }
}

# A node dies with what runs on it, in the middle of the array.
CVRLAB=$program sbatch --array=1-$shards "$here/experiments/slurm.sh" parts.yaml $shards >sbatch.log
waited=0
until [ "$(ls results 2>/dev/null | wc -l)" -ge 2 ]; do
    waited=$((waited + 1))
    [ $waited -lt 600 ] || { squeue; cat slurm-*.out; exit 1; }
    sleep 0.1
done
running=$(squeue -h -t running -o '%A %N' | awk '$2 == "n2" {n++} END {print n + 0}')
kill -9 "$(cat "$dir/slurmd.n2.pid")"
pkill -9 -f "$dir/spool.n2" || true
echo "node n2 was killed with $running tasks on it"
waited=0
while [ -n "$(squeue -h)" ]; do
    waited=$((waited + 1))
    [ $waited -lt 1200 ] || { squeue; sinfo -N; tail -3 slurm-*.out; exit 1; }
    sleep 0.5
done
[ "$(ls results/*.db | wc -l)" = $shards ] || { ls results; tail -3 slurm-*.out; exit 1; }
"$program" merge slurm.db results/*.db 2>merge.log || { cat merge.log; exit 1; }
grep -q '288 of 288 units' merge.log || { cat merge.log; exit 1; }
same slurm.db one.db
echo "Slurm: $shards shards on $nodes nodes, one of them killed, are the store of one process"

if command -v parallel >/dev/null; then
    seq $shards | parallel -j 2 "$program" run parts.yaml --shard "{}/$shards" --db "parallel.{}.db" -j 1 2>parallel.log
    "$program" merge parallel.db parallel.*.db 2>merge.log || { cat merge.log; exit 1; }
    same parallel.db one.db
    echo "GNU parallel: $shards shards are the store of one process"
fi
