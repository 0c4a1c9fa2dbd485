#!/bin/sh
# An array job of Slurm: sbatch --array=1-100 experiments/slurm.sh SPEC 100 [MERGED]
# The second operand is the number of shards, the third, with `precision`, the store that they were merged into; a part of the array may be submitted again by itself. Each task writes on its
# node's own disk, moves its store to results/ when it ends or its time is up, and in the latter case is queued again.
#SBATCH --job-name=cvrlab
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --time=1:00:00
#SBATCH --cpus-per-task=1
spec=$1 shards=$2 merged=${3:-}
mkdir -p results
${CVRLAB:-cvrlab} run "$spec" --shard "auto/$shards" --max-time auto --jobs "${SLURM_CPUS_PER_TASK:-1}" --scratch "${TMPDIR:-/tmp}" \
    ${merged:+--merged "$merged"}
status=$?
[ $status = 4 ] && exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
exit $status
