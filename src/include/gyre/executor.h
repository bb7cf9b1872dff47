/* SPDX-License-Identifier: Apache-2.0 */
/* Executors run graphs. See gyre_executor(3).
 *
 * An executor is made once and runs as often as one likes: its operators, and what its tasks have
 * opened, stay; datasets are exchanged between runs. */
#ifndef GYRE_EXECUTOR_H
#define GYRE_EXECUTOR_H

#include <gyre/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_executor gyre_executor_t;

/* Called on the calling thread, around every run and before the tasks are closed. */
typedef void (*gyre_hook_fn)(void *arg, gyre_executor_t *executor);

/* Zero is the default for every field but size. */
typedef struct gyre_executor_opts {
    size_t size; /* sizeof(gyre_executor_opts_t) */
    /* Threads that compute, beside the calling one. 0: GYRE_TASK_THREADS. With none the calling
     * thread does everything. With some the context must be GYRE_THREAD_MULTIPLE. */
    int threads;
    int shared; /* nonzero: the calling thread computes, too, when there is nothing to move */
    gyre_hook_fn before, after, closing;
    void *arg; /* of the hooks */
} gyre_executor_opts_t;

/* Collective over comm. Blocks. opts may be NULL. Graph, plan and comm must outlive it. What
 * gyre_graph_check says; GYRE_ERR_ARG: the plan does not have the graph, or not the communicator's
 * workers. */
GYRE_EXPORT gyre_status_t gyre_executor_create(gyre_comm_t *comm, const gyre_graph_t *graph,
                                               const gyre_plan_t *plan,
                                               const gyre_executor_opts_t *opts,
                                               gyre_executor_t **executor);
/* Local: gives up a run that is under way. NULL is allowed. */
GYRE_EXPORT void gyre_executor_destroy(gyre_executor_t *executor);

/* A dataset for all tasks that name it among their inputs, until another is set; NULL: none. A
 * reference is kept. Not within a run. GYRE_ERR_NOT_FOUND: no task does; GYRE_ERR_ARG: it has
 * another number of parts than the task instances. Local. */
GYRE_EXPORT gyre_status_t gyre_executor_set(gyre_executor_t *executor, const char *name,
                                            gyre_dataset_t *dataset);
/* What tasks left in the last run, with a reference for the caller. Every run makes a new one. */
GYRE_EXPORT gyre_status_t gyre_executor_get(gyre_executor_t *executor, const char *name,
                                            gyre_dataset_t **dataset);

/* Runs to the end. Collective; waits. After an error only destroy is of use. */
GYRE_EXPORT gyre_status_t gyre_executor_run(gyre_executor_t *executor);

/* The same in parts: start, then progress until it says GYRE_OK; or wait. */
GYRE_EXPORT gyre_status_t gyre_executor_start(gyre_executor_t *executor);
GYRE_EXPORT gyre_status_t gyre_executor_progress(gyre_executor_t *executor);
GYRE_EXPORT gyre_status_t gyre_executor_wait(gyre_executor_t *executor);

/* Sources of this worker end as soon as they can; what they have written goes its way. Any thread,
 * and any function of a task, may. */
GYRE_EXPORT void gyre_executor_stop(gyre_executor_t *executor);

/* What this worker's tasks and edges have done since the executor was made, as a JSON object:
 * "tasks" with rows and batches in and out, calls, seconds in its functions; "edges" with rows and
 * bytes sent, received and spilled. */
GYRE_EXPORT gyre_status_t gyre_executor_stats(const gyre_executor_t *executor, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
