# Providers: one folder each.
libgyre_comm_la_SOURCES += %D%/net.h %D%/net_none.c \
	%D%/process.c %D%/process.h
include %D%/self/local.mk
include %D%/shm/local.mk
include %D%/ucx/local.mk
include %D%/ofi/local.mk
