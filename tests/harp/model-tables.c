/* SPDX-License-Identifier: Apache-2.0 */
/* Pool and tables of one worker. */
#include "harp/model.h"

#include <stdlib.h>
#include <string.h>

void test_pool(void)
{
    void *a, *b, *c;
    gyre_harp_pool_t *own;
    CHECK_IS(gyre_harp_pool_create(NULL, &own), GYRE_ERR_ARG);
    CHECK_OK(gyre_harp_pool_create(check_ctx, &own));
    CHECK_OK(gyre_harp_pool_get(own, 1000, false, &a));
    CHECK_OK(gyre_harp_pool_get(own, 900, true, &b));
    CHECK_EQ(gyre_harp_pool_room(a), 1024);
    CHECK_EQ(gyre_harp_pool_room(b), 960);
    gyre_harp_pool_release(own, a);
    CHECK_OK(gyre_harp_pool_get(own, 513, false, &c));
    CHECK(c == a);
    gyre_harp_pool_free(own, c);
    CHECK_OK(gyre_harp_pool_get(own, 0, false, &a));
    CHECK_EQ(gyre_harp_pool_room(a), 64);
    CHECK_OK(gyre_harp_pool_get(own, 3000000, true, &c));
    CHECK_EQ(gyre_harp_pool_room(c), 3000000 + (64 - 3000000 % 64) % 64);
    memset(c, 1, 3000000);
    gyre_harp_pool_release(own, c);
    CHECK_OK(gyre_harp_pool_get(own, 3000000, false, &b));
    CHECK_EQ(gyre_harp_pool_room(b), 1 << 22);
    CHECK_OK(gyre_harp_pool_get(own, 3000000, true, &a));
    CHECK(a == c);
    CHECK_IS(gyre_harp_pool_get(own, SIZE_MAX, false, &a), GYRE_ERR_NO_MEMORY);
    gyre_harp_pool_release(own, NULL);
    gyre_harp_pool_free(own, NULL);
    gyre_harp_pool_destroy(own);
    gyre_harp_pool_destroy(NULL);
}

static gyre_status_t double_it(void *arg, gyre_harp_partition_t *partition)
{
    if (partition->id == *(int64_t *)arg)
        return GYRE_ERR_CANCELED;
    for (size_t i = 0; i < partition->count; i++)
        ((int32_t *)partition->data)[i] *= 2;
    return GYRE_OK;
}

/* A table against an array of the same content, changed at random. */
static void play(gyre_harp_table_t *table, uint64_t *state)
{
    enum { IDS = 50, STEPS = 2000 };
    int32_t model[IDS];
    bool there[IDS] = {false};
    size_t count = 0;
    for (int step = 0; step < STEPS; step++) {
        int64_t id = (int64_t)check_below(state, IDS);
        int32_t value = (int32_t)check_below(state, 100);
        gyre_harp_outcome_t outcome;
        if (check_below(state, 3)) {
            CHECK_OK(gyre_harp_table_add(table, id * 1000 - 7, &value, 1, &outcome));
            CHECK_EQ(outcome, there[id] ? GYRE_HARP_COMBINED : GYRE_HARP_ADDED);
            model[id] = there[id] ? model[id] - value : value;
            count += !there[id];
            there[id] = true;
        } else {
            CHECK_IS(gyre_harp_table_remove(table, id * 1000 - 7),
                     there[id] ? GYRE_OK : GYRE_ERR_NOT_FOUND);
            count -= there[id];
            there[id] = false;
        }
        gyre_harp_partition_t *partition = gyre_harp_table_find(table, id * 1000 - 7);
        CHECK(!partition == !there[id]);
        CHECK(!partition || *(int32_t *)partition->data == model[id]);
        CHECK_EQ(gyre_harp_table_count(table), count);
    }
    int64_t ids[IDS];
    size_t at = 0, walked = 0;
    gyre_harp_table_ids(table, ids);
    for (int64_t i = 0, k = 0; i < IDS; i++)
        if (there[i])
            CHECK_EQ(ids[k++], i * 1000 - 7);
    for (gyre_harp_partition_t *p; (p = gyre_harp_table_next(table, &at));)
        walked += there[(p->id + 7) / 1000];
    CHECK_EQ(walked, count);
}

void test_tables(void)
{
    gyre_harp_table_t *table, *bytes;
    gyre_harp_partition_t *partition;
    uint64_t state = check_seed();
    int32_t three[] = {1, 2, 3};
    int64_t stop = 6;
    CHECK_IS(gyre_harp_table_create(NULL, 0, GYRE_INT32, GYRE_SUM, &table), GYRE_ERR_ARG);
    CHECK_IS(gyre_harp_table_create(pool, 0, (gyre_type_t)9999, GYRE_SUM, &table), GYRE_ERR_ARG);
    CHECK_OK(gyre_harp_table_create(pool, 0, GYRE_INT32, GYRE_MINUS, &table));
    play(table, &state);
    gyre_harp_table_clear(table);
    CHECK_EQ(gyre_harp_table_count(table), 0);
    CHECK_OK(gyre_harp_table_insert(table, 5, 3, &partition));
    for (int i = 0; i < 3; i++)
        CHECK_EQ(((int32_t *)partition->data)[i], 0);
    CHECK_IS(gyre_harp_table_insert(table, 5, 3, &partition), GYRE_ERR_STATE);
    CHECK_OK(gyre_harp_table_add(table, 5, three, 3, NULL));
    CHECK_IS(gyre_harp_table_add(table, 5, three, 2, NULL), GYRE_ERR_RANGE);
    CHECK_IS(gyre_harp_table_add(table, 5, NULL, 2, NULL), GYRE_ERR_ARG);
    CHECK_OK(gyre_harp_table_add(table, 6, three, 3, NULL));
    CHECK_IS(gyre_harp_table_apply(table, double_it, &stop), GYRE_ERR_CANCELED);
    CHECK_EQ(((int32_t *)gyre_harp_table_find(table, 5)->data)[2], -6);
    CHECK_EQ(((int32_t *)gyre_harp_table_find(table, 6)->data)[2], 3);
    gyre_harp_table_destroy(table);
    gyre_harp_table_destroy(NULL);
    CHECK_OK(gyre_harp_table_create(pool, 0, GYRE_BYTE, GYRE_SUM, &bytes));
    CHECK_OK(gyre_harp_table_add(bytes, 1, "abc", 3, NULL));
    CHECK_IS(gyre_harp_table_add(bytes, 1, "abc", 3, NULL), GYRE_ERR_ARG);
    gyre_harp_table_destroy(bytes);
}
