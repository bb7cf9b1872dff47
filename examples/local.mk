# examples: what a user writes; only <gyre/*.h>.
examples = examples/active examples/batch examples/choice examples/counter examples/forecast \
	examples/halo examples/halves examples/hello examples/kmeans examples/lengths examples/longest examples/mfsgd \
	examples/moments examples/pi examples/place examples/ring examples/rounds \
	examples/slices examples/survive examples/table examples/tasks examples/transpose
noinst_PROGRAMS += $(examples) examples/comms examples/data examples/join examples/oracle \
	examples/terasort examples/wordcount
noinst_HEADERS += %D%/chance.h %D%/example.h
LDADD = libgyre.la
examples_data_LDADD = libgyre.la -lm
examples_oracle_LDADD = -lm
examples_kmeans_LDADD = libgyre.la -lm
examples_mfsgd_LDADD = libgyre.la -lm
examples_comms_SOURCES = %D%/comms.c %D%/comms.h %D%/comms_oracle.c %D%/comms_plan.c \
	%D%/comms_run.c
examples_terasort_SOURCES = %D%/tera.h %D%/tera_check.c %D%/tera_generate.c %D%/tera_sort.c \
	%D%/terasort.c
examples_wordcount_SOURCES = %D%/text.c %D%/wordcount.c %D%/words.c %D%/words.h
