# Workers under Open MPI.
TESTS += %D%/mpirun.sh
EXTRA_DIST += %D%/mpirun.sh
