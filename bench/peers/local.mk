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
bench_apps_sources = $(top_srcdir)/%D%/mpi-apps.c $(top_srcdir)/examples/lloyd.c \
	$(top_srcdir)/examples/sgd.c
bench_apps_headers = examples/blas.h examples/lloyd.h examples/sgd.h
bench_apps_cflags = $(CFLAGS) $(blas_cflags)
bench_apps_libs = $(OPENBLAS_LIBS) -lm

if HAVE_OMPI
bench_peers += %D%/mpi-apps.openmpi %D%/mpi-bench.openmpi %D%/mpi-startup.openmpi
%D%/mpi-apps.openmpi: $(bench_apps_sources) $(bench_apps_headers)
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_OMPI) $(bench_apps_cflags) -o $@ $(bench_apps_sources) \
	  $(bench_apps_libs)
%D%/mpi-bench.openmpi: $(bench_mpi_sources) $(bench_mpi_headers)
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_OMPI) $(bench_mpi_cflags) -o $@ \
	  $(bench_mpi_sources) $(JANSSON_LIBS)
%D%/mpi-startup.openmpi: %D%/mpi-startup.c
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_OMPI) $(CFLAGS) -o $@ $(top_srcdir)/%D%/mpi-startup.c
endif

# MPICH's header makes gcc see an overflow in MPI_STATUSES_IGNORE.
if HAVE_MPICH
bench_peers += %D%/mpi-apps.mpich %D%/mpi-bench.mpich %D%/mpi-startup.mpich
%D%/mpi-apps.mpich: $(bench_apps_sources) $(bench_apps_headers)
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_MPICH) $(bench_apps_cflags) -o $@ $(bench_apps_sources) \
	  $(bench_apps_libs)
%D%/mpi-bench.mpich: $(bench_mpi_sources) $(bench_mpi_headers)
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_MPICH) $(bench_mpi_cflags) -Wno-stringop-overflow -o $@ \
	  $(bench_mpi_sources) $(JANSSON_LIBS)
%D%/mpi-startup.mpich: %D%/mpi-startup.c
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_MPICH) $(CFLAGS) -o $@ $(top_srcdir)/%D%/mpi-startup.c
endif

CLEANFILES += $(EXTRA_PROGRAMS) $(bench_peers)
EXTRA_DIST += %D%/mpi-apps.c %D%/mpi-bench.c %D%/mpi-coll.c %D%/mpi-side.h %D%/mpi-startup.c

.PHONY: bench-peers
bench-peers: $(bench_peers)
