# libfabric.
if WITH_OFI
libgyre_comm_la_SOURCES += %D%/ofi.c
endif
