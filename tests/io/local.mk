# Unit tests of io, in one program.
if WITH_CRITERION
if WITH_ZLIB
if WITH_ZSTD
check_PROGRAMS += %D%/test-io
TESTS += %D%/test-io
%C%_test_io_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS) $(ZLIB_CFLAGS) \
	$(ZSTD_CFLAGS)
%C%_test_io_LDADD = libgyre_io.la libgyre_batch.la libgyre_base.la $(CRITERION_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS)
%C%_test_io_SOURCES = \
	%D%/fixture.c %D%/fixture.h \
	%D%/test-input.c \
	%D%/test-lines.c \
	%D%/test-csv.c \
	%D%/test-csv-rows.c \
	%D%/test-number.c \
	%D%/test-output.c \
	%D%/test-store.c
endif
endif
endif
