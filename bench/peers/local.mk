# What bench/compare runs beside the gyre command; only "make bench-peers" makes it.
EXTRA_PROGRAMS += bench/startup
bench_startup_SOURCES = bench/startup.c
bench_startup_CPPFLAGS = -I$(top_srcdir)/src/include
bench_startup_LDADD = libgyre.la

bench_peers = bench/startup$(EXEEXT)
bench_driver = \
	$(top_srcdir)/bench/driver.c \
	$(top_srcdir)/bench/options.c \
	$(top_srcdir)/bench/pattern.c \
	$(top_srcdir)/bench/report.c
bench_mpi_cflags = $(CFLAGS) $(JANSSON_CFLAGS)

if HAVE_OMPI
bench_peers += %D%/mpi-bench.openmpi %D%/mpi-startup.openmpi
%D%/mpi-bench.openmpi: %D%/mpi-bench.c bench/bench.h $(bench_driver)
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_OMPI) $(bench_mpi_cflags) -o $@ \
	  $(top_srcdir)/%D%/mpi-bench.c $(bench_driver) $(JANSSON_LIBS)
%D%/mpi-startup.openmpi: %D%/mpi-startup.c
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_OMPI) $(CFLAGS) -o $@ $(top_srcdir)/%D%/mpi-startup.c
endif

# MPICH's header makes gcc see an overflow in MPI_STATUSES_IGNORE.
if HAVE_MPICH
bench_peers += %D%/mpi-bench.mpich %D%/mpi-startup.mpich
%D%/mpi-bench.mpich: %D%/mpi-bench.c bench/bench.h $(bench_driver)
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_MPICH) $(bench_mpi_cflags) -Wno-stringop-overflow -o $@ \
	  $(top_srcdir)/%D%/mpi-bench.c $(bench_driver) $(JANSSON_LIBS)
%D%/mpi-startup.mpich: %D%/mpi-startup.c
	$(AM_V_CC)$(MKDIR_P) %D% && $(MPICC_MPICH) $(CFLAGS) -o $@ $(top_srcdir)/%D%/mpi-startup.c
endif

CLEANFILES += $(EXTRA_PROGRAMS) $(bench_peers)
EXTRA_DIST += %D%/mpi-bench.c %D%/mpi-startup.c

.PHONY: bench-peers
bench-peers: $(bench_peers)
