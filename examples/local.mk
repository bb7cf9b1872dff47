# examples: what a user writes; only <gyre/*.h>.
examples = examples/active examples/batch examples/choice examples/connected examples/counter examples/forecast \
	examples/halo examples/halves examples/hello examples/kmeans examples/lengths examples/longest examples/mfsgd \
	examples/moments examples/pi examples/place examples/ring examples/rounds \
	examples/slices examples/survive examples/table examples/tasks examples/transpose
noinst_PROGRAMS += $(examples) examples/comms examples/data examples/join examples/oracle \
	examples/terasort examples/wordcount
noinst_HEADERS += %D%/chance.h %D%/example.h
LDADD = libgyre.la

# Arithmetic is BLAS's where there is one; what is left of it goes by vectors.
blas_cflags = $(OPENBLAS_CFLAGS) -fvect-cost-model=dynamic
if WITH_OPENBLAS
blas_cflags += -DHAVE_CBLAS
endif
noinst_LTLIBRARIES += libapplications.la
libapplications_la_SOURCES = %D%/application.h %D%/blas.h %D%/edges.c %D%/edges.h %D%/lloyd.c \
	%D%/lloyd.h %D%/numbers.c %D%/numbers.h %D%/numbers_sets.c %D%/numbers_sets.h %D%/sgd.c \
	%D%/sgd.h
libapplications_la_CFLAGS = $(AM_CFLAGS) $(blas_cflags)
libapplications_la_LIBADD = libgyre.la $(OPENBLAS_LIBS) -lm
noinst_PROGRAMS += examples/join_tset examples/kmeans_graph examples/kmeans_tset examples/pagerank \
	examples/sssp examples/svm examples/wordcount_graph examples/wordcount_stream \
	examples/wordcount_tset
examples_kmeans_graph_CFLAGS = $(AM_CFLAGS) $(blas_cflags)
examples_kmeans_graph_LDADD = libapplications.la
examples_kmeans_tset_CFLAGS = $(AM_CFLAGS) $(blas_cflags)
examples_kmeans_tset_LDADD = libapplications.la
examples_pagerank_LDADD = libapplications.la
examples_sssp_LDADD = libapplications.la
examples_svm_CFLAGS = $(AM_CFLAGS) $(blas_cflags)
examples_svm_LDADD = libapplications.la
words = %D%/words.c %D%/words.h
examples_wordcount_graph_SOURCES = %D%/wordcount_graph.c $(words)
examples_wordcount_stream_SOURCES = %D%/wordcount_stream.c $(words)
examples_wordcount_tset_SOURCES = %D%/wordcount_tset.c $(words)
examples_data_LDADD = libgyre.la -lm
examples_oracle_LDADD = -lm
examples_kmeans_LDADD = libgyre.la -lm
examples_mfsgd_LDADD = libgyre.la -lm
examples_comms_SOURCES = %D%/comms.c %D%/comms.h %D%/comms_oracle.c %D%/comms_plan.c \
	%D%/comms_run.c
examples_terasort_SOURCES = %D%/tera.h %D%/tera_check.c %D%/tera_generate.c %D%/tera_sets.c %D%/tera_sort.c \
	%D%/terasort.c
examples_wordcount_SOURCES = %D%/text.c %D%/wordcount.c $(words)
