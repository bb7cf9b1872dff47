/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle makes all rows of all sources again and adds them up by key: so many rows, this sum of
 * ids. What targets got is added up in the same way, and what else they may rely on is looked at
 * row by row. */
#include "comms.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one key; over all workers these add up. */
typedef struct sum {
    uint64_t rows, ids, targets; /* targets that have seen it */
} sum_t;

/* A target of this worker in an iteration. */
typedef struct view {
    bool *seen;        /* by key */
    int64_t *last;     /* id, by source; -1: none */
    int64_t low, high; /* keys; low above high: none */
} view_t;

struct oracle {
    const plan_t *plan;
    sum_t *got, *expected, *all; /* by key */
    sum_t *right;                /* what is expected of the right side alone */
    view_t *views;               /* by target; those of others stay empty */
    uint64_t iteration;
    const char *fault; /* the first one; NULL: none */
};

void oracle_destroy(oracle_t *oracle)
{
    if (!oracle)
        return;
    for (int i = 0; oracle->views && i < oracle->plan->targets; i++) {
        free(oracle->views[i].seen);
        free(oracle->views[i].last);
    }
    free(oracle->views);
    free(oracle->got);
    free(oracle->expected);
    free(oracle->all);
    free(oracle->right);
    free(oracle);
}

static void begin(oracle_t *oracle, uint64_t iteration)
{
    const plan_t *plan = oracle->plan;
    memset(oracle->got, 0, plan->keys * sizeof(*oracle->got));
    for (int i = plan->rank; i < plan->targets; i += plan->size) {
        view_t *view = &oracle->views[i];
        memset(view->seen, 0, plan->keys * sizeof(*view->seen));
        memset(view->last, 0xff, (size_t)plan->sources * sizeof(*view->last));
        view->low = INT64_MAX;
        view->high = -1;
    }
    oracle->iteration = iteration;
    oracle->fault = NULL;
}

oracle_t *oracle_create(const plan_t *plan)
{
    oracle_t *oracle = calloc(1, sizeof(*oracle));
    bool ok = oracle != NULL;
    if (ok) {
        oracle->plan = plan;
        oracle->got = calloc(plan->keys, sizeof(*oracle->got));
        oracle->expected = calloc(plan->keys, sizeof(*oracle->expected));
        oracle->all = calloc(plan->keys, sizeof(*oracle->all));
        oracle->right = calloc(plan->keys, sizeof(*oracle->right));
        oracle->views = calloc((size_t)plan->targets, sizeof(*oracle->views));
        ok = oracle->got && oracle->expected && oracle->all && oracle->right && oracle->views;
    }
    for (int i = plan->rank; i < plan->targets && ok; i += plan->size) {
        oracle->views[i].seen = calloc(plan->keys, sizeof(*oracle->views[i].seen));
        oracle->views[i].last = calloc((size_t)plan->sources, sizeof(*oracle->views[i].last));
        ok = oracle->views[i].seen && oracle->views[i].last;
    }
    if (ok) {
        begin(oracle, 0);
        return oracle;
    }
    oracle_destroy(oracle);
    return NULL;
}

static bool reaches(const plan_t *plan, int source, int target)
{
    if (plan->scene->route == ROUTE_SAME)
        return source == target;
    return plan->scene->route != ROUTE_MODULO || source % plan->targets == target;
}

/* What is wrong with a row as it was inserted; NULL: nothing. */
static const char *look(const oracle_t *oracle, int target, int64_t key, uint64_t id)
{
    const plan_t *plan = oracle->plan;
    if (id / plan->rows / (uint64_t)plan_sources(plan) != oracle->iteration)
        return "has a row of another iteration";
    if ((uint64_t)key != plan_key(plan, id))
        return "has a row that nobody inserted";
    if (!reaches(plan, plan_source(plan, id), target))
        return "has a row of a source that does not reach it";
    return NULL;
}

/* So many rows of a key, whose ids come to that sum. */
static void note(oracle_t *oracle, int target, int64_t key, uint64_t rows, uint64_t ids)
{
    view_t *view = &oracle->views[target];
    sum_t *got = &oracle->got[key];
    got->targets += !view->seen[key];
    got->rows += rows;
    got->ids += ids;
    view->seen[key] = true;
    view->low = key < view->low ? key : view->low;
    view->high = key > view->high ? key : view->high;
}

static const char *take_row(oracle_t *oracle, int target, const gyre_batch_t *batch, size_t row)
{
    const plan_t *plan = oracle->plan;
    view_t *view = &oracle->views[target];
    int64_t key = ((const int64_t *)batch->columns[0]->values)[row];
    int64_t id = ((const int64_t *)batch->columns[1]->values)[row];
    const char *fault = look(oracle, target, key, (uint64_t)id);
    if (fault)
        return fault;
    int64_t *last = &view->last[plan_source(plan, (uint64_t)id)];
    if (plan->scene->sorted ? key < view->high : id <= *last)
        return "has rows out of order";
    *last = id;
    note(oracle, target, key, 1, (uint64_t)id);
    return NULL;
}

static const char *take_group(oracle_t *oracle, int target, const gyre_batch_t *batch, size_t row)
{
    int64_t key = ((const int64_t *)batch->columns[0]->values)[row];
    if (key < 0 || (uint64_t)key >= oracle->plan->keys)
        return "has a key that nobody inserted";
    if (oracle->views[target].seen[key])
        return "has two rows of one key";
    note(oracle, target, key, ((const uint64_t *)batch->columns[2]->values)[row],
         ((const uint64_t *)batch->columns[1]->values)[row]);
    return NULL;
}

static const char *take_total(oracle_t *oracle, int target, const gyre_batch_t *batch)
{
    if (batch->length > 1 || oracle->views[target].seen[0])
        return "has two totals";
    note(oracle, target, 0, ((const uint64_t *)batch->columns[1]->values)[0],
         ((const uint64_t *)batch->columns[0]->values)[0]);
    return NULL;
}

static const char *take_pair(oracle_t *oracle, int target, const gyre_batch_t *batch, size_t row)
{
    const char *fault = NULL;
    int64_t pair[2] = {-1, -1};
    uint64_t ids = 0;
    for (int side = 0; side < 2 && !fault; side++) {
        const gyre_column_t *const *columns = batch->columns + 2 * side;
        if (gyre_column_is_null(columns[0], row))
            continue;
        uint64_t id = ((const uint64_t *)columns[1]->values)[row];
        pair[side] = ((const int64_t *)columns[0]->values)[row];
        fault = look(oracle, target, pair[side], id);
        ids += id;
    }
    if (fault)
        return fault;
    if (pair[0] != pair[1] && pair[0] >= 0 && pair[1] >= 0)
        return "has a pair of different keys";
    int64_t key = pair[0] >= 0 ? pair[0] : pair[1];
    if (oracle->plan->scene->sorted && key < oracle->views[target].high)
        return "has pairs out of order";
    note(oracle, target, key, 1, ids);
    return NULL;
}

void oracle_take(oracle_t *oracle, int target, const gyre_batch_t *batch)
{
    const scene_t *scene = oracle->plan->scene;
    for (size_t i = 0; i < batch->length && !oracle->fault; i++)
        oracle->fault = scene->total     ? take_total(oracle, target, batch)
                        : scene->reduced ? take_group(oracle, target, batch, i)
                        : scene->joined  ? take_pair(oracle, target, batch, i)
                                         : take_row(oracle, target, batch, i);
    if (oracle->fault)
        fprintf(stderr, "comms: %s: target %d %s\n", scene->name, target, oracle->fault);
}

/* Every row of some sources, times so often. */
static void add_up(const oracle_t *oracle, int from, int to, uint64_t times, sum_t *sums)
{
    const plan_t *plan = oracle->plan;
    memset(sums, 0, plan->keys * sizeof(*sums));
    for (int source = from; source < to; source++)
        for (uint64_t row = 0; row < plan_rows(plan, source); row++) {
            uint64_t id = plan_id(plan, oracle->iteration, source, row);
            sum_t *sum = &sums[plan->scene->total ? 0 : plan_key(plan, id)];
            sum->rows += times;
            sum->ids += times * id;
        }
}

/* The rows of one key of a join. */
static sum_t join(gyre_join_t join, const sum_t *left, const sum_t *right)
{
    if (right->rows == 0)
        return join == GYRE_JOIN_LEFT || join == GYRE_JOIN_FULL ? *left : (sum_t){0};
    if (left->rows == 0)
        return join == GYRE_JOIN_RIGHT || join == GYRE_JOIN_FULL ? *right : (sum_t){0};
    return (sum_t){.rows = left->rows * right->rows,
                   .ids = left->ids * right->rows + right->ids * left->rows};
}

static void expect(oracle_t *oracle)
{
    const plan_t *plan = oracle->plan;
    uint64_t times = plan->scene->route == ROUTE_ALL ? (uint64_t)plan->targets : 1;
    add_up(oracle, 0, plan->sources, times, oracle->expected);
    if (!plan->scene->joined)
        return;
    add_up(oracle, plan->sources, 2 * plan->sources, 1, oracle->right);
    for (uint64_t key = 0; key < plan->keys; key++)
        oracle->expected[key] =
            join(plan->scene->join, &oracle->expected[key], &oracle->right[key]);
}

/* The same on every worker. */
static bool compare(const oracle_t *oracle)
{
    const plan_t *plan = oracle->plan;
    const char *name = plan->scene->name;
    for (uint64_t key = 0; key < plan->keys; key++) {
        const sum_t *all = &oracle->all[key], *expected = &oracle->expected[key];
        bool met = !plan->scene->keyed || all->targets == (expected->rows > 0);
        if (all->rows == expected->rows && all->ids == expected->ids && met)
            continue;
        if (plan->rank == 0)
            fprintf(stderr,
                    "comms: %s: key %" PRIu64 " came in %" PRIu64 " rows to %" PRIu64
                    " targets, ids add up to %" PRIu64 ", expected %" PRIu64 " rows and %" PRIu64
                    "%s\n",
                    name, key, all->rows, all->targets, all->ids, expected->rows, expected->ids,
                    plan->scene->keyed ? ", at one target" : "");
        return false;
    }
    return true;
}

/* Whether the keys of each target come before those of the next. */
static gyre_status_t compare_ranges(const oracle_t *oracle, bool *right)
{
    const plan_t *plan = oracle->plan;
    int64_t high = -1;
    for (int i = 0; i < plan->targets && *right; i++) {
        int64_t range[2] = {oracle->views[i].low, oracle->views[i].high};
        gyre_status_t status = gyre_bcast(plan->world, range, 2, GYRE_INT64, i % plan->size);
        if (status != GYRE_OK)
            return status;
        *right = range[0] > range[1] || range[0] >= high;
        high = range[1] > high ? range[1] : high;
        if (!*right && plan->rank == 0)
            fprintf(stderr, "comms: %s: target %d has keys below those of targets before it\n",
                    plan->scene->name, i);
    }
    return GYRE_OK;
}

gyre_status_t oracle_judge(oracle_t *oracle, uint64_t iteration, bool *right)
{
    const plan_t *plan = oracle->plan;
    uint64_t faults = oracle->fault != NULL, all_faults;
    size_t words = plan->keys * sizeof(sum_t) / sizeof(uint64_t);
    gyre_status_t status =
        gyre_allreduce(plan->world, &faults, &all_faults, 1, GYRE_UINT64, GYRE_SUM);
    if (status == GYRE_OK)
        status =
            gyre_allreduce(plan->world, oracle->got, oracle->all, words, GYRE_UINT64, GYRE_SUM);
    if (status != GYRE_OK)
        return status;
    expect(oracle);
    *right = all_faults == 0 && compare(oracle);
    if (plan->scene->ranged)
        status = compare_ranges(oracle, right);
    if (status == GYRE_OK && !*right)
        status = gyre_barrier(plan->world); /* rank 0 has said why: workers may end */
    begin(oracle, iteration + 1);
    return status;
}
