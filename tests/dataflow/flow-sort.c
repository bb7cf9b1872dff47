/* SPDX-License-Identifier: Apache-2.0 */
/* Sort, and gather by key: every row arrives once, in its round, in order. */
#include "dataflow/flow-plan.h"

#include <gyre/hash.h>
#include <string.h>

/* What a target of this worker has got in a round. */
typedef struct seen {
    const gyre_batch_t *last; /* batch */
    uint64_t rows, digest;
    int64_t first_key, last_key; /* as key_of says */
} seen_t;

static seen_t seen[ROUNDS_MAX][TASKS_MAX];
static int ends[TASKS_MAX];
static const plan_t *plan;
static gyre_sort_key_t order[4];

/* A number that orders as the first key of a row does. */
static int64_t key_of(const gyre_batch_t *batch, size_t i)
{
    const gyre_column_t *column = batch->columns[COLUMN_KEY];
    if (gyre_column_is_null(column, i))
        return order[0].nulls_last ? INT64_MAX : INT64_MIN;
    int64_t key = ((const int64_t *)column->values)[i];
    return order[0].descending ? -key : key;
}

static bool same_key(const gyre_batch_t *left, size_t l, const gyre_batch_t *right, size_t r)
{
    return gyre_batch_compare(left, l, right, r, order, plan->opts.key_count) == 0;
}

static void check_group(const seen_t *s, const gyre_batch_t *batch, int part)
{
    bool goes_on = s->last && same_key(s->last, s->last->length - 1, batch, 0);
    CHECK_EQ(part, goes_on);
    for (size_t i = 1; i < batch->length; i++)
        CHECK(same_key(batch, 0, batch, i));
}

static void check_target(const gyre_batch_t *batch, int target)
{
    uint64_t hash;
    const gyre_batch_t *row;
    CHECK_OK(gyre_batch_slice(batch, 0, 1, &row));
    CHECK_OK(gyre_batch_hash(row, plan->keys, plan->opts.key_count, &hash));
    gyre_batch_release(row);
    CHECK_EQ(target, (int)((hash >> 32) * (uint64_t)plan->opts.targets >> 32));
}

static void check_rows(seen_t *s, const gyre_batch_t *batch, int target)
{
    const gyre_batch_t *before = s->last;
    size_t at = before ? before->length - 1 : 0;
    for (size_t i = 0; i < batch->length; i++) {
        int source;
        int64_t row;
        flow_check_row(plan, batch, i, &source, &row);
        CHECK(row >= flow_marked[target]);
        if (before)
            CHECK(gyre_batch_compare(before, at, batch, i, order, plan->opts.order_count) < 0);
        before = batch;
        at = i;
        s->digest += check_mix((uint64_t)source, (uint64_t)row);
    }
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    seen_t *s = &seen[flow_round(plan, target)][target];
    CHECK(arg == seen);
    CHECK_EQ(plan->target_ranks[target], check_rank);
    if (flow_refuses(plan))
        return GYRE_IN_PROGRESS;
    CHECK_EQ(ends[target], 0);
    if (!batch) {
        ends[target]++;
        return GYRE_OK;
    }
    check_rows(s, batch, target);
    if (plan->opts.grouped)
        check_group(s, batch, source);
    else
        CHECK_EQ(source, -1);
    if (plan->opts.kind == GYRE_GATHER)
        check_target(batch, target);
    if (s->rows == 0)
        s->first_key = key_of(batch, 0);
    s->last_key = key_of(batch, batch->length - 1);
    s->rows += batch->length;
    gyre_batch_release(s->last);
    s->last = gyre_batch_retain(batch);
    return GYRE_OK;
}

/* Rows of targets come after those of the targets before. */
static void check_ranges(const plan_t *p, uint64_t round)
{
    int64_t last = INT64_MIN;
    for (int target = 0; target < p->opts.targets; target++) {
        const seen_t *s = &seen[round][target];
        if (check_sum(s->rows) == 0)
            continue;
        CHECK((int64_t)check_sum((uint64_t)s->first_key) >= last);
        last = (int64_t)check_sum((uint64_t)s->last_key);
    }
}

static void check_all(const plan_t *p, uint64_t round)
{
    uint64_t rows = 0, digest = 0, got = 0, got_digest = 0;
    for (int source = 0; source < p->opts.sources; source++) {
        int64_t row, end;
        flow_round_rows(p, source, round, &row, &end);
        for (; row < end; row++, rows++)
            digest += check_mix((uint64_t)source, (uint64_t)row);
    }
    for (int target = 0; target < p->opts.targets; target++) {
        got += seen[round][target].rows;
        got_digest += seen[round][target].digest;
        gyre_batch_release(seen[round][target].last);
    }
    CHECK_EQ(check_sum(got), p->opts.targets ? rows : 0);
    CHECK_EQ(check_sum(got_digest), p->opts.targets ? digest : 0);
    if (p->opts.kind == GYRE_SORT)
        check_ranges(p, round);
}

static void run_once(gyre_operator_t *op, const plan_t *p)
{
    plan = p;
    memset(seen, 0, sizeof(seen));
    memset(ends, 0, sizeof(ends));
    flow_drive(op, p);
    for (int target = 0; target < p->opts.targets; target++)
        CHECK_EQ(ends[target], p->target_ranks[target] == check_rank);
    for (uint64_t round = 0; round < flow_rounds(p); round++)
        check_all(p, round);
}

static void draw_order(plan_t *p, uint64_t *random)
{
    bool by_both = check_below(random, 2), up = check_below(random, 2);
    order[0] = (gyre_sort_key_t){COLUMN_KEY, check_below(random, 2), check_below(random, 2)};
    order[1] = (gyre_sort_key_t){COLUMN_SOURCE, up, false};
    order[2] = (gyre_sort_key_t){COLUMN_ROW, !up, false};
    p->opts.order = order;
    p->opts.order_count = 3;
    if (p->opts.kind != GYRE_GATHER)
        return;
    p->keys[0] = by_both ? COLUMN_SOURCE : COLUMN_KEY;
    p->keys[1] = COLUMN_KEY;
    p->opts.keys = p->keys;
    p->opts.key_count = by_both ? 2 : 1;
    p->opts.grouped = check_below(random, 2);
}

static void run_kind(gyre_operator_kind_t kind)
{
    uint64_t random = check_share(check_seed());
    for (int i = 0; i < 12; i++) {
        plan_t p;
        flow_draw(&p, &random, kind);
        p.opts.targets = (int)check_below(&random, TASKS_MAX + 1);
        draw_order(&p, &random);
        p.opts.receive = receive;
        p.opts.arg = seen;
        flow_runs(&p, &random, run_once);
    }
}

void flow_sort(void)
{
    run_kind(GYRE_SORT);
}

void flow_gather_by_key(void)
{
    run_kind(GYRE_GATHER);
}
