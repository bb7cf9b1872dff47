# What bench/compare runs beside the gyre command; only "make bench-peers" makes it.
EXTRA_PROGRAMS += bench/startup
bench_startup_SOURCES = bench/startup.c
bench_startup_CPPFLAGS = -I$(top_srcdir)/src/include
bench_startup_LDADD = libgyre.la

bench_peers = bench/startup$(EXEEXT)
bench_mpi_sources = \
	$(top_srcdir)/%D%/mpi-bench.c \
	$(top_srcdir)/%D%/mpi-coll.c \
	$(top_srcdir)/bench/clock.c \
	$(top_srcdir)/bench/coll-data.c \
	$(top_srcdir)/bench/coll.c \
	$(top_srcdir)/bench/driver.c \
	$(top_srcdir)/bench/element.c \
	$(top_srcdir)/bench/options.c \
	$(top_srcdir)/bench/overlap.c \
	$(top_srcdir)/bench/pattern.c \
	$(top_srcdir)/bench/report-flow.c \
	$(top_srcdir)/bench/report.c
bench_mpi_headers = bench/bench.h bench/coll.h %D%/mpi-side.h
bench_mpi_cflags = $(CFLAGS) $(JANSSON_CFLAGS)

if HAVE_OMPI
bench_peers += %D%/mpi-bench.openmpi %D%/mpi-startup.openmpi
%D%/mpi-bench.openmpi: $(bench_mpi_sources) $(bench_mpi_headers)
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_OMPI) $(bench_mpi_cflags) -o $@ \
	  $(bench_mpi_sources) $(JANSSON_LIBS)
%D%/mpi-startup.openmpi: %D%/mpi-startup.c
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_OMPI) $(CFLAGS) -o $@ $(top_srcdir)/%D%/mpi-startup.c
endif

# MPICH's header makes gcc see an overflow in MPI_STATUSES_IGNORE.
if HAVE_MPICH
bench_peers += %D%/mpi-bench.mpich %D%/mpi-startup.mpich
%D%/mpi-bench.mpich: $(bench_mpi_sources) $(bench_mpi_headers)
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_MPICH) $(bench_mpi_cflags) -Wno-stringop-overflow -o $@ \
	  $(bench_mpi_sources) $(JANSSON_LIBS)
%D%/mpi-startup.mpich: %D%/mpi-startup.c
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_MPICH) $(CFLAGS) -o $@ $(top_srcdir)/%D%/mpi-startup.c
endif

CLEANFILES += $(EXTRA_PROGRAMS) $(bench_peers)
EXTRA_DIST += %D%/mpi-bench.c %D%/mpi-coll.c %D%/mpi-side.h %D%/mpi-startup.c

.PHONY: bench-peers
bench-peers: $(bench_peers)
