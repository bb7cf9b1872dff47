/* SPDX-License-Identifier: Apache-2.0 */
/* Pools against a plain queue: first freed is first reused, elements never overlap, each knows
 * its chunk's handle, and the source gets everything back. */
#include "base/pool.h"

#include "base/error.h"
#include "lib/random.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

TestSuite(pool, .timeout = 20);

typedef struct source {
    size_t live, calls, limit; /* chunks */
} source_t;

static gyre_status_t source_alloc(void *arg, size_t size, void **memory, void **handle)
{
    source_t *source = arg;
    if (source->live == source->limit)
        return gyre__error(GYRE_ERR_NO_RESOURCE, "the source is dry");
    *memory = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
    memset(*memory, 0, size);
    *handle = (char *)*memory + 1; /* tells the chunk */
    source->live++;
    source->calls++;
    return GYRE_OK;
}

static void source_release(void *arg, void *memory, size_t size, void *handle)
{
    cr_assert_eq(handle, (char *)memory + 1);
    ((source_t *)arg)->live--;
    free(memory);
}

enum { PLAN_STEPS = 4000, HELD_MAX = 300 };

typedef struct plan {
    gyre__pool_t pool;
    source_t source;
    unsigned char *held[HELD_MAX], mark[HELD_MAX];
    size_t held_count;
    void *freed[PLAN_STEPS]; /* oracle: elements in order of being freed */
    size_t freed_first, freed_last;
} plan_t;

static void check_handle(const plan_t *plan, const unsigned char *element)
{
    const char *handle = gyre__pool_handle(&plan->pool, element);
    if (plan->pool.source.alloc != source_alloc) {
        cr_assert_null(handle);
        return;
    }
    const char *chunk = handle - 1;
    size_t offset = (size_t)((const char *)element - chunk);
    cr_assert_lt(offset, plan->pool.element_size * plan->pool.per_chunk);
    cr_assert_eq(offset % plan->pool.element_size, 0);
}

static void plan_get(plan_t *plan, unsigned char mark)
{
    size_t fresh = plan->pool.total - plan->pool.used - (plan->freed_last - plan->freed_first);
    unsigned char *element = gyre__pool_get(&plan->pool);
    cr_assert_not_null(element);
    cr_assert_eq((uintptr_t)element % plan->pool.align, 0);
    check_handle(plan, element);
    if (fresh == 0 && plan->freed_first < plan->freed_last)
        cr_assert_eq(element, plan->freed[plan->freed_first++], "not the oldest");
    memset(element, mark, plan->pool.element_size);
    plan->mark[plan->held_count] = mark;
    plan->held[plan->held_count++] = element;
}

static void plan_put(plan_t *plan, size_t at)
{
    unsigned char *element = plan->held[at];
    for (size_t i = 0; i < plan->pool.element_size; i++)
        cr_assert_eq(element[i], plan->mark[at], "another element reached into this one");
    gyre__pool_put(&plan->pool, element);
    plan->freed[plan->freed_last++] = element;
    plan->held_count--;
    plan->held[at] = plan->held[plan->held_count];
    plan->mark[at] = plan->mark[plan->held_count];
}

static void run_plan(random_plan_t *random)
{
    static plan_t plan;
    memset(&plan, 0, sizeof(plan));
    plan.source.limit = SIZE_MAX;
    gyre__pool_source_t source = {source_alloc, source_release, &plan.source};
    gyre__pool_init(&plan.pool, 1 + random_below(random, 200), (size_t)1 << random_below(random, 8),
                    1 + random_below(random, 40), random_below(random, 2) ? &source : NULL);
    for (int step = 0; step < PLAN_STEPS; step++) {
        bool get =
            plan.held_count == 0 || (plan.held_count < HELD_MAX && random_below(random, 100) < 55);
        if (!get)
            plan_put(&plan, random_below(random, plan.held_count));
        else
            plan_get(&plan, (unsigned char)step);
        cr_assert_eq(plan.pool.used, plan.held_count);
        cr_assert_leq(plan.pool.total, HELD_MAX + plan.pool.per_chunk);
    }
    gyre__pool_cleanup(&plan.pool);
    cr_assert_eq(plan.source.live, 0);
}

Test(pool, random_plans_match_a_queue)
{
    random_plan_t random = random_start("pool");
    for (int i = 0; i < 40; i++)
        run_plan(&random);
}

Test(pool, fresh_elements_are_zero_behind_the_link)
{
    static const unsigned char zeros[84];
    gyre__pool_t pool;
    gyre__pool_init(&pool, 100, 4, 7, NULL);
    for (int i = 0; i < 20; i++) {
        unsigned char *element = gyre__pool_get(&pool);
        cr_assert_eq(memcmp(element + 16, zeros, sizeof(zeros)), 0);
        memset(element, 0xff, 100);
    }
    gyre__pool_cleanup(&pool);
}

Test(pool, put_keeps_all_but_the_first_bytes)
{
    gyre__pool_t pool;
    gyre__pool_init(&pool, 64, 64, 1, NULL);
    unsigned char *element = gyre__pool_get(&pool);
    memset(element, 0x5a, 64);
    gyre__pool_put(&pool, element);
    cr_assert_eq(gyre__pool_get(&pool), element);
    for (int i = 16; i < 64; i++)
        cr_assert_eq(element[i], 0x5a);
    gyre__pool_cleanup(&pool);
}

Test(pool, dry_source_is_an_error_that_passes)
{
    gyre__pool_t pool;
    source_t counts = {.limit = 2};
    gyre__pool_source_t source = {source_alloc, source_release, &counts};
    gyre__pool_init(&pool, 32, 16, 3, &source);
    void *elements[6];
    for (int i = 0; i < 6; i++)
        cr_assert_not_null(elements[i] = gyre__pool_get(&pool));
    cr_assert_null(gyre__pool_get(&pool));
    cr_assert_str_eq(gyre_last_error(), "the source is dry");
    cr_assert_eq(pool.used, 6);
    gyre__pool_put(&pool, elements[4]);
    cr_assert_eq(gyre__pool_get(&pool), elements[4]);
    counts.limit = 3;
    cr_assert_not_null(gyre__pool_get(&pool));
    cr_assert_eq(counts.calls, 3);
    gyre__pool_cleanup(&pool);
    cr_assert_eq(counts.live, 0);
}

Test(pool, sizes_that_overflow_are_refused)
{
    gyre__pool_t pool;
    gyre__pool_init(&pool, (size_t)1 << 40, 64, (size_t)1 << 40, NULL);
    cr_assert_null(gyre__pool_get(&pool));
    gyre__pool_cleanup(&pool);
    gyre__pool_init(&pool, SIZE_MAX, 64, 1, NULL);
    cr_assert_null(gyre__pool_get(&pool));
    gyre__pool_cleanup(&pool);
}

Test(pool, cleanup_of_an_unused_one)
{
    gyre__pool_t pool;
    gyre__pool_init(&pool, 8, 8, 8, NULL);
    gyre__pool_cleanup(&pool);
    gyre__pool_cleanup(&pool);
    cr_assert_eq(pool.total, 0);
}
