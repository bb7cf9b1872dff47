/* SPDX-License-Identifier: Apache-2.0 */
/* The hash map against an array of pairs that is searched from end to end. */
#include "base/map.h"

#include "lib/random.h"

#include <criterion/criterion.h>

TestSuite(map, .timeout = 20);

enum { KEYS_MAX = 400 };

typedef struct oracle {
    uint64_t keys[KEYS_MAX];
    void *values[KEYS_MAX]; /* NULL: absent */
    size_t count;
} oracle_t;

static uint64_t make_key(random_plan_t *random, int kind, size_t i)
{
    switch (kind) {
    case 0:
        return i;
    case 1:
        return (uint64_t)i << 32;
    case 2:
        return UINT64_MAX - i;
    default:
        return random_next(random);
    }
}

static void check_walk(const gyre__map_t *map, const oracle_t *oracle)
{
    size_t at = 0, seen = 0;
    uint64_t key, sum = 0, expected = 0;
    void *value;
    while (gyre__map_next(map, &at, &key, &value)) {
        cr_assert_eq(gyre__map_get(map, key), value);
        sum += key;
        seen++;
    }
    for (size_t i = 0; i < KEYS_MAX; i++)
        if (oracle->values[i])
            expected += oracle->keys[i];
    cr_assert_eq(seen, oracle->count);
    cr_assert_eq(sum, expected);
}

static void step(random_plan_t *random, gyre__map_t *map, oracle_t *oracle, unsigned put_percent)
{
    size_t i = random_below(random, KEYS_MAX);
    if (random_below(random, 100) < put_percent) {
        void *value = (void *)(uintptr_t)(1 + random_below(random, 1000000));
        cr_assert_eq(gyre__map_put(map, oracle->keys[i], value), GYRE_OK);
        oracle->count += !oracle->values[i];
        oracle->values[i] = value;
    } else {
        cr_assert_eq(gyre__map_remove(map, oracle->keys[i]), oracle->values[i]);
        oracle->count -= oracle->values[i] != NULL;
        oracle->values[i] = NULL;
    }
    cr_assert_eq(map->count, oracle->count);
    cr_assert_leq(map->count * 4, map->room * 3);
    size_t j = random_below(random, KEYS_MAX);
    cr_assert_eq(gyre__map_get(map, oracle->keys[j]), oracle->values[j]);
}

static void run_plan(random_plan_t *random, int kind)
{
    oracle_t oracle = {.count = 0};
    gyre__map_t map;
    gyre__map_init(&map);
    for (size_t i = 0; i < KEYS_MAX; i++)
        oracle.keys[i] = make_key(random, kind, i);
    for (int round = 0; round < 20; round++) {
        unsigned put_percent = (unsigned)random_below(random, 101);
        for (int i = 0; i < 500; i++)
            step(random, &map, &oracle, put_percent);
        check_walk(&map, &oracle);
        for (size_t i = 0; i < KEYS_MAX; i++)
            cr_assert_eq(gyre__map_get(&map, oracle.keys[i]), oracle.values[i]);
    }
    gyre__map_cleanup(&map);
}

Test(map, random_plans_match_an_array)
{
    random_plan_t random = random_start("map");
    for (int i = 0; i < 24; i++)
        run_plan(&random, i % 4);
}

Test(map, empty_one_answers)
{
    gyre__map_t map;
    size_t at = 0;
    uint64_t key;
    void *value;
    gyre__map_init(&map);
    cr_assert_null(gyre__map_get(&map, 0));
    cr_assert_null(gyre__map_remove(&map, 0));
    cr_assert_not(gyre__map_next(&map, &at, &key, &value));
    gyre__map_cleanup(&map);
    gyre__map_cleanup(&map);
}

Test(map, replacing_does_not_grow)
{
    gyre__map_t map;
    int values[2];
    gyre__map_init(&map);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(gyre__map_put(&map, 42, &values[i % 2]), GYRE_OK);
    cr_assert_eq(map.count, 1);
    cr_assert_leq(map.room, 16);
    cr_assert_eq(gyre__map_get(&map, 42), &values[1]);
    gyre__map_cleanup(&map);
}
