#!/bin/bash
#SBATCH --nodes=2
#SBATCH --job-name="a b"
#SBATCH --comment="it's"
# Runs again by hand.
set -eo pipefail
cd -- '/home/me/c (a)'
job='/scratch/my out; echo x/o'"'"'1.job'

began=$(date -u +%FT%TZ) signal=null
status() { # state, exit code, time of the end
    printf '{"version": 1, "state": "%s", "exit_code": %s, "signal": %s, "started": "%s", "ended": %s, "host": "%s", "process": %s, "scheduler_id": "%s"}\n' \
        "$1" "$2" "$signal" "$began" "$3" "$(uname -n)" $$ "${SLURM_JOB_ID:-}" >"$job/.status.json"
    mv -f -- "$job/.status.json" "$job/status.json"
}
trap 'status ended $? "\"$(date -u +%FT%TZ)\""' EXIT
trap 'signal=\"TERM\"; exit 143' TERM
trap 'signal=\"INT\"; exit 130' INT
rm -f -- "$job/failure.json" "$job/progress.json" "$job/outcome.json"
status running null null

module load gcc/12

export LIVN_MPI_RANKS=8
export LIVN_JOB_FOLDER="$job"
ranks=(srun --mpi=pmi2 -n 8)
[ -n "${SLURM_JOB_ID:-}" ] || ranks=('/opt/my mpi/mpiexec' -n 8)
# A job that Slurm starts again takes up what it had.
[ "${SLURM_RESTART_COUNT:-0}" = 0 ] || set -- --resume "$@"

"${ranks[@]}" '/opt/my python/bin/python' -m mpi4py -m livn_cli generate \
    --config "$job/configuration.json" \
    --generator culture2d \
    --no-trees \
    --scale 0.5 \
    --output '/scratch/my out; echo x/o'"'"'1' \
    --backend mpi \
    --jobs 2 \
    --overwrite \
    "$@"
