/* SPDX-License-Identifier: Apache-2.0 */
/* Where the partitions of a member lie, as its peers read it: a head, entries by ascending id, and
 * the keys of the regions that they lie in. */
#ifndef GYRE_HARP_MODEL_INDEX_H
#define GYRE_HARP_MODEL_INDEX_H

#include "harp/model/table.h"

typedef struct gyre__index_entry {
    int64_t id;
    uint64_t count;
    uint64_t key;    /* offset in the index of its region's key */
    uint64_t offset; /* in the region */
} gyre__index_entry_t;

typedef struct gyre__index_key {
    uint64_t length;
    char key[]; /* up to a multiple of 8 bytes */
} gyre__index_key_t;

typedef struct gyre__index {
    uint64_t entries;
    gyre__index_entry_t entry[]; /* then keys */
} gyre__index_t;

/* Makes the index of the table behind its door, if the one there is out of date. */
gyre_status_t gyre__index_publish(gyre_harp_table_t *table);

/* A peer's index of length bytes makes sense as far as it is used. */
gyre_status_t gyre__index_check(const gyre__index_t *index, uint64_t length);

/* NULL: not there. */
const gyre__index_entry_t *gyre__index_find(const gyre__index_t *index, int64_t id);

#endif
