# comm: the wire. Only here are UCX, libfabric, the PMIx client and hwloc known.
noinst_LTLIBRARIES += libgyre_comm.la
libgyre_comm_la_CPPFLAGS = $(AM_CPPFLAGS) $(UCX_CFLAGS) $(OFI_CFLAGS) $(PMIX_CFLAGS) $(HWLOC_CFLAGS)
libgyre_comm_la_LIBADD = $(UCX_LIBS) $(OFI_LIBS) $(PMIX_LIBS) $(HWLOC_LIBS)
libgyre_comm_la_SOURCES = \
	%D%/conf.c %D%/conf.h \
	%D%/config.c
include %D%/net/local.mk
include %D%/topo/local.mk
