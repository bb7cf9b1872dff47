# bench: the comparison's arithmetic and runs, without MPI.
bench_tests = %D%/compare.sh
TESTS += $(bench_tests)
EXTRA_DIST += $(bench_tests) %D%/compare.samples %D%/compare.expected
