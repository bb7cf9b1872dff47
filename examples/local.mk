# examples: what a user writes; only <gyre/*.h>.
noinst_PROGRAMS += examples/wordcount examples/hello
examples_wordcount_SOURCES = %D%/wordcount.c %D%/words.c %D%/words.h
examples_wordcount_CFLAGS = $(AM_CFLAGS) $(XXHASH_CFLAGS)
examples_wordcount_LDADD = libgyre.la $(XXHASH_LIBS)
examples_hello_SOURCES = %D%/hello.c
examples_hello_LDADD = libgyre.la
