/* SPDX-License-Identifier: Apache-2.0 */
/* Reduce: every key's aggregates of a round come once, at the target that its hash names. */
#include "dataflow/flow-plan.h"

#include <gyre/hash.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 1001 }; /* the last: null */

typedef struct totals {
    int64_t count, sum, least, most;
} totals_t;

static const plan_t *plan;
static int ends[TASKS_MAX]; /* that targets of this worker were told */
/* By round and key, and source where that is a key as well. */
static totals_t (*totals)[KEYS * TASKS_MAX];
static const gyre_schema_t *reduced;
static uint64_t groups_received;

static size_t total_of(const plan_t *p, int64_t key, int source)
{
    return p->opts.key_count == 1 ? (size_t)key : (size_t)key * TASKS_MAX + (size_t)source;
}

static void expect_totals(const plan_t *p, uint64_t round)
{
    memset(totals[round], 0, sizeof(totals[round]));
    for (int source = 0; source < p->opts.sources; source++) {
        int64_t row, end;
        flow_round_rows(p, source, round, &row, &end);
        for (; row < end; row++) {
            uint64_t key = flow_row_key(p, source, row);
            int64_t value = key % 11 ? flow_key_value(key) : KEYS - 1;
            totals_t *t = &totals[round][total_of(p, value, source)];
            t->least = !t->count || row < t->least ? row : t->least;
            t->most = !t->count || row > t->most ? row : t->most;
            t->sum += row;
            t->count++;
        }
    }
}

static int64_t int64_at(const gyre_batch_t *batch, size_t column, size_t row)
{
    const gyre_column_t *c = batch->columns[column];
    return ((const int64_t *)c->values)[row];
}

static void check_group(const gyre_batch_t *batch, size_t i, uint64_t hash, int target)
{
    size_t keys = plan->opts.key_count;
    int64_t key = gyre_column_is_null(batch->columns[0], i) ? KEYS - 1 : int64_at(batch, 0, i);
    int source = 0;
    if (keys == 2)
        source = ((const int32_t *)batch->columns[1]->values)[i];
    CHECK(key >= 0 && key < KEYS && source >= 0 && source < TASKS_MAX);
    totals_t *t = &totals[flow_round(plan, target)][total_of(plan, key, source)];
    CHECK_EQ(int64_at(batch, keys, i), t->count);
    CHECK_EQ(int64_at(batch, keys + 1, i), t->sum);
    CHECK_EQ(int64_at(batch, keys + 2, i), t->least);
    CHECK(t->least >= flow_marked[target]);
    CHECK_EQ(int64_at(batch, keys + 3, i), t->most);
    const gyre_column_t *mean = batch->columns[keys + 4];
    CHECK(((const double *)mean->values)[i] == (double)t->sum / (double)t->count);
    CHECK_EQ(target, (int)((hash >> 32) * (uint64_t)plan->opts.targets >> 32));
    t->count = -1; /* not twice */
}

static gyre_status_t receive_groups(void *arg, int target, int source, const gyre_batch_t *batch)
{
    static const size_t columns[] = {0, 1};
    CHECK(arg == ends);
    CHECK_EQ(source, -1);
    CHECK_EQ(plan->opts.target_ranks[target], check_rank);
    if (flow_refuses(plan))
        return GYRE_IN_PROGRESS;
    CHECK_EQ(ends[target], 0);
    if (!batch) {
        ends[target]++;
        return GYRE_OK;
    }
    CHECK(gyre_schema_equal(batch->schema, reduced));
    uint64_t *hashes = malloc(batch->length * sizeof(*hashes));
    CHECK_OK(gyre_batch_hash(batch, columns, plan->opts.key_count, hashes));
    for (size_t i = 0; i < batch->length; i++)
        check_group(batch, i, hashes[i], target);
    free(hashes);
    groups_received += batch->length;
    return GYRE_OK;
}

static uint64_t count_groups(const plan_t *p)
{
    uint64_t count = 0;
    for (uint64_t round = 0; round < flow_rounds(p); round++)
        for (size_t i = 0; i < (size_t)KEYS * TASKS_MAX; i++)
            count += totals[round][i].count != 0;
    return count;
}

static void reduce_once(gyre_operator_t *op, const plan_t *p)
{
    plan = p;
    reduced = gyre_operator_schema(op);
    CHECK_EQ(reduced->field_count, p->opts.key_count + p->opts.aggregate_count);
    memset(ends, 0, sizeof(ends));
    for (uint64_t round = 0; round < flow_rounds(p); round++)
        expect_totals(p, round);
    groups_received = 0;
    flow_drive(op, p);
    for (int target = 0; target < p->opts.targets; target++)
        CHECK_EQ(ends[target], p->target_ranks[target] == check_rank);
    CHECK_EQ(check_sum(groups_received), p->opts.targets ? count_groups(p) : 0);
}

void flow_reduce(void)
{
    uint64_t random = check_share(check_seed());
    totals = malloc(ROUNDS_MAX * sizeof(*totals));
    for (int i = 0; i < 12; i++) {
        plan_t p;
        flow_draw(&p, &random, GYRE_REDUCE);
        p.keys[0] = COLUMN_KEY;
        p.keys[1] = COLUMN_SOURCE;
        p.opts.keys = p.keys;
        p.opts.key_count = 1 + check_below(&random, 2);
        p.opts.aggregates = flow_aggregates;
        p.opts.aggregate_count = FLOW_AGGREGATES;
        p.opts.receive = receive_groups;
        p.opts.arg = ends;
        flow_runs(&p, &random, reduce_once);
    }
    free(totals);
}
