/* SPDX-License-Identifier: Apache-2.0 */
/* Stages: what runs as one task. A stage begins with a set, whose rows come from a function, from
 * what is stored, or from operators, and goes on with a tree of narrow sets and stores, through
 * which batches pass one by one; where it branches or ends, edges lead away.
 *
 * Its plan is the same for all parts; each has an instance of its own, with a cell for each step.
 * A cell holds at most one batch that it has not used up and one that its children have not all
 * got, so an instance can stop wherever an edge refuses, and goes on from there. */
#ifndef GYRE_TSET_STAGE_H
#define GYRE_TSET_STAGE_H

#include "tset/set.h"

typedef struct gyre__step {
    gyre_tset_t *set; /* NULL: it writes to an edge */
    char *edge;
    size_t parent;
    bool copies; /* a store of batches that may lie in an operator's memory */
} gyre__step_t;

typedef struct gyre__stage_plan {
    gyre_env_t *env;
    const char *name;    /* that of the first set, and of the task */
    gyre__step_t *steps; /* parents first */
    size_t step_count;
    size_t number;                  /* among the stages */
    bool grouped;                   /* batches from its edge have rows of one key */
    const char **inputs, **outputs; /* names of datasets; NULL behind the last */
    const int *workers;             /* where its parts have to be; NULL: anywhere */
    uint64_t rows, bytes;           /* that came to it in this run; under the environment's lock */
} gyre__stage_plan_t;

typedef struct gyre__cell gyre__cell_t;

struct gyre__cell {
    gyre_partition_t part;
    const gyre__step_t *step;
    const gyre_function_t *function;
    gyre_builder_t *builder; /* NULL: nothing is appended */
    const gyre_batch_t *in, *out;
    size_t at;     /* rows of in that are used up */
    size_t served; /* children that have out */
    size_t settled_children;
    bool settled;
    bool *keep; /* of filters */
    int edge;   /* the task's number of it */
    gyre__cell_t **children;
    size_t child_count;
    struct gyre__disk_part *disk; /* of a store on disk: being written, or read */
    size_t next;                  /* of a store that is full: the batch that comes next */
    bool opened;
};

typedef struct gyre__stage {
    gyre__stage_plan_t *plan;
    gyre_task_t *task;
    gyre__cell_t *cells; /* as many as steps */
    int source;          /* of the batch under way */
    bool begun, dirty;   /* in this run; since cells were last emptied */
    bool receiving;      /* a batch, in part */
    bool drained, flush; /* of a source: nothing more comes; cells are to be emptied */
    bool barrier;        /* a source has asked for one */
    uint64_t barrier_id;
    bool marks; /* or for a watermark */
    int64_t watermark;
    bool awaits;
    int await_fd, await_milliseconds;
} gyre__stage_t;

/* Rows that functions get and give at a time, about, or bytes where these are long. */
enum { GYRE__SLICE = 8192, GYRE__SLICE_BYTES = 1 << 20 };

/* Functions of a task; arg is the plan. */
gyre_status_t gyre__stage_open(gyre_task_t *task, void *arg, void **state);
void gyre__stage_close(gyre_task_t *task, void *state);
gyre_status_t gyre__stage_next(gyre_task_t *task, void *state);
gyre_status_t gyre__stage_receive(gyre_task_t *task, void *state, int edge, int source,
                                  const gyre_batch_t *batch);
gyre_status_t gyre__stage_end(gyre_task_t *task, void *state);
gyre_status_t gyre__stage_barrier(gyre_task_t *task, void *state, uint64_t id);
gyre_status_t gyre__stage_watermark(gyre_task_t *task, void *state, int64_t time);

/* slice.c: a function over some rows of cell->in, which moves on; what it gives is in cell->out or
 * the builder. */
gyre_status_t gyre__cell_work(gyre__cell_t *cell);
/* Whether cell->out, which a function or the program has given, is of the set's schema. */
gyre_status_t gyre__cell_check(const gyre__cell_t *cell);
/* What the builder has becomes cell->out. */
gyre_status_t gyre__cell_seal(gyre__cell_t *cell);
/* The function's end of a run. */
gyre_status_t gyre__cell_finish(gyre__cell_t *cell);
static inline size_t gyre__cell_rows(const gyre__cell_t *cell)
{
    return cell->builder->children[0]->length;
}
/* The builder has enough to go on. */
bool gyre__cell_full(const gyre__cell_t *cell);

/* persist.c: a part of a set on disk, which is read where the stage begins with it, else
 * written. */
gyre_status_t gyre__disk_begin(gyre__cell_t *cell);
gyre_status_t gyre__disk_next(gyre__cell_t *cell, const gyre_batch_t **out);
gyre_status_t gyre__disk_put(gyre__cell_t *cell, const gyre_batch_t *batch);
gyre_status_t gyre__disk_end(gyre__cell_t *cell);
void gyre__disk_close(gyre__cell_t *cell);

/* store.c: the next batch of a full store, as a source's next_batch; a batch for one that is being
 * filled. */
gyre_status_t gyre__store_next(gyre__stage_t *stage, gyre__cell_t *cell, const gyre_batch_t **out);
gyre_status_t gyre__store_put(gyre__stage_t *stage, gyre__cell_t *cell, const gyre_batch_t *batch);

#endif
