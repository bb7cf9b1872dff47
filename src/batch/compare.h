/* SPDX-License-Identifier: Apache-2.0 */
/* The order of values and rows. */
#ifndef GYRE_BATCH_COMPARE_H
#define GYRE_BATCH_COMPARE_H

#include <gyre/sort.h>

/* GYRE_ERR_ARG, GYRE_ERR_RANGE: no keys, or a column that the schema does not have. */
gyre_status_t gyre__sort_keys_check(const gyre_schema_t *schema, const gyre_sort_key_t *keys,
                                    size_t count);

/* A number that orders as rows do by the key, as far as it goes: rows with equal ones may differ.
 */
uint64_t gyre__first_word(const gyre_batch_t *batch, size_t row, const gyre_sort_key_t *key);

/* Of rows in order, the first one from first on that is not equal to that row of other. */
size_t gyre__equal_end(const gyre_batch_t *batch, size_t first, const gyre_batch_t *other,
                       size_t row, const gyre_sort_key_t *keys, size_t count);

#endif
