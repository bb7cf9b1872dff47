# Tests of comm: the contract of the providers, over each transport that works on one machine.
check_PROGRAMS += %D%/test-net
%C%_test_net_SOURCES = %D%/net-fixture.c %D%/net-fixture.h \
	%D%/test-net.c %D%/test-net-faults.c %D%/test-net-rma.c
%C%_test_net_LDADD = libgyre_comm.la libgyre_base.la

TESTS += %D%/net-ucx-shm.sh %D%/net-ucx-tcp.sh
EXTRA_DIST += %D%/net-ucx-shm.sh %D%/net-ucx-tcp.sh
TESTS += %D%/net-shm.sh
EXTRA_DIST += %D%/net-shm.sh
if WITH_CRITERION
check_PROGRAMS += %D%/test-topo
TESTS += %D%/test-topo
%C%_test_topo_CPPFLAGS = $(AM_CPPFLAGS) $(CRITERION_CFLAGS)
%C%_test_topo_LDADD = libgyre_comm.la libgyre_base.la $(CRITERION_LIBS)
endif
