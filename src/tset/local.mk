# tset: distributed sets of rows, lowered to graphs of tasks.
noinst_LTLIBRARIES += libgyre_tset.la
libgyre_tset_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libgyre_tset_la_LIBADD = $(JANSSON_LIBS)
libgyre_tset_la_SOURCES = \
	%D%/action.c \
	%D%/env.c \
	%D%/env.h \
	%D%/evaluate.c \
	%D%/explain.c \
	%D%/job.c \
	%D%/job.h \
	%D%/keyed.c \
	%D%/lower.c \
	%D%/narrow.c \
	%D%/persist.c \
	%D%/persist_name.c \
	%D%/save.c \
	%D%/set.c \
	%D%/set.h \
	%D%/slice.c \
	%D%/source.c \
	%D%/source_files.c \
	%D%/source_stream.c \
	%D%/stage.c \
	%D%/stage.h \
	%D%/stage_open.c \
	%D%/stats.c \
	%D%/store.c \
	%D%/wide.c
