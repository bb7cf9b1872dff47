/* SPDX-License-Identifier: Apache-2.0 */
/* Collectives that move and combine whole tables. */
#include "harp/model.h"

#include <stdlib.h>

enum { ROUNDS = 40 };

static int64_t of_all(const plan_t *plan, int arg, int index, size_t e)
{
    (void)arg;
    return plan_all(plan, index, e);
}

static int64_t of_rank(const plan_t *plan, int rank, int index, size_t e)
{
    return plan_value(plan, rank, index, e);
}

static int modulo(int64_t id, int size)
{
    return (int)(((id % size) + size) % size);
}

static int by_seed(void *arg, int64_t id, int size)
{
    return (int)(check_mix(*(uint64_t *)arg, (uint64_t)id) % (uint64_t)size);
}

/* All ids that anybody had, combined, where here says so, and nothing else. */
static void check_combined(const plan_t *plan, const gyre_harp_table_t *table,
                           bool (*here)(const plan_t *plan, int index, int arg), int arg)
{
    size_t count = 0;
    for (int i = 0; i < plan->ids; i++)
        if (plan_any(plan, i) && here(plan, i, arg)) {
            check_partition(plan, table, i, of_all, 0);
            count++;
        }
    CHECK_EQ(gyre_harp_table_count(table), count);
}

static bool everywhere(const plan_t *plan, int index, int arg)
{
    return plan && index >= 0 && arg >= 0;
}

static bool at_root(const plan_t *plan, int index, int root)
{
    return plan && index >= 0 && check_rank == root;
}

static bool at_modulo(const plan_t *plan, int index, int arg)
{
    return modulo(plan_id(plan, index), check_size) == check_rank && arg == 0;
}

static bool at_seed(const plan_t *plan, int index, int arg)
{
    uint64_t seed = plan->seed;
    return by_seed(&seed, plan_id(plan, index), check_size) == check_rank && arg == 0;
}

void test_regroup(void)
{
    uint64_t state = check_seed();
    for (int round = 0; round < ROUNDS; round++) {
        plan_t plan = plan_random(&state);
        gyre_harp_table_t *table = plan_table(&plan, check_rank);
        if (round % 2) {
            CHECK_OK(gyre_harp_regroup(check_world, table, NULL, NULL));
            check_combined(&plan, table, at_modulo, 0);
        } else {
            CHECK_OK(gyre_harp_regroup(check_world, table, by_seed, &plan.seed));
            check_combined(&plan, table, at_seed, 0);
        }
        gyre_harp_table_destroy(table);
    }
}

void test_gathers(void)
{
    uint64_t state = check_seed();
    for (int round = 0; round < ROUNDS; round++) {
        plan_t plan = plan_random(&state);
        gyre_harp_table_t *table = plan_table(&plan, check_rank);
        int root = (int)check_below(&state, (uint64_t)check_size);
        if (round % 3 == 0)
            CHECK_OK(gyre_harp_allgather(check_world, table));
        else if (round % 3 == 1)
            CHECK_OK(gyre_harp_aggregate(check_world, table, by_seed, &plan.seed));
        else
            CHECK_OK(gyre_harp_gather(check_world, table, root));
        check_combined(&plan, table, round % 3 == 2 ? at_root : everywhere, root);
        gyre_harp_table_destroy(table);
    }
}

void test_reductions(void)
{
    uint64_t state = check_seed();
    for (int round = 0; round < ROUNDS; round++) {
        plan_t plan = plan_random(&state);
        gyre_harp_table_t *table = plan_table(&plan, check_rank);
        int root = (int)check_below(&state, (uint64_t)check_size);
        if (round % 2)
            CHECK_OK(gyre_harp_allreduce(check_world, table));
        else
            CHECK_OK(gyre_harp_reduce(check_world, table, root));
        check_combined(&plan, table, round % 2 ? everywhere : at_root, root);
        gyre_harp_table_destroy(table);
    }
}

/* A receiver's own values with root's combined into them. */
static int64_t with_root(const plan_t *plan, int root, int index, size_t e)
{
    bool mine = plan_has(plan, check_rank, index);
    if (check_rank == root || !plan_has(plan, root, index))
        return plan_value(plan, check_rank, index, e);
    return plan_combine(plan, plan_value(plan, check_rank, index, e), root, index, e, !mine);
}

void test_bcast(void)
{
    uint64_t state = check_seed();
    for (int round = 0; round < ROUNDS; round++) {
        plan_t plan = plan_random(&state);
        gyre_harp_table_t *table = plan_table(&plan, check_rank);
        int root = (int)check_below(&state, (uint64_t)check_size);
        size_t count = 0;
        CHECK_OK(gyre_harp_bcast(check_world, table, root, (gyre_harp_way_t)(round % 3)));
        for (int i = 0; i < plan.ids; i++)
            if (plan_has(&plan, root, i) || plan_has(&plan, check_rank, i)) {
                check_partition(&plan, table, i, with_root, root);
                count++;
            }
        CHECK_EQ(gyre_harp_table_count(table), count);
        gyre_harp_table_destroy(table);
    }
    CHECK_IS(gyre_harp_bcast(check_world, NULL, 0, GYRE_HARP_AUTO), GYRE_ERR_ARG);
}

static void shuffle(int *map, uint64_t *state)
{
    for (int i = 0; i < check_size; i++)
        map[i] = i;
    for (int i = check_size - 1; i > 0; i--) {
        int j = (int)check_below(state, (uint64_t)i + 1), kept = map[i];
        map[i] = map[j];
        map[j] = kept;
    }
}

static void check_rotated(const plan_t *plan, const gyre_harp_table_t *table, int from)
{
    size_t count = 0;
    for (int i = 0; i < plan->ids; i++)
        if (plan_has(plan, from, i)) {
            check_partition(plan, table, i, of_rank, from);
            count++;
        }
    CHECK_EQ(gyre_harp_table_count(table), count);
}

void test_rotate(void)
{
    uint64_t state = check_seed();
    int *map = malloc((size_t)check_size * sizeof(*map));
    for (int round = 0; round < ROUNDS; round++) {
        plan_t plan = plan_random(&state);
        gyre_harp_table_t *table = plan_table(&plan, check_rank);
        int from = check_rank;
        for (int step = 0; step < 4; step++) {
            shuffle(map, &state);
            CHECK_OK(gyre_harp_rotate(check_world, table, round % 2 ? map : NULL));
            /* What each worker has, all know: see whose content comes here. */
            from = round % 2 ? -1 : (from + check_size - 1) % check_size;
            if (from >= 0)
                check_rotated(&plan, table, from);
            if (round % 2)
                break;
        }
        for (int i = 0; i < check_size && round % 2; i++)
            if (map[i] == check_rank)
                check_rotated(&plan, table, i);
        gyre_harp_table_destroy(table);
    }
    gyre_harp_table_t *table;
    CHECK_OK(gyre_harp_table_create(pool, 0, GYRE_INT32, GYRE_SUM, &table));
    for (int i = 0; i < check_size; i++)
        map[i] = 0;
    CHECK_IS(gyre_harp_rotate(check_world, table, map), check_size > 1 ? GYRE_ERR_ARG : GYRE_OK);
    map[0] = check_size;
    CHECK_IS(gyre_harp_rotate(check_world, table, map), GYRE_ERR_ARG);
    gyre_harp_table_destroy(table);
    free(map);
}

static int beyond(void *arg, int64_t id, int size)
{
    return id == *(int64_t *)arg ? size : 0;
}

/* One worker's mistake: all return, and the next collective works. */
void test_refusals(void)
{
    gyre_harp_table_t *table;
    int64_t bad = 3;
    int32_t values[2] = {1, 1};
    CHECK_OK(gyre_harp_table_create(pool, 0, GYRE_INT32, GYRE_SUM, &table));
    if (check_rank == check_size - 1)
        CHECK_OK(gyre_harp_table_add(table, bad, values, 2, NULL));
    gyre_status_t expected = check_rank == check_size - 1 ? GYRE_ERR_RANK : GYRE_ERR_CANCELED;
    CHECK_IS(gyre_harp_regroup(check_world, table, beyond, &bad), expected);
    CHECK_IS(gyre_harp_aggregate(check_world, table, beyond, &bad), expected);
    gyre_harp_table_clear(table);

    /* Counts that differ are found where they meet. */
    CHECK_OK(gyre_harp_table_add(table, 0, values, check_rank == 0 ? 1 : 2, NULL));
    expected = check_size == 1 ? GYRE_OK : check_rank == 0 ? GYRE_ERR_RANGE : GYRE_ERR_CANCELED;
    CHECK_IS(gyre_harp_allreduce(check_world, table), expected);
    gyre_harp_table_clear(table);
    CHECK_OK(gyre_harp_table_add(table, check_rank, values, 2, NULL));
    CHECK_OK(gyre_harp_allgather(check_world, table));
    CHECK_EQ(gyre_harp_table_count(table), check_size);
    gyre_harp_table_destroy(table);
    CHECK_IS(gyre_harp_allreduce(check_world, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_harp_allreduce(NULL, NULL), GYRE_ERR_ARG);
}
