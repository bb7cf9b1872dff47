/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions as bytes: id, count, then the elements, each part aligned for any type. */
#ifndef GYRE_HARP_MODEL_STREAM_H
#define GYRE_HARP_MODEL_STREAM_H

#include "harp/model/parcels.h"
#include "harp/model/table.h"

typedef struct gyre__stream_head {
    int64_t id;
    uint64_t count;
} gyre__stream_head_t;

_Static_assert(sizeof(gyre__stream_head_t) == GYRE__PARCEL_ALIGN, "elements follow, aligned");

/* Bytes of a partition of count elements. */
static inline size_t gyre__stream_length(const gyre_harp_table_t *table, size_t count)
{
    return sizeof(gyre__stream_head_t) + gyre__parcel_round(count * table->element);
}

char *gyre__stream_pack(const gyre_harp_table_t *table, const gyre_harp_partition_t *partition,
                        char *to); /* returns its end */

/* The partition at *at, which moves on to the next; elements lie at *data. false: no more, or, with
 * status an error, no more that make sense. */
bool gyre__stream_next(const gyre_harp_table_t *table, const char **at, const char *end,
                       gyre__stream_head_t *head, const void **data, gyre_status_t *status);

/* Adds all partitions of a stream to the table. */
gyre_status_t gyre__stream_merge(gyre_harp_table_t *table, const char *data, size_t length);

#endif
