# The node segment.
libgyre_comm_la_SOURCES += %D%/shm.c %D%/shm.h \
	%D%/area.c %D%/area.h \
	%D%/bell.c \
	%D%/cma.c \
	%D%/fetch.c \
	%D%/out.c \
	%D%/pace.c \
	%D%/peer.c \
	%D%/receive.c \
	%D%/ring.c %D%/ring.h \
	%D%/send.c
