# Sets, between real workers.
tset_programs = %D%/tset-batches %D%/tset-errors %D%/tset-feeds %D%/tset-links %D%/tset-stores \
	%D%/tset-streams
check_PROGRAMS += $(tset_programs)
%C%_tset_batches_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_tset_batches_LDADD = tests/lib/libcheck.la libgyre.la
%C%_tset_batches_LDFLAGS = -no-install
%C%_tset_errors_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_tset_errors_LDADD = tests/lib/libcheck.la libgyre.la
%C%_tset_errors_LDFLAGS = -no-install
%C%_tset_errors_SOURCES = %D%/tset-errors.c %D%/tset-plan.h
%C%_tset_feeds_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_tset_feeds_LDADD = tests/lib/libcheck.la libgyre.la
%C%_tset_feeds_LDFLAGS = -no-install
%C%_tset_links_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_tset_links_LDADD = tests/lib/libcheck.la libgyre.la
%C%_tset_links_LDFLAGS = -no-install
%C%_tset_links_SOURCES = %D%/tset-links.c %D%/tset-plan.c %D%/tset-plan.h
%C%_tset_stores_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_tset_stores_LDADD = tests/lib/libcheck.la libgyre.la
%C%_tset_stores_LDFLAGS = -no-install
%C%_tset_stores_SOURCES = %D%/tset-stores.c %D%/tset-plan.c %D%/tset-plan.h
%C%_tset_streams_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_tset_streams_LDADD = tests/lib/libcheck.la libgyre.la
%C%_tset_streams_LDFLAGS = -no-install

tset_tests = %D%/tset-batches.none.wire %D%/tset-batches.shm.wire \
	%D%/tset-feeds.none.wire %D%/tset-feeds.shm.wire %D%/tset-errors.none.wire %D%/tset-errors.shm.wire \
	%D%/tset-links.none.wire %D%/tset-links.shm.wire %D%/tset-links.tiny.wire \
	%D%/tset-stores.none.wire %D%/tset-stores.shm.wire %D%/tset-stores.tiny.wire \
	%D%/tset-streams.none.wire %D%/tset-streams.shm.wire
if WITH_UCX
tset_tests += %D%/tset-links.nodes-ucx.wire %D%/tset-stores.nodes-ucx.wire %D%/tset-streams.nodes-ucx.wire
endif
TESTS += $(tset_tests) %D%/progress.sh
EXTRA_DIST += %D%/progress.sh
CLEANFILES += $(tset_tests)
$(tset_tests):
	@$(MKDIR_P) %D% && : > $@
