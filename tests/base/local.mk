# Unit tests of base, in one program.
if WITH_CRITERION
check_PROGRAMS += %D%/test-base
TESTS += %D%/test-base
%C%_test_base_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_base_LDADD = libgyre_base.la $(CRITERION_LIBS)
%C%_test_base_SOURCES = \
	%D%/test-buf.c \
	%D%/test-bytes.c \
	%D%/test-clock.c \
	%D%/test-conf.c \
	%D%/test-error.c \
	%D%/test-list.c \
	%D%/test-log.c \
	%D%/test-map.c \
	%D%/test-pool.c \
	%D%/test-status.c \
	%D%/test-transfer.c
endif
