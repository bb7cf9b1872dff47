/* SPDX-License-Identifier: Apache-2.0 */
/* push and pull: a distributed table whose partitions are where the partitioner says, or anywhere
 * else. */
#include "harp/model.h"

#include <stdlib.h>

enum { ROUNDS = 40, OWNED = 1000 }; /* OWNED: the rank whose values global begins with */

static int modulo(int64_t id, int size)
{
    return (int)(((id % size) + size) % size);
}

static bool in_global(const plan_t *plan, int index)
{
    return check_mix(plan->seed + 11, (uint64_t)index) % 4 != 0;
}

/* Where a partition is once it is in global. */
static int owner(const plan_t *plan, int index, bool anywhere)
{
    if (anywhere && in_global(plan, index))
        return (int)(check_mix(plan->seed + 12, (uint64_t)index) % (uint64_t)check_size);
    return modulo(plan_id(plan, index), check_size);
}

static void add(const plan_t *plan, gyre_harp_table_t *table, int index, int rank)
{
    size_t count = plan_count(plan, index);
    int64_t *whole = malloc((count + 1) * sizeof(*whole));
    double *real = malloc((count + 1) * sizeof(*real));
    for (size_t e = 0; e < count; e++)
        real[e] = (double)(whole[e] = plan_value(plan, rank, index, e));
    CHECK_OK(gyre_harp_table_add(table, plan_id(plan, index),
                                 plan->type == GYRE_FLOAT64 ? (void *)real : (void *)whole, count,
                                 NULL));
    free(whole);
    free(real);
}

static gyre_harp_table_t *make_global(const plan_t *plan, bool anywhere)
{
    gyre_harp_table_t *table;
    CHECK_OK(gyre_harp_table_create(pool, 8, plan->type, plan->op, &table));
    for (int i = 0; i < plan->ids; i++)
        if (in_global(plan, i) && owner(plan, i, anywhere) == check_rank)
            add(plan, table, i, OWNED);
    return table;
}

static int64_t after_pushes(const plan_t *plan, int pushes, int index, size_t e)
{
    bool first = !in_global(plan, index);
    int64_t value = first ? 0 : plan_value(plan, OWNED, index, e);
    for (int i = 0; i < pushes; i++)
        for (int rank = 0; rank < check_size; rank++)
            if (plan_has(plan, rank, index)) {
                value = plan_combine(plan, value, rank, index, e, first);
                first = false;
            }
    return value;
}

void test_push(void)
{
    uint64_t state = check_seed();
    for (int round = 0; round < ROUNDS; round++) {
        plan_t plan = plan_random(&state);
        bool anywhere = check_below(&state, 2);
        gyre_harp_table_t *global = make_global(&plan, anywhere);
        for (int pushes = 1; pushes <= 2; pushes++) {
            gyre_harp_table_t *local = plan_table(&plan, check_rank);
            size_t count = 0, had = gyre_harp_table_count(local);
            CHECK_OK(gyre_harp_push(check_world, local, global, NULL, NULL));
            CHECK_EQ(gyre_harp_table_count(local), had);
            for (int i = 0; i < plan.ids; i++) {
                bool there = in_global(&plan, i) || plan_any(&plan, i);
                if (!there || owner(&plan, i, anywhere) != check_rank)
                    continue;
                check_partition(&plan, global, i, after_pushes, pushes);
                count++;
            }
            CHECK_EQ(gyre_harp_table_count(global), count);
            gyre_harp_table_destroy(local);
        }
        gyre_harp_table_destroy(global);
    }
}

static int64_t of_rank(const plan_t *plan, int rank, int index, size_t e)
{
    return plan_value(plan, rank, index, e);
}

/* Wishes of one worker: partitions of one element, whatever global's are like. */
static gyre_harp_table_t *make_wishes(const plan_t *plan)
{
    gyre_harp_table_t *table;
    gyre_harp_partition_t *partition;
    CHECK_OK(gyre_harp_table_create(pool, 9, plan->type, plan->op, &table));
    for (int i = 0; i < plan->ids; i++)
        if (plan_has(plan, check_rank, i))
            CHECK_OK(gyre_harp_table_insert(table, plan_id(plan, i), 1, &partition));
    return table;
}

static void check_pulled(const plan_t *plan, const gyre_harp_table_t *local, bool all)
{
    size_t count = 0;
    for (int i = 0; i < plan->ids; i++) {
        if (!plan_has(plan, check_rank, i))
            continue;
        count++;
        if (all || in_global(plan, i))
            check_partition(plan, local, i, of_rank, OWNED);
        else
            CHECK_EQ(gyre_harp_table_find(local, plan_id(plan, i))->count, 1);
    }
    CHECK_EQ(gyre_harp_table_count(local), count);
}

void test_pull(void)
{
    uint64_t state = check_seed();
    for (int round = 0; round < ROUNDS; round++) {
        plan_t plan = plan_random(&state);
        bool anywhere = check_below(&state, 2), broadcast = check_below(&state, 2);
        gyre_harp_table_t *global = make_global(&plan, anywhere), *local = make_wishes(&plan);
        gyre_status_t expected = GYRE_OK;
        for (int i = 0; i < plan.ids; i++)
            if (plan_has(&plan, check_rank, i) && !in_global(&plan, i))
                expected = GYRE_ERR_NOT_FOUND;
        CHECK_IS(gyre_harp_pull(check_world, local, global, NULL, NULL, broadcast), expected);
        check_pulled(&plan, local, false);
        for (int i = 0; i < plan.ids; i++)
            if (!in_global(&plan, i) && owner(&plan, i, anywhere) == check_rank)
                add(&plan, global, i, OWNED);
        CHECK_OK(gyre_harp_pull(check_world, local, global, NULL, NULL, broadcast));
        check_pulled(&plan, local, true);
        gyre_harp_table_destroy(global);
        gyre_harp_table_destroy(local);
    }
    gyre_harp_table_t *local, *global;
    CHECK_OK(gyre_harp_table_create(pool, 1, GYRE_INT32, GYRE_SUM, &local));
    CHECK_OK(gyre_harp_table_create(pool, 2, GYRE_INT64, GYRE_SUM, &global));
    CHECK_IS(gyre_harp_pull(check_world, local, global, NULL, NULL, false), GYRE_ERR_ARG);
    CHECK_IS(gyre_harp_push(check_world, local, local, NULL, NULL), GYRE_ERR_ARG);
    gyre_harp_table_destroy(local);
    gyre_harp_table_destroy(global);
}
