# libfabric. Loaded at run time, see lib.c: only its headers are needed to link.
if WITH_OFI
libgyre_comm_la_SOURCES += \
	%D%/atomic.c %D%/buffer.c %D%/endpoint.c %D%/flush.c %D%/lib.c %D%/line.c %D%/memory.c \
	%D%/message.c %D%/ofi.c %D%/ofi.h %D%/peer.c %D%/progress.c \
	%D%/rendezvous.c %D%/rma.c %D%/select.c %D%/shm_name.c %D%/wait.c %D%/work.c
endif
