# tasks: graphs of tasks, their placement on workers, and what runs them.
noinst_LTLIBRARIES += libgyre_tasks.la
libgyre_tasks_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libgyre_tasks_la_LIBADD = $(JANSSON_LIBS)
libgyre_tasks_la_SOURCES = \
	%D%/await.c \
	%D%/conf.c \
	%D%/conf.h \
	%D%/dataset.c \
	%D%/executor.c \
	%D%/executor.h \
	%D%/flow.c \
	%D%/graph.c \
	%D%/graph.h \
	%D%/graph_check.c \
	%D%/graph_copy.c \
	%D%/graph_copy.h \
	%D%/graph_print.c \
	%D%/items.c \
	%D%/items.h \
	%D%/links.c \
	%D%/links.h \
	%D%/placement/bundle.c \
	%D%/placement/first_fit.c \
	%D%/placement/linked.c \
	%D%/placement/locality.c \
	%D%/placement/placement.c \
	%D%/placement/placement.h \
	%D%/placement/round_robin.c \
	%D%/placement/user.c \
	%D%/plan.c \
	%D%/plan.h \
	%D%/plan_for.c \
	%D%/plan_print.c \
	%D%/racks.c \
	%D%/racks.h \
	%D%/run.c \
	%D%/stats.c \
	%D%/step.c \
	%D%/task.c
