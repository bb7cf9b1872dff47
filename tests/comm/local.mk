# Tests of comm: the contract of the providers, over each transport that works on one machine.
check_PROGRAMS += %D%/test-net
%C%_test_net_SOURCES = %D%/net-fixture.c %D%/net-fixture.h \
	%D%/test-net.c %D%/test-net-box.c %D%/test-net-box.h %D%/test-net-faults.c \
	%D%/test-net-rma.c %D%/test-net-wait.c
%C%_test_net_LDADD = libgyre_comm.la libgyre_base.la

TESTS += %D%/net-self.sh %D%/net-shm.sh
if WITH_UCX
TESTS += %D%/net-ucx-shm.sh %D%/net-ucx-tcp.sh
endif
if WITH_OFI
TESTS += %D%/net-ofi-shm.sh %D%/net-ofi-tcp.sh
endif
EXTRA_DIST += %D%/net-self.sh %D%/net-shm.sh %D%/net-ucx-shm.sh %D%/net-ucx-tcp.sh \
	%D%/net-ofi-shm.sh %D%/net-ofi-tcp.sh
if WITH_CRITERION
check_PROGRAMS += %D%/test-shm
TESTS += %D%/test-shm
%C%_test_shm_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_shm_LDADD = libgyre_comm.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_shm_SOURCES = %D%/shm-pair.c %D%/shm-pair.h \
	%D%/test-shm.c %D%/test-shm-faults.c %D%/test-shm-ring.c %D%/test-shm-sleep.c
check_PROGRAMS += %D%/test-config %D%/test-domain %D%/test-overlay %D%/test-store %D%/test-topo
TESTS += %D%/test-config %D%/test-domain %D%/test-overlay %D%/test-store %D%/test-topo
%C%_test_config_CPPFLAGS = $(AM_CPPFLAGS) $(CRITERION_CFLAGS)
%C%_test_config_LDADD = libgyre_lib.la libgyre_tasks.la libgyre_dataflow.la libgyre_harp.la libgyre_comm.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_domain_CPPFLAGS = $(AM_CPPFLAGS) $(CRITERION_CFLAGS)
%C%_test_domain_LDADD = libgyre_comm.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_store_CPPFLAGS = $(AM_CPPFLAGS) $(CRITERION_CFLAGS)
%C%_test_store_LDADD = libgyre_comm.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_overlay_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_overlay_LDADD = libgyre_comm.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_topo_CPPFLAGS = $(AM_CPPFLAGS) $(CRITERION_CFLAGS)
%C%_test_topo_LDADD = libgyre_comm.la libgyre_base.la $(CRITERION_LIBS)
endif

# The wire through the public interface: real workers, over every transport.
wire_programs = \
	%D%/wire-am \
	%D%/wire-big \
	%D%/wire-boot \
	%D%/wire-comm \
	%D%/wire-death \
	%D%/wire-epoch \
	%D%/wire-idle \
	%D%/wire-near \
	%D%/wire-rma \
	%D%/wire-survive \
	%D%/wire-tagged \
	%D%/wire-threads \
	%D%/wire-unread
check_PROGRAMS += $(wire_programs)
wire_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
wire_LDADD = tests/lib/libcheck.la libgyre.la
%C%_wire_am_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_am_LDADD = $(wire_LDADD)
%C%_wire_am_LDFLAGS = -no-install
%C%_wire_big_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_big_LDADD = $(wire_LDADD)
%C%_wire_big_LDFLAGS = -no-install
%C%_wire_boot_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_boot_LDADD = $(wire_LDADD)
%C%_wire_boot_LDFLAGS = -no-install
%C%_wire_comm_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_comm_LDADD = $(wire_LDADD)
%C%_wire_comm_LDFLAGS = -no-install
%C%_wire_death_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_death_LDADD = $(wire_LDADD)
%C%_wire_death_LDFLAGS = -no-install
%C%_wire_epoch_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_epoch_LDADD = $(wire_LDADD)
%C%_wire_epoch_LDFLAGS = -no-install
%C%_wire_idle_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_idle_LDADD = $(wire_LDADD)
%C%_wire_idle_LDFLAGS = -no-install
%C%_wire_near_CPPFLAGS = $(wire_CPPFLAGS)
# The wire checks the whole library's configuration: looked for before the archive that needs it.
%C%_wire_near_LDADD = tests/lib/libcheck.la libgyre_lib.la libgyre_tasks.la libgyre_dataflow.la libgyre_harp.la libgyre_comm.la \
	libgyre_base.la
%C%_wire_near_LDFLAGS = -no-install -Wl,-u,gyre_config_check
%C%_wire_rma_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_rma_LDADD = $(wire_LDADD)
%C%_wire_rma_LDFLAGS = -no-install
%C%_wire_rma_SOURCES = %D%/wire-rma.c %D%/rma.h \
	%D%/rma_access.c %D%/rma_atomic.c %D%/rma_memory.c
%C%_wire_survive_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_survive_LDADD = $(wire_LDADD)
%C%_wire_survive_LDFLAGS = -no-install
%C%_wire_tagged_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_tagged_LDADD = $(wire_LDADD)
%C%_wire_tagged_LDFLAGS = -no-install
%C%_wire_tagged_SOURCES = %D%/wire-tagged.c %D%/tagged.h \
	%D%/tagged_basic.c %D%/tagged_load.c %D%/tagged_match.c %D%/tagged_plan.c
%C%_wire_threads_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_threads_LDADD = $(wire_LDADD) -lpthread
%C%_wire_threads_LDFLAGS = -no-install
%C%_wire_unread_CPPFLAGS = $(wire_CPPFLAGS)
%C%_wire_unread_LDADD = $(wire_LDADD)
%C%_wire_unread_LDFLAGS = -no-install

# One test per program and transport: an empty file, whose name wire.sh takes apart.
wire_tests = \
	%D%/wire-am.none.wire %D%/wire-am.shm.wire %D%/wire-am.shm-copy.wire \
	%D%/wire-big.shm-copy.wire %D%/wire-big.shm-cma.wire \
	%D%/wire-boot.none.wire %D%/wire-boot.shm.wire \
	%D%/wire-comm.none.wire %D%/wire-comm.shm.wire \
	%D%/wire-death.shm.wire \
	%D%/wire-epoch.shm.wire \
	%D%/wire-idle.shm.wire \
	%D%/wire-near.none.wire %D%/wire-near.shm.wire \
	%D%/wire-rma.none.wire %D%/wire-rma.shm.wire \
	%D%/wire-survive.shm.wire %D%/wire-survive.shm-copy.wire \
	%D%/wire-unread.none.wire %D%/wire-unread.shm.wire %D%/wire-tagged.none.wire %D%/wire-tagged.shm.wire %D%/wire-tagged.shm-copy.wire \
	%D%/wire-threads.none.wire %D%/wire-threads.shm.wire
if WITH_UCX
wire_tests += \
	%D%/wire-am.nodes-ucx.wire %D%/wire-am.ucx-shm.wire %D%/wire-am.ucx-tcp.wire \
	%D%/wire-big.ucx-shm.wire %D%/wire-big.ucx-tcp.wire \
	%D%/wire-boot.nodes-ucx.wire \
	%D%/wire-comm.nodes-ucx.wire %D%/wire-comm.ucx-tcp.wire \
	%D%/wire-death.nodes-ucx.wire %D%/wire-death.ucx-shm.wire \
	%D%/wire-epoch.nodes-ucx.wire %D%/wire-epoch.ucx-shm.wire \
	%D%/wire-idle.ucx-shm.wire %D%/wire-idle.ucx-tcp.wire \
	%D%/wire-near.nodes-ucx.wire %D%/wire-near.ucx-tcp.wire \
	%D%/wire-rma.nodes-ucx.wire %D%/wire-rma.ucx-shm.wire %D%/wire-rma.ucx-tcp.wire \
	%D%/wire-survive.nodes-ucx.wire %D%/wire-survive.ucx-shm.wire %D%/wire-survive.ucx-tcp.wire \
	%D%/wire-unread.ucx-shm.wire %D%/wire-unread.ucx-tcp.wire %D%/wire-tagged.nodes-ucx.wire %D%/wire-tagged.ucx-shm.wire %D%/wire-tagged.ucx-tcp.wire \
	%D%/wire-threads.nodes-ucx.wire %D%/wire-threads.ucx-shm.wire %D%/wire-threads.ucx-tcp.wire
endif
# wire-survive not over libfabric's shm: a worker that is killed holding its lock in shared memory
# leaves its peers spinning for it.
if WITH_OFI
wire_tests += \
	%D%/wire-am.nodes-ofi.wire %D%/wire-am.ofi-shm.wire %D%/wire-am.ofi-tcp.wire \
	%D%/wire-big.ofi-shm.wire %D%/wire-big.ofi-tcp.wire \
	%D%/wire-boot.nodes-ofi.wire \
	%D%/wire-comm.hosts-ofi.wire %D%/wire-comm.nodes-ofi.wire %D%/wire-comm.ofi-tcp.wire \
	%D%/wire-death.hosts-ofi.wire %D%/wire-death.nodes-ofi.wire %D%/wire-death.ofi-shm.wire \
	%D%/wire-death.ofi-tcp.wire \
	%D%/wire-epoch.nodes-ofi.wire %D%/wire-epoch.ofi-shm.wire \
	%D%/wire-idle.ofi-shm.wire %D%/wire-idle.ofi-tcp.wire \
	%D%/wire-near.nodes-ofi.wire \
	%D%/wire-rma.nodes-ofi.wire %D%/wire-rma.ofi-shm.wire %D%/wire-rma.ofi-tcp.wire \
	%D%/wire-survive.nodes-ofi.wire %D%/wire-survive.ofi-tcp.wire \
	%D%/wire-unread.nodes-ofi.wire %D%/wire-unread.ofi-tcp.wire %D%/wire-tagged.nodes-ofi.wire %D%/wire-tagged.ofi-shm.wire %D%/wire-tagged.ofi-tcp.wire \
	%D%/wire-threads.nodes-ofi.wire %D%/wire-threads.ofi-shm.wire %D%/wire-threads.ofi-tcp.wire
endif
TEST_EXTENSIONS += .wire
WIRE_LOG_COMPILER = $(LOG_COMPILER)
AM_WIRE_LOG_FLAGS = 1300 $(srcdir)/%D%/wire.sh
TESTS += $(wire_tests)
TESTS += %D%/environment.sh %D%/singleton.sh
EXTRA_DIST += %D%/wire.sh %D%/environment.sh %D%/singleton.sh
CLEANFILES += $(wire_tests)
$(wire_tests):
	@$(MKDIR_P) %D% && : > $@
