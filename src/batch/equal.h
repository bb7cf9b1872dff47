/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of single values. */
#ifndef GYRE_BATCH_EQUAL_H
#define GYRE_BATCH_EQUAL_H

#include <gyre/batch.h>

/* Whether two values of one type are the same key: nulls are, both zeros, and all NaNs. */
bool gyre__keys_alike(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r);

/* No row. */
#define GYRE__KEYS_NONE UINT32_MAX

/* The same for many rows of the right, counted from first, each with the row of the left that its
 * number names: keeps those that are alike, and gives how many; the others' number is none. */
size_t gyre__keys_keep(const gyre_column_t *left, uint32_t *numbers, const gyre_column_t *right,
                       size_t first, uint32_t *rows, size_t count);

#endif
