# launch: the gyre command. Only here is the PMIx server known. Both programs link the rooms' own
# libraries, not libgyre, so that there is one copy of everything, the thread's detail line above
# all; of comm, gyre takes the topology alone.
bin_PROGRAMS += gyre
gyre_CPPFLAGS = $(AM_CPPFLAGS) $(PMIX_CFLAGS) -DPKGLIBEXECDIR='"$(pkglibexecdir)"'
gyre_LDFLAGS = -Wl,--as-needed
gyre_LDADD = libgyre_comm.la libgyre_base.la $(PMIX_LIBS)
gyre_SOURCES = \
	%D%/crew.c %D%/crew.h \
	%D%/environ.c %D%/environ.h \
	%D%/iof.c %D%/iof.h \
	%D%/job.c %D%/job.h \
	%D%/keeper.c %D%/keeper.h \
	%D%/kin.c %D%/kin.h \
	%D%/launch.h \
	%D%/limits.c %D%/limits.h \
	%D%/litter.c %D%/litter.h \
	%D%/loop.c %D%/loop.h \
	%D%/main.c \
	%D%/options.c %D%/options.h \
	%D%/place.c %D%/place.h \
	%D%/pmix.c %D%/pmix.h \
	%D%/program.c \
	%D%/run.c \
	%D%/say.c \
	%D%/session.c %D%/session.h \
	%D%/signals.c %D%/signals.h \
	%D%/sink.c %D%/sink.h \
	%D%/stdin.c %D%/stdin.h \
	%D%/worker.c %D%/worker.h

pkglibexec_PROGRAMS = gyre-wire
gyre_wire_LDADD = libgyre_bench.la libgyre_lib.la libgyre_tasks.la libgyre_dataflow.la libgyre_harp.la libgyre_comm.la \
	libgyre_batch.la libgyre_base.la
gyre_wire_SOURCES = %D%/info.c %D%/launch.h %D%/say.c %D%/tune.c %D%/tune.h \
	%D%/tune_file.c %D%/tune_measure.c %D%/wire.c
