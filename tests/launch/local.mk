# Tests of the gyre command, with programs of every kind.
launch_tests = %D%/run-basic.sh
TESTS += $(launch_tests)
EXTRA_DIST += $(launch_tests) %D%/lib.sh
