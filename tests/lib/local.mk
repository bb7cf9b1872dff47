# What tests share: the checks, and a PMIx server of several nodes.
check_LTLIBRARIES += %D%/libcheck.la
%C%_libcheck_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_libcheck_la_SOURCES = %D%/check.c %D%/check.h

check_PROGRAMS += %D%/pmix-hub/pmix-hub %D%/pmix-client
%C%_pmix_hub_pmix_hub_CPPFLAGS = $(AM_CPPFLAGS) $(PMIX_CFLAGS)
%C%_pmix_hub_pmix_hub_LDADD = $(PMIX_LIBS)
%C%_pmix_hub_pmix_hub_SOURCES = \
	%D%/pmix-hub/agent.c %D%/pmix-hub/agent.h \
	%D%/pmix-hub/fence.c %D%/pmix-hub/fence.h \
	%D%/pmix-hub/frame.c %D%/pmix-hub/frame.h \
	%D%/pmix-hub/hub.c %D%/pmix-hub/hub.h \
	%D%/pmix-hub/main.c \
	%D%/pmix-hub/module.c \
	%D%/pmix-hub/nspace.c \
	%D%/pmix-hub/plan.c %D%/pmix-hub/plan.h
%C%_pmix_client_CPPFLAGS = $(AM_CPPFLAGS) $(PMIX_CFLAGS)
%C%_pmix_client_LDADD = $(PMIX_LIBS)

EXTRA_DIST += %D%/pmix-hub.sh
TESTS += %D%/pmix-hub.sh
