/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of single values. */
#ifndef GYRE_BATCH_EQUAL_H
#define GYRE_BATCH_EQUAL_H

#include <gyre/batch.h>

/* Whether two values of one type are the same key: nulls are, both zeros, and all NaNs. */
bool gyre__keys_alike(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r);

#endif
