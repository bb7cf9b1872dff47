# bench: the command over every provider; the comparison without MPI.
check_PROGRAMS += %D%/rows
tests_bench_rows_SOURCES = tests/bench/rows.c
tests_bench_rows_CPPFLAGS = $(JANSSON_CFLAGS)
tests_bench_rows_LDADD = $(JANSSON_LIBS)

bench_tests = %D%/compare.sh
TESTS += $(bench_tests)
EXTRA_DIST += $(bench_tests) %D%/operations.sh %D%/usage.sh %D%/compare.samples %D%/compare.expected
