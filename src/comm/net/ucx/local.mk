# UCX.
if WITH_UCX
libgyre_comm_la_SOURCES += \
	%D%/conf.c \
	%D%/describe.c \
	%D%/memory.c \
	%D%/message.c \
	%D%/peer.c \
	%D%/rma.c \
	%D%/slot.c \
	%D%/status.c \
	%D%/ucx.c %D%/ucx.h \
	%D%/watch.c
endif
