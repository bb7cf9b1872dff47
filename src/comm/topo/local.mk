# Topology.
libgyre_comm_la_SOURCES += %D%/bind.c %D%/domain.c %D%/domain.h %D%/print.c %D%/topo.c %D%/topo.h
