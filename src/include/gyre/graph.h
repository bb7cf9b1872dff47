/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs of tasks: what computes, with which parallelism, and the operators between. See
 * gyre_graph(3) and gyre_task(3).
 *
 * A graph is plain data until an executor is made of it: every worker builds the same, and none of
 * the calls here talks to others. */
#ifndef GYRE_GRAPH_H
#define GYRE_GRAPH_H

#include <gyre/dataset.h>
#include <gyre/operator.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_graph gyre_graph_t;
typedef struct gyre_plan gyre_plan_t;

/* A task of the graph is run by as many instances as its parallelism says. This is one of them, as
 * its functions see it. */
typedef struct gyre_task gyre_task_t;

/* --- What tasks do --- */

/* Functions of a task run on one thread at a time for each instance; state is what open gave. They
 * must not wait for other workers. An error ends the job: gyre_executor_run returns it at all
 * workers, with the name of the task and what gyre_last_error says. */

/* Once for each instance, before it first runs. *state is NULL before. */
typedef gyre_status_t (*gyre_task_open_fn)(gyre_task_t *task, void *arg, void **state);
/* After the last run. */
typedef void (*gyre_task_close_fn)(gyre_task_t *task, void *state);

/* Writes some of what the source has. GYRE_IN_PROGRESS: there is more, call again; GYRE_OK: that
 * was all of this run. */
typedef gyre_status_t (*gyre_task_source_fn)(gyre_task_t *task, void *state);

/* A batch from an edge; edge counts those that lead to the task, in the order in which they were
 * added; source as in gyre_receive_fn. GYRE_OK: done; GYRE_IN_PROGRESS: to be called again with the
 * same, for instance when a write was refused. */
typedef gyre_status_t (*gyre_task_receive_fn)(gyre_task_t *task, void *state, int edge, int source,
                                              const gyre_batch_t *batch);

/* Nothing more comes from any edge, in this run; a source has given all, or was stopped.
 * GYRE_IN_PROGRESS: as above. */
typedef gyre_status_t (*gyre_task_end_fn)(gyre_task_t *task, void *state);

/* The barrier has come from all edges; it goes on from this task by itself. */
typedef gyre_status_t (*gyre_task_barrier_fn)(gyre_task_t *task, void *state, uint64_t id);

/* Rows that come from now on, from any edge, are of that time or later; a greater one each time. It
 * goes on from this task by itself, behind what the function writes. */
typedef gyre_status_t (*gyre_task_watermark_fn)(gyre_task_t *task, void *state, int64_t time);

/* Where the data of an instance lies: hosts, nearest first, as gyre_split_hosts gives them. */
typedef struct gyre_task_data {
    const char *const *hosts;
    size_t host_count;
    uint64_t bytes;
} gyre_task_data_t;

/* Zero is the default for every field but size, and one of source and receive. */
typedef struct gyre_task_opts {
    size_t size;     /* sizeof(gyre_task_opts_t) */
    int parallelism; /* instances; 0: GYRE_TASK_PARALLELISM, where that is 0 one on each worker */
    gyre_task_source_fn source;   /* of a task that no edge leads to */
    gyre_task_receive_fn receive; /* of all others */
    gyre_task_end_fn end;
    gyre_task_barrier_fn barrier;
    gyre_task_watermark_fn watermark;
    gyre_task_open_fn open;
    gyre_task_close_fn close;
    void *arg; /* of open; state, where there is no open */
    /* Datasets, by name, that instances read and leave; NULL behind the last. Tasks of several
     * graphs that name the same have the same parallelism, and equal indices on one worker. One
     * task of a graph leaves a dataset; it may read what the last run left of it. */
    const char *const *inputs, *const *outputs;
    /* What an instance takes; for placement. 0: GYRE_TASK_CPUS, _MEMORY, _DISK. */
    double cpus;
    uint64_t memory, disk;           /* bytes */
    const gyre_task_data_t *data;    /* one for each instance; NULL: anywhere */
    const gyre_metadata_t *settings; /* for gyre_task_setting */
    size_t setting_count;
} gyre_task_opts_t;

/* --- The graph --- */

/* stream nonzero: sources may go on until they are stopped, rows leave with the next progress, and
 * barriers end rounds. */
GYRE_EXPORT gyre_status_t gyre_graph_create(const char *name, int stream, gyre_graph_t **graph);
/* Not while an executor uses it. NULL is allowed. */
GYRE_EXPORT void gyre_graph_destroy(gyre_graph_t *graph);

/* Copies names, settings and options, but not data. GYRE_ERR_ARG: a name that is taken or empty, or
 * functions that do not go together. */
GYRE_EXPORT gyre_status_t gyre_graph_add(gyre_graph_t *graph, const char *name,
                                         const gyre_task_opts_t *opts);

/* Zero is the default for every field but size, from, to and flow's schema. */
typedef struct gyre_edge_opts {
    size_t size;      /* sizeof(gyre_edge_opts_t) */
    const char *name; /* NULL: "from-to"; needed where several edges join the same tasks */
    const char *from, *to;
    const char *right; /* of a join: the task whose rows are its right side */
    /* The operator. What says where tasks are is not looked at: sources, targets and ranks; neither
     * are size, stream, receive, barrier and watermark. arg is partition's. */
    gyre_operator_opts_t flow;
} gyre_edge_opts_t;

/* Copies what it is given, and retains the schemas. GYRE_ERR_NOT_FOUND: no such task, with the
 * nearest; GYRE_ERR_ARG: a name that is taken, or something that the operator needs is NULL;
 * GYRE_ERR_RANGE: more keys than columns. */
GYRE_EXPORT gyre_status_t gyre_graph_connect(gyre_graph_t *graph, const gyre_edge_opts_t *opts);

/* At most so many instances of the graph on a worker; 0: any number. */
GYRE_EXPORT gyre_status_t gyre_graph_limit(gyre_graph_t *graph, int instances);

/* What an executor would say of it, for so many workers: GYRE_ERR_ARG, _RANGE or _UNKNOWN with a
 * text that names the task or the edge. A task that no edge leads to, and that is no source, or the
 * reverse; a circle; parallelisms that do not go with an operator; options that it does not take;
 * tasks that share a dataset and differ in parallelism. */
GYRE_EXPORT gyre_status_t gyre_graph_check(const gyre_graph_t *graph, int workers);

/* For people, a line for each task and edge; for dot(1). */
GYRE_EXPORT void gyre_graph_print(const gyre_graph_t *graph, FILE *stream);
GYRE_EXPORT void gyre_graph_print_dot(const gyre_graph_t *graph, FILE *stream);

/* --- For the functions of a task --- */

/* One edge that leads from the task, by its name; -1: none. They count from 0 in the order in which
 * they were added. */
GYRE_EXPORT int gyre_task_edge(const gyre_task_t *task, const char *name);

/* Rows to an edge. GYRE_OK: accepted, and a reference is kept; GYRE_IN_PROGRESS: refused, since too
 * much waits there already (GYRE_TASK_PENDING): return GYRE_IN_PROGRESS to be called again. The
 * first write of a call to each edge is never refused. Batches without rows are forgotten. */
GYRE_EXPORT gyre_status_t gyre_task_write(gyre_task_t *task, int edge, const gyre_batch_t *batch);
/* The same; columns of keys first, then those of values. Both have the same number of rows. */
GYRE_EXPORT gyre_status_t gyre_task_write_keyed(gyre_task_t *task, int edge,
                                                const gyre_batch_t *keys,
                                                const gyre_batch_t *values);
/* Whether a write to any edge would be refused now. */
GYRE_EXPORT bool gyre_task_is_full(const gyre_task_t *task);
/* Of a source: a barrier to all edges. */
GYRE_EXPORT gyre_status_t gyre_task_barrier(gyre_task_t *task, uint64_t id);
/* Of a source: a watermark to all edges; see gyre_operator_watermark. */
GYRE_EXPORT gyre_status_t gyre_task_watermark(gyre_task_t *task, int64_t time);
/* Nothing more is written to the edge in this run; with the end of the task all edges end. */
GYRE_EXPORT gyre_status_t gyre_task_end(gyre_task_t *task, int edge);
/* Of a source, before it returns GYRE_IN_PROGRESS without having written: it is called again when
 * fd is readable (-1: none), or after so many milliseconds (-1: any time). */
GYRE_EXPORT void gyre_task_await(gyre_task_t *task, int fd, int milliseconds);
/* Whether gyre_executor_stop was called: a source returns GYRE_OK soon. */
GYRE_EXPORT bool gyre_task_stopping(const gyre_task_t *task);

/* A dataset that the task names among its inputs; NULL: none was given. */
GYRE_EXPORT gyre_dataset_t *gyre_task_input(const gyre_task_t *task, const char *name);
/* To the instance's part of a dataset that it names among its outputs. A reference is kept, or, of
 * what came from an edge in memory that its sender needs again, a copy. */
GYRE_EXPORT gyre_status_t gyre_task_output(gyre_task_t *task, const char *name,
                                           const gyre_batch_t *batch);

GYRE_EXPORT const char *gyre_task_name(const gyre_task_t *task);
GYRE_EXPORT int gyre_task_index(const gyre_task_t *task); /* 0 to parallelism - 1 */
GYRE_EXPORT int
gyre_task_id(const gyre_task_t *task); /* among all instances of the graph, from 0 */
GYRE_EXPORT int gyre_task_parallelism(const gyre_task_t *task);
GYRE_EXPORT const gyre_plan_t *gyre_task_plan(const gyre_task_t *task);
GYRE_EXPORT const gyre_graph_t *gyre_task_graph(const gyre_task_t *task);
/* The schema of what is written to an edge, and of what comes from one. */
GYRE_EXPORT const gyre_schema_t *gyre_task_edge_schema(const gyre_task_t *task, int edge);
GYRE_EXPORT const gyre_schema_t *gyre_task_input_schema(const gyre_task_t *task, int edge);
/* NULL: there is no such setting. */
GYRE_EXPORT const char *gyre_task_setting(const gyre_task_t *task, const char *key);

#ifdef __cplusplus
}
#endif
#endif
