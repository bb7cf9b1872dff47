/* SPDX-License-Identifier: Apache-2.0 */
/* Random plans for the tests of operators: tasks, where they are, batches, keys, rows longer than
 * pages, receivers that refuse. Every row says which source it is of and which row of that; what it
 * holds follows from those, so every worker knows all rows. */
#ifndef TESTS_FLOW_PLAN_H
#define TESTS_FLOW_PLAN_H

#include "lib/check.h"

#include <gyre/operator.h>

enum { COLUMN_SOURCE, COLUMN_ROW, COLUMN_KEY, COLUMN_TEXT, COLUMNS };
enum { TASKS_MAX = 20, ROUNDS_MAX = 6 /* of a plan as it is drawn */ };

typedef struct plan plan_t;

struct plan {
    gyre_operator_opts_t opts;
    int source_ranks[TASKS_MAX], target_ranks[TASKS_MAX], right_ranks[TASKS_MAX];
    /* Rows of a source, as flow_batch, which it is unless it is set. */
    const gyre_batch_t *(*batch)(const plan_t *p, int source, int64_t first, size_t count);
    size_t keys[2];
    uint64_t seed;
    uint64_t batches; /* of a source, in a run */
    size_t rows_max;  /* of a batch */
    size_t long_text; /* one row in a thousand is about so long */
    uint64_t barriers;
    bool refusing;
    bool marks; /* a watermark behind every batch: the row that comes next */
    bool plain; /* rows are numbers alone, most batches without nulls */
};

extern const gyre_schema_t *flow_schema;

void flow_open(void);
void flow_close(void);

/* Tasks and rows; receive is the caller's to set, and keys. Barriers and watermarks are told to
 * flow_barrier and flow_watermark. */
void flow_draw(plan_t *p, uint64_t *random, gyre_operator_kind_t kind);

/* Makes rows plain, and puts one target on each worker. */
void flow_make_plain(plan_t *p);

size_t flow_text_length(uint64_t key, const plan_t *p);
uint64_t flow_row_key(const plan_t *p, int source, int64_t row);
/* Half of the rows have one key: skew. */
int64_t flow_key_value(uint64_t key);
/* Rows first to first + count of a source. */
const gyre_batch_t *flow_batch(const plan_t *p, int source, int64_t first, size_t count);
/* Whether a row holds what it should; which one it is. */
void flow_check_row(const plan_t *p, const gyre_batch_t *batch, size_t i, int *source,
                    int64_t *row);
/* Of a source's batch of that number. */
size_t flow_batch_rows(const plan_t *p, int source, uint64_t number);
/* The first source gives all batches of a plan; others may finish before. */
uint64_t flow_batches(const plan_t *p, int source);
/* Whether a barrier comes before a batch, and which. */
bool flow_barrier_behind(const plan_t *p, uint64_t batch, uint64_t *id);

/* Rounds in which targets are given what they keep: only in a stream there are several. */
uint64_t flow_rounds(const plan_t *p);
/* Rows first to end - 1 of a source are those of a round. */
void flow_round_rows(const plan_t *p, int source, uint64_t round, int64_t *first, int64_t *end);
/* That a target is given now. */
uint64_t flow_round(const plan_t *p, int target);
/* Of a barrier; how many a target of this worker has been told of, in this run. */
gyre_status_t flow_barrier(void *arg, int target, uint64_t id);
gyre_status_t flow_watermark(void *arg, int target, int64_t time);
extern uint64_t flow_told[TASKS_MAX];
/* The last watermark that a target of this worker has been told of; INT64_MIN: none yet. */
extern int64_t flow_marked[TASKS_MAX];

/* Whether a target is to refuse, this time. */
bool flow_refuses(const plan_t *p);

/* All sources of this worker, until the operator is complete. */
void flow_drive(gyre_operator_t *op, const plan_t *p);

/* An operator of the plan, run once and then, reset and with other rows, some times more. */
void flow_runs(plan_t *p, uint64_t *random, void (*once)(gyre_operator_t *, const plan_t *));

/* The number of rows, and of their numbers the sum, the least, the most and the mean. */
enum { FLOW_AGGREGATES = 5 };
extern const gyre_aggregate_t flow_aggregates[FLOW_AGGREGATES];

/* Cases in files of their own, flow-reduce.c, flow-total.c and flow-sort.c. */
void flow_reduce(void);
void flow_total(void);
void flow_sort(void);
void flow_gather_by_key(void);

#endif
