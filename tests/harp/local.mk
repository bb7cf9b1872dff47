# Schedules of all members, checked without a wire.
if WITH_CRITERION
check_PROGRAMS += %D%/test-schedule
TESTS += %D%/test-schedule
%C%_test_schedule_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_schedule_LDADD = libgyre_harp.la libgyre_base.la $(CRITERION_LIBS)
%C%_test_schedule_SOURCES = \
	%D%/check-memory.c \
	%D%/check-rules.c \
	%D%/check-run.h \
	%D%/check-schedule.c \
	%D%/check-schedule.h \
	%D%/check-steps.c \
	%D%/check-terms.c \
	%D%/check-terms.h \
	%D%/check-world.c \
	%D%/check-world.h \
	%D%/stub.c \
	%D%/test-checker.c \
	%D%/test-schedule.c
endif
