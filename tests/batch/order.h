/* SPDX-License-Identifier: Apache-2.0 */
/* The order of rows as the manual has it, in plain words, to check the fast ones against. */
#ifndef GYRE_TESTS_BATCH_ORDER_H
#define GYRE_TESTS_BATCH_ORDER_H

#include "lib/random.h"

#include <gyre/sort.h>

enum { ORDER_KEYS_MAX = 4 };

/* -1, 0 or 1. */
int order_compare(const gyre_batch_t *left, size_t left_row, const gyre_batch_t *right,
                  size_t right_row, const gyre_sort_key_t *keys, size_t count);

/* One to ORDER_KEYS_MAX keys; how many there are. */
size_t order_keys(random_plan_t *random, const gyre_schema_t *schema, gyre_sort_key_t *keys);

#endif
