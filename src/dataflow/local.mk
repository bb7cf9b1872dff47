# dataflow: operators between logical tasks, and the channels that carry their data.
noinst_LTLIBRARIES += libgyre_dataflow.la
libgyre_dataflow_la_SOURCES = \
	%D%/buckets.c \
	%D%/buckets.h \
	%D%/channel.c \
	%D%/channel.h \
	%D%/channel_receive.c \
	%D%/channel_send.c \
	%D%/channel_state.h \
	%D%/conf.c \
	%D%/conf.h \
	%D%/deal.c \
	%D%/deal.h \
	%D%/groups.c \
	%D%/keep.c \
	%D%/keep.h \
	%D%/memory.c \
	%D%/memory.h \
	%D%/operator.c \
	%D%/operator.h \
	%D%/operator_check.c \
	%D%/operator_check.h \
	%D%/page.c \
	%D%/page.h \
	%D%/partition.c \
	%D%/range.c \
	%D%/range.h \
	%D%/receive.c \
	%D%/recycle.c \
	%D%/recycle.h \
	%D%/reduce.c \
	%D%/rows.c \
	%D%/ship.c \
	%D%/sorted.c \
	%D%/sorter.c \
	%D%/sorter.h \
	%D%/table.c \
	%D%/table.h
