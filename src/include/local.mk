gyreincludedir = $(includedir)/gyre
gyreinclude_HEADERS = \
	%D%/gyre/am.h \
	%D%/gyre/arrow.h \
	%D%/gyre/batch.h \
	%D%/gyre/coll.h \
	%D%/gyre/comm.h \
	%D%/gyre/config.h \
	%D%/gyre/context.h \
	%D%/gyre/csv.h \
	%D%/gyre/dataset.h \
	%D%/gyre/executor.h \
	%D%/gyre/graph.h \
	%D%/gyre/group.h \
	%D%/gyre/gyre.h \
	%D%/gyre/harp.h \
	%D%/gyre/hash.h \
	%D%/gyre/input.h \
	%D%/gyre/mem.h \
	%D%/gyre/message.h \
	%D%/gyre/op.h \
	%D%/gyre/operator.h \
	%D%/gyre/output.h \
	%D%/gyre/pack.h \
	%D%/gyre/plan.h \
	%D%/gyre/request.h \
	%D%/gyre/rma.h \
	%D%/gyre/schema.h \
	%D%/gyre/sort.h \
	%D%/gyre/status.h \
	%D%/gyre/store.h \
	%D%/gyre/survive.h \
	%D%/gyre/topo.h \
	%D%/gyre/tset.h \
	%D%/gyre/type.h
