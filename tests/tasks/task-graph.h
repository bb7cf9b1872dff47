/* SPDX-License-Identifier: Apache-2.0 */
/* What the graphs of these tests are made of: rows of one number, tasks, edges, an executor. */
#ifndef TESTS_TASK_GRAPH_H
#define TESTS_TASK_GRAPH_H

#include "lib/check.h"

#include <pthread.h>

extern gyre_executor_opts_t run_how; /* of all executors of a case */
extern const gyre_schema_t *run_schema;

typedef struct run {
    gyre_plan_t *plan;
    gyre_executor_t *executor;
} run_t;

run_t run_open(const gyre_graph_t *graph);
void run_close(run_t *run);

void add_task(gyre_graph_t *graph, const char *name, gyre_task_opts_t opts);
void add_edge(gyre_graph_t *graph, const char *from, const char *to, const char *name,
              gyre_operator_kind_t kind);

/* first, first + 1 ... */
const gyre_batch_t *make_rows(int64_t first, int64_t count);
int64_t row_value(const gyre_batch_t *batch, size_t row);

/* A thread that waits for a message, until it gets one. */
pthread_t wait_in_wire(void);
void end_wait(pthread_t thread);

/* task-edges.c: cases of what lies between tasks and graphs. */
void barriers(void);
void watermarks(void);
void datasets(void);
void keeping(void);
void waiting(void);
void ticking(void);

#endif
