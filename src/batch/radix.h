/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting of rows by a word each. */
#ifndef GYRE_BATCH_RADIX_H
#define GYRE_BATCH_RADIX_H

#include <stddef.h>
#include <stdint.h>

typedef struct gyre__entry {
    uint64_t word;
    uint32_t row;
} gyre__entry_t;

/* Stable. spare has room for count entries. */
void gyre__radix_sort(gyre__entry_t *entries, gyre__entry_t *spare, size_t count);

#endif
