# Unit tests of batch, in one program.
if WITH_CRITERION
check_PROGRAMS += %D%/test-batch
TESTS += %D%/test-batch
%C%_test_batch_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(XXHASH_CFLAGS) $(CRITERION_CFLAGS)
%C%_test_batch_LDADD = libgyre_batch.la libgyre_base.la $(XXHASH_LIBS) $(CRITERION_LIBS)
%C%_test_batch_SOURCES = \
	%D%/fuzz.c %D%/fuzz.h \
	%D%/order.c %D%/order.h \
	%D%/rows.c %D%/rows.h \
	%D%/test-arrow.c \
	%D%/test-batch.c \
	%D%/test-bits.c \
	%D%/test-builder.c \
	%D%/test-group.c \
	%D%/test-hash.c \
	%D%/test-merge.c \
	%D%/test-pack.c \
	%D%/test-rows.c \
	%D%/test-schema.c \
	%D%/test-sort.c \
	%D%/test-spill.c \
	%D%/test-words.c
endif

# A library with sanitizers cannot be loaded into an interpreter without.
if !SANITIZERS
TESTS += %D%/arrow.sh
endif
EXTRA_DIST += %D%/arrow.py %D%/arrow.sh
