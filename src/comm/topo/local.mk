# Topology.
libgyre_comm_la_SOURCES += %D%/bind.c %D%/print.c %D%/topo.c %D%/topo.h
