# Workers under a real Slurm.
TESTS += %D%/srun.sh
EXTRA_DIST += %D%/fixture.sh %D%/srun.sh
