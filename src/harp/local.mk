# harp: collectives as schedules, and the Harp model on top.
noinst_LTLIBRARIES += libgyre_harp.la
libgyre_harp_la_CPPFLAGS = $(AM_CPPFLAGS) $(XXHASH_CFLAGS)
libgyre_harp_la_LIBADD = $(XXHASH_LIBS) -lm
libgyre_harp_la_SOURCES = \
	%D%/allgather/allgather.c \
	%D%/allgather/allgather.h \
	%D%/allgather/bruck.c \
	%D%/allgather/neighbor_exchange.c \
	%D%/allgather/recursive_doubling.c \
	%D%/allgather/ring.c \
	%D%/allgatherv/allgatherv.c \
	%D%/allreduce/allreduce.c %D%/allreduce/allreduce.h \
	%D%/allreduce/node_flat.c \
	%D%/allreduce/node_shared.c \
	%D%/alltoall/alltoall.c \
	%D%/alltoall/alltoall.h \
	%D%/alltoall/bruck.c \
	%D%/alltoall/linear.c \
	%D%/alltoall/node_aggregated.c \
	%D%/alltoall/pairwise.c \
	%D%/alltoallv/alltoallv.c \
	%D%/barrier/barrier.c %D%/barrier/barrier.h \
	%D%/barrier/node.c \
	%D%/bcast/bcast.c %D%/bcast/bcast.h \
	%D%/bcast/node.c \
	%D%/cache.c %D%/cache.h \
	%D%/collective.c %D%/collective.h \
	%D%/collectives.c \
	%D%/conf.c %D%/conf.h \
	%D%/execute.c %D%/execute.h \
	%D%/execution.h \
	%D%/exscan/exscan.c \
	%D%/gather/gather.c \
	%D%/gather/gather.h \
	%D%/gather/knomial.c \
	%D%/gather/linear.c \
	%D%/gatherv/gatherv.c \
	%D%/kernel/bfloat.c \
	%D%/kernel/complex.c \
	%D%/kernel/half.c \
	%D%/kernel/integer.c \
	%D%/kernel/kernel.h \
	%D%/kernel/pair.c \
	%D%/kernel/real.c \
	%D%/kernel/real.h \
	%D%/move.c \
	%D%/move.h \
	%D%/neighbor.c \
	%D%/neighbor.h \
	%D%/neighbor_allgather/neighbor_allgather.c \
	%D%/neighbor_allgatherv/neighbor_allgatherv.c \
	%D%/neighbor_alltoall/neighbor_alltoall.c \
	%D%/neighbor_alltoallv/neighbor_alltoallv.c \
	%D%/neighbors.c \
	%D%/node.c %D%/node.h \
	%D%/op.c \
	%D%/op.h \
	%D%/plan.c \
	%D%/plan.h \
	%D%/program.c %D%/program.h \
	%D%/reduce/node.c \
	%D%/reduce/reduce.c %D%/reduce/reduce.h \
	%D%/reduce_scatter/reduce_scatter.c \
	%D%/reduce_scatter_block/reduce_scatter_block.c \
	%D%/registry.c \
	%D%/registry.h \
	%D%/scan/scan.c \
	%D%/scatter/knomial.c \
	%D%/scatter/linear.c \
	%D%/scatter/scatter.c \
	%D%/scatter/scatter.h \
	%D%/scatterv/scatterv.c \
	%D%/schedule.c \
	%D%/schedule.h \
	%D%/select.c %D%/select.h \
	%D%/simulate/engine.c \
	%D%/simulate/engine.h \
	%D%/simulate/letters.c \
	%D%/simulate/letters.h \
	%D%/simulate/member.c \
	%D%/simulate/member.h \
	%D%/simulate/print.c \
	%D%/simulate/queue.c \
	%D%/simulate/queue.h \
	%D%/simulate/simulate.c \
	%D%/simulate/simulate.h \
	%D%/simulate/world.c \
	%D%/simulate/world.h \
	%D%/step.c \
	%D%/team.c %D%/team.h \
	%D%/tree.c \
	%D%/tree.h \
	%D%/type.c
