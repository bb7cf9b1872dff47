# Topology.
libgyre_comm_la_SOURCES += %D%/topo.c
