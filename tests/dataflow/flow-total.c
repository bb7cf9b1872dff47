/* SPDX-License-Identifier: Apache-2.0 */
/* Reduce without keys, and allreduce: the aggregates of all rows of a round come once to each
 * target; of no rows nothing does. */
#include "dataflow/flow-plan.h"

#include <string.h>

typedef struct total {
    int64_t count, sum, least, most;
} total_t;

static const plan_t *plan;
static total_t expected[ROUNDS_MAX];
static int rows[ROUNDS_MAX][TASKS_MAX], ends[TASKS_MAX]; /* that targets of this worker got */

static void expect(const plan_t *p, uint64_t round, total_t *total)
{
    *total = (total_t){.least = INT64_MAX};
    for (int source = 0; source < p->opts.sources; source++) {
        int64_t row, end;
        flow_round_rows(p, source, round, &row, &end);
        for (; row < end; row++) {
            total->least = row < total->least ? row : total->least;
            total->most = row > total->most ? row : total->most;
            total->sum += row;
            total->count++;
        }
    }
}

static int64_t int64_at(const gyre_batch_t *batch, size_t column)
{
    return *(const int64_t *)batch->columns[column]->values;
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    CHECK(arg == expected);
    CHECK_EQ(source, -1);
    CHECK_EQ(plan->target_ranks[target], check_rank);
    if (flow_refuses(plan))
        return GYRE_IN_PROGRESS;
    CHECK_EQ(ends[target], 0);
    if (!batch) {
        ends[target]++;
        return GYRE_OK;
    }
    const total_t *total = &expected[flow_round(plan, target)];
    CHECK_EQ(batch->length, 1);
    CHECK_EQ(int64_at(batch, 0), total->count);
    CHECK_EQ(int64_at(batch, 1), total->sum);
    CHECK_EQ(int64_at(batch, 2), total->least);
    CHECK(total->least >= flow_marked[target]);
    CHECK_EQ(int64_at(batch, 3), total->most);
    CHECK(*(const double *)batch->columns[4]->values == (double)total->sum / (double)total->count);
    rows[flow_round(plan, target)][target]++;
    return GYRE_OK;
}

static void run_once(gyre_operator_t *op, const plan_t *p)
{
    plan = p;
    memset(rows, 0, sizeof(rows));
    memset(ends, 0, sizeof(ends));
    for (uint64_t round = 0; round < flow_rounds(p); round++)
        expect(p, round, &expected[round]);
    flow_drive(op, p);
    for (int target = 0; target < p->opts.targets; target++) {
        bool here = p->target_ranks[target] == check_rank;
        CHECK_EQ(ends[target], here);
        for (uint64_t round = 0; round < flow_rounds(p); round++)
            CHECK_EQ(rows[round][target], here && expected[round].count > 0);
    }
}

static void run_kind(gyre_operator_kind_t kind)
{
    uint64_t random = check_share(check_seed());
    for (int i = 0; i < 12; i++) {
        plan_t p;
        flow_draw(&p, &random, kind);
        if (kind == GYRE_REDUCE)
            p.opts.targets = p.opts.targets > 0;
        p.opts.aggregates = flow_aggregates;
        p.opts.aggregate_count = FLOW_AGGREGATES;
        p.opts.receive = receive;
        p.opts.arg = expected;
        flow_runs(&p, &random, run_once);
    }
}

void flow_total(void)
{
    run_kind(GYRE_REDUCE);
    run_kind(GYRE_ALLREDUCE);
}
