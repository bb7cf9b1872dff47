/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of single values. */
#ifndef GYRE_BATCH_EQUAL_H
#define GYRE_BATCH_EQUAL_H

#include <gyre/batch.h>

/* Whether two values of one type are the same key: nulls are, both zeros, and all NaNs. */
bool gyre__keys_alike(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r);

/* The same for count rows of the right from row first, each with the row of the left that its
 * number names: differ becomes 1 where they are not alike, and rows of which it is 1 are passed
 * over. */
void gyre__keys_differ(const gyre_column_t *left, const uint32_t *numbers,
                       const gyre_column_t *right, size_t first, size_t count, uint8_t *differ);

#endif
