# What operators stand on, between real workers.
flow_libraries = tests/lib/libcheck.la libgyre_lib.la libgyre_dataflow.la libgyre_harp.la \
	libgyre_comm.la libgyre_base.la -lm
flow_options = -no-install -Wl,-u,gyre_config_check
flow_programs = %D%/flow-channel
check_PROGRAMS += $(flow_programs)
%C%_flow_channel_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_flow_channel_LDADD = $(flow_libraries)
%C%_flow_channel_LDFLAGS = $(flow_options)

flow_tests = %D%/flow-channel.none.wire %D%/flow-channel.shm.wire
if WITH_UCX
flow_tests += %D%/flow-channel.nodes-ucx.wire %D%/flow-channel.ucx-tcp.wire
endif
if WITH_OFI
flow_tests += %D%/flow-channel.nodes-ofi.wire %D%/flow-channel.ofi-tcp.wire
endif
TESTS += $(flow_tests)
CLEANFILES += $(flow_tests)
$(flow_tests):
	@$(MKDIR_P) %D% && : > $@
