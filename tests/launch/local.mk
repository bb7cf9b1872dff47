# Tests of the gyre command, with programs of every kind.
launch_tests = \
	%D%/info.sh \
	%D%/run-basic.sh \
	%D%/run-failures.sh \
	%D%/run-kill.sh \
	%D%/run-output.sh \
	%D%/run-places.sh \
	%D%/run-refused.sh \
	%D%/run-signals.sh \
	%D%/run-stdin.sh
TESTS += $(launch_tests)
EXTRA_DIST += $(launch_tests) %D%/lib.sh
