/* SPDX-License-Identifier: Apache-2.0 */
/* Random contents of tables that every worker can compute for every other, and what becomes of
 * them, computed plainly. Values are small integers in any type, so that sums are exact. */
#ifndef TESTS_HARP_MODEL_H
#define TESTS_HARP_MODEL_H

#include "lib/check.h"

#include <gyre/harp.h>

typedef enum spread {
    SPREAD_RANDOM, /* each worker has some of the ids, some workers none */
    SPREAD_SAME,   /* each has all */
    SPREAD_APART,  /* each id is at one */
    SPREADS
} spread_t;

typedef struct plan {
    uint64_t seed;
    spread_t spread;
    int ids; /* of the universe; may be 0 */
    gyre_type_t type;
    gyre_op_t op;
    bool large; /* some partitions of many elements */
} plan_t;

extern gyre_harp_pool_t *pool;
extern gyre_op_t take_right; /* a user operation, not commutative */

plan_t plan_random(uint64_t *state);

int64_t plan_id(const plan_t *plan, int index);
size_t plan_count(const plan_t *plan, int index); /* elements of a partition, 0 upward */
bool plan_has(const plan_t *plan, int rank, int index);
bool plan_any(const plan_t *plan, int index);

/* A table with what rank has by the plan. */
gyre_harp_table_t *plan_table(const plan_t *plan, int rank);

/* Element e of a partition after worker rank's values have been combined into value, or, with
 * first, are the first. */
int64_t plan_value(const plan_t *plan, int rank, int index, size_t e);
int64_t plan_combine(const plan_t *plan, int64_t value, int rank, int index, size_t e, bool first);

/* What all workers' values make in rank order. */
int64_t plan_all(const plan_t *plan, int index, size_t e);

/* The partition is there, with the plan's count, and its elements are what expected says. */
typedef int64_t (*expected_fn)(const plan_t *plan, int arg, int index, size_t e);
void check_partition(const plan_t *plan, const gyre_harp_table_t *table, int index,
                     expected_fn expected, int arg);

/* The cases, by file. */
void test_tables(void);
void test_pool(void);
void test_regroup(void);
void test_gathers(void);
void test_reductions(void);
void test_bcast(void);
void test_rotate(void);
void test_refusals(void);
void test_push(void);
void test_pull(void);
void test_kv(void);
void test_events(void);
void test_schedulers(void);
void test_rotator(void);

#endif
