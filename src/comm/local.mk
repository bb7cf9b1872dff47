# comm: the wire. Only here are UCX, libfabric, the PMIx client and hwloc known.
noinst_LTLIBRARIES += libgyre_comm.la
libgyre_comm_la_CPPFLAGS = $(AM_CPPFLAGS) $(UCX_CFLAGS) $(OFI_CFLAGS) $(PMIX_CFLAGS) $(HWLOC_CFLAGS) $(XXHASH_CFLAGS)
libgyre_comm_la_LIBADD = $(UCX_LIBS) $(PMIX_LIBS) $(HWLOC_LIBS) $(XXHASH_LIBS) -lpthread
libgyre_comm_la_SOURCES = \
	%D%/agree.c \
	%D%/agreement.c %D%/agreement.h \
	%D%/am.c %D%/am.h \
	%D%/boot/boot.h %D%/boot/pmix.c \
	%D%/boot/directory.c %D%/boot/directory.h \
	%D%/comm.c %D%/comm.h \
	%D%/conf.c %D%/conf.h \
	%D%/context.c %D%/context.h \
	%D%/control.c %D%/control.h \
	%D%/envelope.h \
	%D%/failure.c %D%/failure.h \
	%D%/farewell.c %D%/farewell.h \
	%D%/heap.c %D%/heap.h \
	%D%/key.c \
	%D%/match.c %D%/match.h \
	%D%/mem.c %D%/mem.h \
	%D%/message.c %D%/message.h \
	%D%/near.c \
	%D%/overlay.c %D%/overlay.h \
	%D%/peer.c %D%/peer.h \
	%D%/request.c %D%/request.h \
	%D%/revoke.c %D%/revoke.h \
	%D%/rma.c \
	%D%/segment.c %D%/segment.h \
	%D%/split.c \
	%D%/store.c %D%/store.h \
	%D%/survive.c \
	%D%/verdict.c %D%/verdict.h \
	%D%/view.c %D%/view.h \
	%D%/wait.c %D%/wait.h \
	%D%/wire.c %D%/wire.h
include %D%/net/local.mk
include %D%/topo/local.mk
