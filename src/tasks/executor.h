/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an executor.
 *
 * Between instances and operators stand queues, so that functions of tasks never touch the wire:
 * an instance has one for each edge that leads to it, its *inboxes*, and one for each that leads
 * away, its *outboxes*. Whoever has the role of the mover, one thread at a time, moves operators
 * on, from outboxes to them and from them to inboxes (flow.c); all others compute (step.c). One
 * lock guards queues and the states of instances; functions of tasks and operators run without it.
 */
#ifndef GYRE_TASKS_EXECUTOR_H
#define GYRE_TASKS_EXECUTOR_H

#include "base/list.h"
#include "tasks/graph.h"
#include "tasks/items.h"

#include <gyre/executor.h>
#include <pthread.h>
#include <stdatomic.h>

/* An edge, with its operator. Where it leads from each index to the same on the same worker, and
 * nothing is kept, there is none: the outbox's items are the inbox's. */
typedef struct gyre__flow {
    gyre_executor_t *executor;
    const gyre__edge_t *edge;
    gyre_operator_t *op; /* NULL: none is needed */
    const gyre_schema_t *received;
    int inbox; /* its number among the edges that lead to its task */
    bool complete;
} gyre__flow_t;

typedef struct gyre__inbox {
    gyre__flow_t *flow;
    gyre__items_t queue;
    int64_t watermark;
    bool ended, at_barrier;
} gyre__inbox_t;

typedef struct gyre__outbox {
    gyre__flow_t *flow;
    int source; /* the instance's number there */
    const gyre_schema_t *schema;
    gyre__items_t queue;
    bool ended;
} gyre__outbox_t;

typedef struct gyre__task_counts {
    uint64_t calls, ns;
    uint64_t rows_in, batches_in, rows_out, batches_out;
} gyre__task_counts_t;

struct gyre_task {
    gyre_executor_t *executor;
    const gyre__vertex_t *node;
    int index, id, parallelism;

    /* Of the thread that runs it. */
    void *state;
    bool opened, wants_await; /* wants_await and what follows: see gyre_task_await */
    int await_fd, await_ms;
    gyre__task_counts_t counts;

    /* Under the executor's lock. */
    gyre__link_t link; /* in the executor's list of those that can run */
    gyre__inbox_t *inboxes;
    gyre__outbox_t *outboxes;
    size_t inbox_count, outbox_count;
    size_t next_inbox; /* that is looked at first */
    uint64_t barrier;  /* that inboxes are at */
    int64_t watermark; /* that it has been told */
    uint64_t await_until;
    bool running, queued, awaits;
    bool drained; /* of a source: it has nothing more */
    bool over;    /* its end is in its outboxes */
};

/* A dataset by name, as input or as output. */
typedef struct gyre__shelf {
    const char *name;
    int parts;
    bool is_output;
    gyre_dataset_t *dataset;
} gyre__shelf_t;

struct gyre_executor {
    gyre_comm_t *comm;
    const gyre_graph_t *graph;
    const gyre_plan_t *plan;
    gyre_executor_opts_t opts;
    size_t pending;      /* GYRE_TASK_PENDING */
    gyre__flow_t *flows; /* as many as the graph has edges */
    gyre_task_t *tasks;  /* of this worker */
    size_t task_count;
    int *parallelism;       /* of each node */
    int *first_id;          /* of each node's instances */
    gyre_task_t **by_index; /* those of this worker, by id; NULL elsewhere */
    gyre__shelf_t *shelves;
    size_t shelf_count;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* somebody may compute, or move, or all is over */
    gyre__link_t ready;
    size_t over;      /* tasks */
    size_t computing; /* threads */
    bool started, complete, quit;
    bool moving;        /* the role is taken */
    atomic_bool mail;   /* something has come out of a task, or can go into one */
    atomic_bool asleep; /* the mover waits in the wire */
    atomic_bool stopping;
    gyre_status_t status; /* the first error */
    char *why;
    bool gave_up;           /* the others have been told of it */
    int watch, timer;       /* epoll of what sources await, and what is in it; -1: nothing yet */
    atomic_size_t awaiting; /* sources */
    pthread_t *threads;
    int thread_count;
};

/* flow.c */
gyre_status_t gyre__flows_open(gyre_executor_t *executor);
void gyre__flows_close(gyre_executor_t *executor);
/* Moves all edges on, once. *moved: something happened. */
gyre_status_t gyre__flows_move(gyre_executor_t *executor, bool *moved);
bool gyre__flows_complete(const gyre_executor_t *executor);
gyre_status_t gyre__flows_reset(gyre_executor_t *executor);
/* Ends all edges at all workers, with what gyre_last_error says. */
void gyre__flows_give_up(gyre_executor_t *executor, gyre_status_t status);
/* Whether an operator has heard something since it was last moved on. */
bool gyre__flows_have_news(const gyre_executor_t *executor);
/* Under the lock: of a flow without an operator, between the instances of that index. */
void gyre__flow_shift(gyre__flow_t *flow, int index);

/* step.c: runs one function of the instance, which is marked as running. Without the lock. */
void gyre__task_step(gyre_task_t *task);
/* Under the lock: puts it among those that can run, if it can. */
void gyre__task_stir(gyre_task_t *task);
bool gyre__task_full(const gyre_task_t *task);

/* await.c: sources that wait for descriptors or time. Under the lock. */
gyre_status_t gyre__await_begin(gyre_task_t *task);
/* Stirs those whose time has come. false: none. */
bool gyre__await_look(gyre_executor_t *executor);
void gyre__await_close(gyre_executor_t *executor);

/* run.c: something has come for the mover. Any thread. */
void gyre__executor_mail(gyre_executor_t *executor);
/* The first error counts. Any thread. */
void gyre__executor_fail(gyre_executor_t *executor, gyre_status_t status, const char *why);
/* The threads that compute. */
gyre_status_t gyre__crew_open(gyre_executor_t *executor);
void gyre__crew_close(gyre_executor_t *executor);

static inline gyre_task_t *gyre__task_at(const gyre_executor_t *executor, size_t node, int index)
{
    return executor->by_index[executor->first_id[node] + index];
}

#endif
