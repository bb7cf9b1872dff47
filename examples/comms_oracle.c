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
    view_t *views;               /* by target; those of others stay empty */
    uint64_t iteration;
    const char *fault; /* the first one; NULL: none */
};

/* The finalizer of splitmix64. */
uint64_t plan_key(const plan_t *plan, uint64_t id)
{
    uint64_t word = (id + 1) * 0x9e3779b97f4a7c15;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    return (word ^ (word >> 31)) % plan->keys;
}

uint64_t plan_id(const plan_t *plan, uint64_t iteration, int source, uint64_t row)
{
    return (iteration * (uint64_t)plan->sources + (uint64_t)source) * plan->rows + row;
}

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
        oracle->views = calloc((size_t)plan->targets, sizeof(*oracle->views));
        ok = oracle->got && oracle->expected && oracle->all && oracle->views;
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
    const view_t *view = &oracle->views[target];
    int source = (int)(id / plan->rows % (uint64_t)plan->sources);
    if (id / plan->rows / (uint64_t)plan->sources != oracle->iteration)
        return "has a row of another iteration";
    if ((uint64_t)key != plan_key(plan, id))
        return "has a row that nobody inserted";
    if (!reaches(plan, source, target))
        return "has a row of a source that does not reach it";
    if (plan->scene->sorted ? key < view->high : (int64_t)id <= view->last[source])
        return "has rows out of order";
    return NULL;
}

void oracle_take(oracle_t *oracle, int target, const gyre_batch_t *batch)
{
    const plan_t *plan = oracle->plan;
    view_t *view = &oracle->views[target];
    const int64_t *keys = batch->columns[0]->values, *ids = batch->columns[1]->values;
    const int64_t *counts = plan->scene->reduced ? batch->columns[2]->values : NULL;
    for (size_t i = 0; i < batch->length && !oracle->fault; i++) {
        if ((uint64_t)keys[i] >= plan->keys)
            oracle->fault = "has a key that nobody inserted";
        else if (!counts)
            oracle->fault = look(oracle, target, keys[i], (uint64_t)ids[i]);
        else if (view->seen[keys[i]])
            oracle->fault = "has two rows of one key";
        if (oracle->fault)
            break;
        sum_t *got = &oracle->got[keys[i]];
        got->targets += !view->seen[keys[i]];
        got->rows += counts ? (uint64_t)counts[i] : 1;
        got->ids += (uint64_t)ids[i];
        view->seen[keys[i]] = true;
        view->low = keys[i] < view->low ? keys[i] : view->low;
        view->high = keys[i] > view->high ? keys[i] : view->high;
        if (!counts)
            view->last[(uint64_t)ids[i] / plan->rows % (uint64_t)plan->sources] = ids[i];
    }
    if (oracle->fault)
        fprintf(stderr, "comms: %s: target %d %s\n", plan->scene->name, target, oracle->fault);
}

static void expect(oracle_t *oracle)
{
    const plan_t *plan = oracle->plan;
    uint64_t times = plan->scene->route == ROUTE_ALL ? (uint64_t)plan->targets : 1;
    memset(oracle->expected, 0, plan->keys * sizeof(*oracle->expected));
    for (int source = 0; source < plan->sources; source++)
        for (uint64_t row = 0; row < plan->rows; row++) {
            uint64_t id = plan_id(plan, oracle->iteration, source, row);
            sum_t *sum = &oracle->expected[plan_key(plan, id)];
            sum->rows += times;
            sum->ids += times * id;
        }
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
