/* SPDX-License-Identifier: Apache-2.0 */
/* Random plans that can be played again: the seed is printed, and GYRE_TEST_SEED sets it. */
#ifndef GYRE_TESTS_RANDOM_H
#define GYRE_TESTS_RANDOM_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef struct random_plan {
    uint64_t state;
} random_plan_t;

/* splitmix64 */
static inline uint64_t random_next(random_plan_t *plan)
{
    uint64_t z = plan->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 .. limit - 1 */
static inline uint64_t random_below(random_plan_t *plan, uint64_t limit)
{
    return random_next(plan) % limit;
}

static inline random_plan_t random_start(const char *test)
{
    const char *given = getenv("GYRE_TEST_SEED");
    random_plan_t plan = {(uint64_t)time(NULL) * 1000003u + (uint64_t)getpid()};
    if (given)
        plan.state = strtoull(given, NULL, 0);
    fprintf(stderr, "%s: GYRE_TEST_SEED=%" PRIu64 "\n", test, plan.state);
    return plan;
}

#endif
