# harp: collectives as schedules, and the Harp model on top.
noinst_LTLIBRARIES += libgyre_harp.la
libgyre_harp_la_SOURCES = \
	%D%/allgather/allgather.c \
	%D%/allgatherv/allgatherv.c \
	%D%/allreduce/allreduce.c \
	%D%/alltoall/alltoall.c \
	%D%/alltoallv/alltoallv.c \
	%D%/barrier/barrier.c \
	%D%/bcast/bcast.c \
	%D%/collective.h \
	%D%/collectives.c \
	%D%/exscan/exscan.c \
	%D%/gather/gather.c \
	%D%/gatherv/gatherv.c \
	%D%/neighbor_allgather/neighbor_allgather.c \
	%D%/neighbor_allgatherv/neighbor_allgatherv.c \
	%D%/neighbor_alltoall/neighbor_alltoall.c \
	%D%/neighbor_alltoallv/neighbor_alltoallv.c \
	%D%/op.h \
	%D%/plan.c \
	%D%/plan.h \
	%D%/reduce/reduce.c \
	%D%/reduce_scatter/reduce_scatter.c \
	%D%/reduce_scatter_block/reduce_scatter_block.c \
	%D%/scan/scan.c \
	%D%/scatter/scatter.c \
	%D%/scatterv/scatterv.c \
	%D%/schedule.c \
	%D%/schedule.h
