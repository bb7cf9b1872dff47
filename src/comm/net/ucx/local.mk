# UCX.
if WITH_UCX
libgyre_comm_la_SOURCES += %D%/ucx.c
endif
