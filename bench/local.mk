# bench: linked into the gyre command; sees the public headers only.
noinst_LTLIBRARIES += libgyre_bench.la
libgyre_bench_la_CPPFLAGS = -I$(top_srcdir)/src/include $(JANSSON_CFLAGS)
libgyre_bench_la_LIBADD = $(JANSSON_LIBS) -lm
libgyre_bench_la_SOURCES = \
	%D%/atomic.c \
	%D%/bench.h \
	%D%/clock.c \
	%D%/coll-data.c \
	%D%/coll.c %D%/coll.h \
	%D%/collectives.c \
	%D%/driver.c \
	%D%/element.c \
	%D%/flow-rows.c \
	%D%/flow.c %D%/flow.h \
	%D%/iteration.c \
	%D%/latency.c \
	%D%/onesided.c \
	%D%/options.c \
	%D%/overlap.c \
	%D%/pattern.c \
	%D%/report-flow.c \
	%D%/report.c \
	%D%/tune-cell.c \
	%D%/tune.c %D%/tune.h \
	%D%/window.c \
	%D%/worker.c %D%/worker.h \
	%D%/zipf.c
EXTRA_DIST += %D%/compare \
	%D%/jobs \
	%D%/comparison/__init__.py \
	%D%/comparison/figures.py \
	%D%/comparison/hosts.py \
	%D%/comparison/launch.py \
	%D%/comparison/output.py \
	%D%/comparison/sides.py \
	%D%/spark/iteration.py \
	%D%/spark/kmeans.py \
	%D%/spark/pagerank.py \
	%D%/spark/svm.py \
	%D%/spark/terasort.py \
	%D%/spark/wordcount.py
include %D%/peers/local.mk
