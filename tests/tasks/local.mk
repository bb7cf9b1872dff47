# Unit tests of tasks, in one program.
if WITH_CRITERION
check_PROGRAMS += %D%/test-tasks
TESTS += %D%/test-tasks
%C%_test_tasks_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CRITERION_CFLAGS)
%C%_test_tasks_LDADD = libgyre.la $(CRITERION_LIBS) -lm
%C%_test_tasks_LDFLAGS = -no-install
%C%_test_tasks_SOURCES = \
	%D%/test-dataset.c \
	%D%/test-graph.c \
	%D%/test-placement.c \
	%D%/test-plan.c
endif

# Graphs of tasks, between real workers.
check_PROGRAMS += %D%/task-death %D%/task-plan %D%/task-run
%C%_task_death_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_task_death_LDADD = tests/lib/libcheck.la libgyre.la
%C%_task_death_LDFLAGS = -no-install
%C%_task_plan_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_task_plan_LDADD = tests/lib/libcheck.la libgyre.la
%C%_task_plan_LDFLAGS = -no-install
%C%_task_run_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_task_run_LDADD = tests/lib/libcheck.la libgyre.la
%C%_task_run_LDFLAGS = -no-install
%C%_task_run_SOURCES = %D%/task-edges.c %D%/task-graph.c %D%/task-graph.h %D%/task-run.c

task_tests = %D%/task-death.shm.wire %D%/task-plan.none.wire %D%/task-plan.shm.wire \
	%D%/task-run.none.wire %D%/task-run.shm.wire %D%/task-run.tiny.wire
if WITH_UCX
task_tests += %D%/task-death.nodes-ucx.wire %D%/task-plan.nodes-ucx.wire %D%/task-run.nodes-ucx.wire
endif
if WITH_OFI
task_tests += %D%/task-death.nodes-ofi.wire %D%/task-run.ofi-tcp.wire
endif
TESTS += $(task_tests)
CLEANFILES += $(task_tests)
$(task_tests):
	@$(MKDIR_P) %D% && : > $@
