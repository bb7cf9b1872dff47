/* SPDX-License-Identifier: Apache-2.0 */
/* Rows for tests. The value of a row follows from a key, so an array of keys is the oracle of a
 * column: what should be where is computed anew, and read by the public layout alone. */
#ifndef GYRE_TESTS_BATCH_ROWS_H
#define GYRE_TESTS_BATCH_ROWS_H

#include "lib/random.h"

#include <gyre/batch.h>

/* A schema of all kinds at all places, or of a few random fields. */
const gyre_schema_t *rows_schema(random_plan_t *random);

/* count random keys; freed by the caller. */
uint64_t *rows_keys(random_plan_t *random, size_t count);

/* Appends the row of the key, value by value. */
void rows_put(gyre_builder_t *builder, uint64_t key);
void rows_put_batch(gyre_builder_t *builder, uint64_t key);

/* A batch of rows of the keys; of no rows where there are none. */
const gyre_batch_t *rows_batch(const gyre_schema_t *schema, const uint64_t *keys, size_t count);

/* Fails the test unless the rows are those of the keys. Key ROWS_NULL: every column is null. */
#define ROWS_NULL UINT64_MAX
void rows_check(const gyre_batch_t *batch, const uint64_t *keys, size_t count);
void rows_check_column(const gyre_column_t *column, const uint64_t *keys, size_t count);

/* The key of column i in the row of a key. */
uint64_t rows_key(uint64_t key, size_t i);

#endif
