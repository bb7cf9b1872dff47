# The node segment.
libgyre_comm_la_SOURCES += %D%/shm.c
