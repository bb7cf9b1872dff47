# Schedules of all members, checked without a wire.
if WITH_CRITERION
check_PROGRAMS += %D%/test-schedule
TESTS += %D%/test-schedule
%C%_test_schedule_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_schedule_LDADD = libgyre_harp.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_schedule_SOURCES = \
	%D%/check-memory.c \
	%D%/check-rules.c \
	%D%/check-run.h \
	%D%/check-schedule.c \
	%D%/check-schedule.h \
	%D%/check-steps.c \
	%D%/check-terms.c \
	%D%/check-terms.h \
	%D%/check-world.c \
	%D%/check-world.h \
	%D%/stub.c \
	%D%/test-checker.c \
	%D%/test-formulas.c \
	%D%/test-pattern.c \
	%D%/test-schedule.c

check_PROGRAMS += %D%/test-op
TESTS += %D%/test-op
%C%_test_op_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_op_LDADD = libgyre_harp.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_op_SOURCES = \
	%D%/half-bits.c \
	%D%/half-conversion.c \
	%D%/reference-real.c \
	%D%/reference.c \
	%D%/reference.h \
	%D%/stub.c \
	%D%/test-op-kernels.c \
	%D%/test-op.c
endif
if WITH_CRITERION
check_PROGRAMS += %D%/test-simulate
TESTS += %D%/test-simulate
%C%_test_simulate_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_simulate_LDADD = libgyre_harp.la libgyre_base.la $(CRITERION_LIBS) -lm
%C%_test_simulate_SOURCES = %D%/stub.c %D%/test-simulate.c
endif
TESTS += %D%/nodes.sh %D%/simulate.sh
EXTRA_DIST += %D%/nodes.sh %D%/simulate.sh

# The Harp model through the public interface: real workers.
check_PROGRAMS += %D%/model
%C%_model_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_model_LDADD = tests/lib/libcheck.la libgyre.la -lpthread
%C%_model_LDFLAGS = -no-install
%C%_model_SOURCES = \
	%D%/model-keys.c \
	%D%/model-moves.c \
	%D%/model-plan.c \
	%D%/model-shared.c \
	%D%/model-tables.c \
	%D%/model-threads.c \
	%D%/model.c \
	%D%/model.h
TESTS += %D%/model.sh
EXTRA_DIST += %D%/model.sh
check_PROGRAMS += %D%/model-death
%C%_model_death_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_model_death_LDADD = tests/lib/libcheck.la libgyre.la
%C%_model_death_LDFLAGS = -no-install

# Running collectives, over the transports of tests/comm/wire.sh. The tests ask the library which
# algorithms there are, hence the archives.
check_LTLIBRARIES += %D%/libcoll.la
%C%_libcoll_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_libcoll_la_SOURCES = \
	%D%/coll-call.c \
	%D%/coll-data.c \
	%D%/coll-group.c \
	%D%/coll-layout.c \
	%D%/coll-run.c \
	%D%/coll.h \
	%D%/reference-real.c \
	%D%/reference.c
coll_libraries = %D%/libcoll.la tests/lib/libcheck.la libgyre_lib.la libgyre_tasks.la libgyre_dataflow.la libgyre_harp.la \
	libgyre_comm.la libgyre_base.la -lm
coll_options = -no-install -Wl,-u,gyre_config_check

coll_programs = \
	%D%/coll-big \
	%D%/coll-close \
	%D%/coll-death \
	%D%/coll-errors \
	%D%/coll-many \
	%D%/coll-oracle \
	%D%/coll-revoke
check_PROGRAMS += $(coll_programs)
%C%_coll_big_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_coll_big_LDADD = $(coll_libraries)
%C%_coll_big_LDFLAGS = $(coll_options)
%C%_coll_close_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_coll_close_LDADD = $(coll_libraries)
%C%_coll_close_LDFLAGS = $(coll_options)
%C%_coll_death_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_coll_death_LDADD = $(coll_libraries)
%C%_coll_death_LDFLAGS = $(coll_options)
%C%_coll_errors_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_coll_errors_LDADD = $(coll_libraries)
%C%_coll_errors_LDFLAGS = $(coll_options)
%C%_coll_many_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_coll_many_LDADD = $(coll_libraries)
%C%_coll_many_LDFLAGS = $(coll_options)
%C%_coll_oracle_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_coll_oracle_LDADD = $(coll_libraries)
%C%_coll_oracle_LDFLAGS = $(coll_options)
%C%_coll_revoke_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_coll_revoke_LDADD = $(coll_libraries)
%C%_coll_revoke_LDFLAGS = $(coll_options)

check_PROGRAMS += %D%/coll-stuck
%C%_coll_stuck_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_coll_stuck_LDADD = tests/lib/libcheck.la libgyre.la
%C%_coll_stuck_LDFLAGS = -no-install

coll_tests = \
	%D%/coll-big.shm-cma.wire %D%/coll-big.shm-copy.wire \
	%D%/coll-close.shm.wire %D%/coll-death.shm.wire \
	%D%/coll-errors.none.wire %D%/coll-errors.shm.wire \
	%D%/coll-many.none.wire %D%/coll-many.shm.wire \
	%D%/coll-oracle.none.wire %D%/coll-oracle.shm.wire \
	%D%/coll-revoke.shm.wire %D%/coll-stuck.shm.wire
if WITH_UCX
coll_tests += \
	%D%/coll-big.ucx-tcp.wire \
	%D%/coll-close.nodes-ucx.wire %D%/coll-close.ucx-shm.wire %D%/coll-close.ucx-tcp.wire \
	%D%/coll-death.nodes-ucx.wire %D%/coll-death.ucx-shm.wire \
	%D%/coll-death.ucx-sysv.wire %D%/coll-death.ucx-tcp.wire \
	%D%/coll-errors.nodes-ucx.wire \
	%D%/coll-many.nodes-ucx.wire %D%/coll-many.ucx-tcp.wire \
	%D%/coll-oracle.nodes-ucx.wire %D%/coll-oracle.ucx-shm.wire %D%/coll-oracle.ucx-tcp.wire \
	%D%/coll-revoke.nodes-ucx.wire %D%/coll-revoke.ucx-shm.wire %D%/coll-revoke.ucx-tcp.wire \
	%D%/coll-stuck.ucx-tcp.wire
endif
if WITH_OFI
coll_tests += \
	%D%/coll-close.nodes-ofi.wire %D%/coll-close.ofi-shm.wire %D%/coll-close.ofi-tcp.wire \
	%D%/coll-death.hosts-ofi.wire %D%/coll-death.nodes-ofi.wire \
	%D%/coll-death.ofi-shm.wire %D%/coll-death.ofi-tcp.wire \
	%D%/coll-many.nodes-ofi.wire %D%/coll-many.ofi-tcp.wire \
	%D%/coll-oracle.nodes-ofi.wire %D%/coll-oracle.ofi-shm.wire %D%/coll-oracle.ofi-tcp.wire \
	%D%/coll-revoke.nodes-ofi.wire %D%/coll-revoke.ofi-tcp.wire \
	%D%/coll-stuck.ofi-tcp.wire
endif
TESTS += $(coll_tests)
CLEANFILES += $(coll_tests)
$(coll_tests):
	@$(MKDIR_P) %D% && : > $@

# What a communicator keeps.
if WITH_CRITERION
check_PROGRAMS += %D%/test-team
TESTS += %D%/test-team
%C%_test_team_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_team_LDADD = libgyre_lib.la libgyre_tasks.la libgyre_dataflow.la libgyre_harp.la libgyre_comm.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_team_LDFLAGS = -no-install -Wl,-u,gyre_config_check
%C%_test_team_SOURCES = %D%/test-team.c
endif

# Rules that choose algorithms.
if WITH_CRITERION
check_PROGRAMS += %D%/test-rules
TESTS += %D%/test-rules
%C%_test_rules_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_rules_LDADD = libgyre_harp.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_rules_SOURCES = %D%/stub.c %D%/test-rules.c
endif
check_PROGRAMS += %D%/choice
%C%_choice_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_choice_LDADD = tests/lib/libcheck.la libgyre.la
%C%_choice_LDFLAGS = -no-install
TESTS += %D%/tune.sh
EXTRA_DIST += %D%/tune.sh
