# What operators stand on, between real workers.
flow_libraries = tests/lib/libcheck.la libgyre_lib.la libgyre_tasks.la libgyre_dataflow.la libgyre_harp.la \
	libgyre_comm.la libgyre_io.la libgyre_batch.la libgyre_base.la -lm
flow_options = -no-install -Wl,-u,gyre_config_check
flow_programs = %D%/flow-beyond %D%/flow-channel %D%/flow-death %D%/flow-failure %D%/flow-join \
	%D%/flow-lessons %D%/flow-operator %D%/flow-threads
check_PROGRAMS += $(flow_programs)
%C%_flow_beyond_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_flow_beyond_LDADD = tests/lib/libcheck.la libgyre.la
%C%_flow_beyond_LDFLAGS = -no-install
%C%_flow_beyond_SOURCES = %D%/flow-beyond.c %D%/flow-plan.h
%C%_flow_channel_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_flow_channel_LDADD = $(flow_libraries)
%C%_flow_channel_LDFLAGS = $(flow_options)
%C%_flow_death_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_flow_death_LDADD = tests/lib/libcheck.la libgyre.la
%C%_flow_death_LDFLAGS = -no-install
%C%_flow_failure_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_flow_failure_LDADD = tests/lib/libcheck.la libgyre.la
%C%_flow_failure_LDFLAGS = -no-install
%C%_flow_join_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_flow_join_LDADD = tests/lib/libcheck.la libgyre.la
%C%_flow_join_LDFLAGS = -no-install
%C%_flow_join_SOURCES = %D%/flow-join.c %D%/flow-plan.c %D%/flow-plan.h
%C%_flow_lessons_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_flow_lessons_LDADD = tests/lib/libcheck.la libgyre.la
%C%_flow_lessons_LDFLAGS = -no-install
%C%_flow_operator_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_flow_operator_LDADD = tests/lib/libcheck.la libgyre.la
%C%_flow_operator_LDFLAGS = -no-install
%C%_flow_operator_SOURCES = \
	%D%/flow-operator.c \
	%D%/flow-plan.c \
	%D%/flow-plan.h \
	%D%/flow-reduce.c \
	%D%/flow-sort.c \
	%D%/flow-total.c
%C%_flow_threads_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_flow_threads_LDADD = tests/lib/libcheck.la libgyre.la
%C%_flow_threads_LDFLAGS = -no-install

flow_tests = %D%/flow-beyond.shm.wire %D%/flow-beyond.tiny.wire \
	%D%/flow-join.none.wire %D%/flow-join.shm.wire %D%/flow-join.tiny.wire \
	%D%/flow-channel.none.wire %D%/flow-channel.shm.wire %D%/flow-death.shm.wire \
	%D%/flow-death.tiny.wire %D%/flow-failure.full.wire %D%/flow-failure.shm.wire \
	%D%/flow-lessons.tiny.wire %D%/flow-operator.none.wire %D%/flow-operator.shm.wire \
	%D%/flow-operator.tiny.wire %D%/flow-threads.shm.wire %D%/flow-threads.tiny.wire
if WITH_UCX
flow_tests += \
	%D%/flow-channel.nodes-ucx.wire %D%/flow-channel.ucx-tcp.wire \
	%D%/flow-death.nodes-ucx.wire %D%/flow-failure.nodes-ucx.wire \
	%D%/flow-failure.ucx-tcp.wire %D%/flow-join.nodes-ucx.wire %D%/flow-operator.nodes-ucx.wire \
	%D%/flow-operator.ucx-tcp.wire %D%/flow-threads.nodes-ucx.wire
endif
if WITH_OFI
flow_tests += \
	%D%/flow-channel.nodes-ofi.wire %D%/flow-channel.ofi-tcp.wire \
	%D%/flow-death.nodes-ofi.wire %D%/flow-failure.nodes-ofi.wire \
	%D%/flow-failure.ofi-tcp.wire %D%/flow-join.nodes-ofi.wire %D%/flow-operator.nodes-ofi.wire \
	%D%/flow-operator.ofi-tcp.wire %D%/flow-operator.tiny-ofi.wire
endif
TESTS += $(flow_tests)
CLEANFILES += $(flow_tests)
$(flow_tests):
	@$(MKDIR_P) %D% && : > $@
