/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of single values. */
#ifndef GYRE_BATCH_EQUAL_H
#define GYRE_BATCH_EQUAL_H

#include <gyre/batch.h>

/* Whether two values of one type are the same key: nulls are, both zeros, and all NaNs. */
bool gyre__keys_alike(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r);

/* What is known of two keys. */
enum { GYRE__KEYS_UNKNOWN, GYRE__KEYS_DIFFER, GYRE__KEYS_ALIKE };

/* The same for count rows of the right from row first, each with the row of the left that its
 * number names: what is unknown becomes GYRE__KEYS_DIFFER where they are not alike. */
void gyre__keys_differ(const gyre_column_t *left, const uint32_t *numbers,
                       const gyre_column_t *right, size_t first, size_t count, uint8_t *known);

#endif
