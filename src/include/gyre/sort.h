/* SPDX-License-Identifier: Apache-2.0 */
/* The order of rows. See gyre_sort(3).
 *
 * It is total. Numbers and times by value, -0 equal to 0, NaN after all other numbers and equal to
 * NaN; false before true; bytes of strings and binaries as unsigned numbers, what ends first comes
 * first; lists and structs by the first item that differs, nulls in them before all values. */
#ifndef GYRE_SORT_H
#define GYRE_SORT_H

#include <gyre/batch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What rows are ordered by: the first key in which they differ decides. */
typedef struct gyre_sort_key {
    size_t column;
    bool descending;
    bool nulls_last; /* whatever the direction; else they come first */
} gyre_sort_key_t;

/* Below 0, 0 or above 0 as the left row comes before, with or after the right one. The batches have
 * columns of the same types for the keys, which is not checked. */
GYRE_EXPORT int gyre_batch_compare(const gyre_batch_t *left, size_t left_row,
                                   const gyre_batch_t *right, size_t right_row,
                                   const gyre_sort_key_t *keys, size_t count);

/* The numbers of the rows in sorted order; equal rows stay as they are. order has room for all
 * rows, 2^32 - 1 at most; 32 bytes a row are needed meanwhile. */
GYRE_EXPORT gyre_status_t gyre_batch_sort_indices(const gyre_batch_t *batch,
                                                  const gyre_sort_key_t *keys, size_t count,
                                                  uint32_t *order);

/* The rows in sorted order. allocator NULL: from the heap. */
GYRE_EXPORT gyre_status_t gyre_batch_sort(const gyre_batch_t *batch, const gyre_sort_key_t *keys,
                                          size_t count, const gyre_allocator_t *allocator,
                                          const gyre_batch_t **sorted);

#ifdef __cplusplus
}
#endif
#endif
