/* SPDX-License-Identifier: Apache-2.0 */
/* Random contents of tables. All is derived from the plan's seed by mixing. */
#include "harp/model.h"

plan_t plan_random(uint64_t *state)
{
    static const int ids[] = {0, 1, 3, 8, 40};
    static const gyre_op_t ops[] = {GYRE_SUM, GYRE_MAX, GYRE_MIN, GYRE_MINUS};
    plan_t plan = {.seed = check_random(state)};
    plan.spread = (spread_t)check_below(state, SPREADS);
    plan.ids = ids[check_below(state, 5)];
    plan.type = check_below(state, 2) ? GYRE_FLOAT64 : GYRE_INT64;
    uint64_t op = check_below(state, 5);
    plan.op = op < 4 ? ops[op] : take_right;
    plan.large = check_below(state, 3) == 0;
    return plan;
}

int64_t plan_id(const plan_t *plan, int index)
{
    return (int64_t)(check_mix(plan->seed, 1) % 50) * index - 100 + index;
}

size_t plan_count(const plan_t *plan, int index)
{
    uint64_t mix = check_mix(plan->seed + 2, (uint64_t)index);
    if (plan->large && mix % 3 == 0)
        return 1000 + mix / 3 % 9000;
    return mix % 5 ? mix / 5 % 40 : 0;
}

bool plan_has(const plan_t *plan, int rank, int index)
{
    if (plan->spread == SPREAD_SAME)
        return true;
    if (plan->spread == SPREAD_APART)
        return (int)(check_mix(plan->seed + 3, (uint64_t)index) % (uint64_t)check_size) == rank;
    if (check_mix(plan->seed + 4, (uint64_t)rank) % 4 == 0)
        return false;
    return check_mix(plan->seed + 5 + (uint64_t)rank, (uint64_t)index) % 2;
}

bool plan_any(const plan_t *plan, int index)
{
    for (int rank = 0; rank < check_size; rank++)
        if (plan_has(plan, rank, index))
            return true;
    return false;
}

int64_t plan_value(const plan_t *plan, int rank, int index, size_t e)
{
    uint64_t place = ((uint64_t)rank << 32) + (uint64_t)index;
    return (int64_t)(check_mix(plan->seed ^ place, e) % 1000) - 500;
}

static int64_t combine(const plan_t *plan, int64_t left, int64_t right)
{
    if (plan->op == GYRE_SUM)
        return left + right;
    if (plan->op == GYRE_MAX)
        return left > right ? left : right;
    if (plan->op == GYRE_MIN)
        return left < right ? left : right;
    return plan->op == GYRE_MINUS ? left - right : right;
}

int64_t plan_combine(const plan_t *plan, int64_t value, int rank, int index, size_t e, bool first)
{
    int64_t more = plan_value(plan, rank, index, e);
    return first ? more : combine(plan, value, more);
}

int64_t plan_all(const plan_t *plan, int index, size_t e)
{
    int64_t value = 0;
    bool first = true;
    for (int rank = 0; rank < check_size; rank++)
        if (plan_has(plan, rank, index)) {
            value = plan_combine(plan, value, rank, index, e, first);
            first = false;
        }
    return value;
}

gyre_harp_table_t *plan_table(const plan_t *plan, int rank)
{
    gyre_harp_table_t *table;
    CHECK_OK(gyre_harp_table_create(pool, 7, plan->type, plan->op, &table));
    for (int i = 0; i < plan->ids; i++) {
        /* Every worker fills its table in another order. */
        int index = (i + rank) % plan->ids;
        gyre_harp_partition_t *partition;
        if (!plan_has(plan, rank, index))
            continue;
        CHECK_OK(gyre_harp_table_insert(table, plan_id(plan, index), plan_count(plan, index),
                                        &partition));
        for (size_t e = 0; e < partition->count; e++) {
            int64_t value = plan_value(plan, rank, index, e);
            if (plan->type == GYRE_FLOAT64)
                ((double *)partition->data)[e] = (double)value;
            else
                ((int64_t *)partition->data)[e] = value;
        }
    }
    return table;
}

void check_partition(const plan_t *plan, const gyre_harp_table_t *table, int index,
                     expected_fn expected, int arg)
{
    gyre_harp_partition_t *partition = gyre_harp_table_find(table, plan_id(plan, index));
    CHECK(partition && partition->id == plan_id(plan, index));
    CHECK_EQ(partition->count, plan_count(plan, index));
    CHECK((uintptr_t)partition->data % 64 == 0);
    for (size_t e = 0; e < partition->count; e++) {
        int64_t got = plan->type == GYRE_FLOAT64 ? (int64_t)((double *)partition->data)[e]
                                                 : ((int64_t *)partition->data)[e];
        CHECK_EQ(got, expected(plan, arg, index, e));
    }
}
