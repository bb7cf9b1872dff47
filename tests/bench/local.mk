# bench: the driver's arithmetic, the command over every provider, the comparison without MPI.
if WITH_CRITERION
check_PROGRAMS += %D%/test-bench
TESTS += %D%/test-bench
%C%_test_bench_CPPFLAGS = -I$(top_srcdir) -I$(top_srcdir)/src/include $(CRITERION_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_bench_LDADD = libgyre_bench.la libgyre.la $(CRITERION_LIBS) $(JANSSON_LIBS) -lm
%C%_test_bench_SOURCES = %D%/test-bench.c %D%/test-coll.c %D%/test-flow.c
endif

check_PROGRAMS += %D%/rows
%C%_rows_CPPFLAGS = $(JANSSON_CFLAGS)
%C%_rows_LDADD = $(JANSSON_LIBS)
%C%_rows_SOURCES = %D%/rows.c

bench_tests = %D%/collectives.sh %D%/compare.sh %D%/operations.sh %D%/operators.sh %D%/usage.sh
TESTS += $(bench_tests)
EXTRA_DIST += $(bench_tests) %D%/compare.samples %D%/compare.expected %D%/lib.sh
