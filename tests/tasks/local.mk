# Graphs of tasks, between real workers.
check_PROGRAMS += %D%/task-run
%C%_task_run_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_task_run_LDADD = tests/lib/libcheck.la libgyre.la
%C%_task_run_LDFLAGS = -no-install

task_tests = %D%/task-run.none.wire %D%/task-run.shm.wire %D%/task-run.tiny.wire
if WITH_UCX
task_tests += %D%/task-run.nodes-ucx.wire
endif
if WITH_OFI
task_tests += %D%/task-run.ofi-tcp.wire
endif
TESTS += $(task_tests)
CLEANFILES += $(task_tests)
$(task_tests):
	@$(MKDIR_P) %D% && : > $@
