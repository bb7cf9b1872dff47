/* SPDX-License-Identifier: Apache-2.0 */
/* Tables from the inside: what the collectives need to build and change them. */
#ifndef GYRE_HARP_MODEL_TABLE_H
#define GYRE_HARP_MODEL_TABLE_H

#include "base/map.h"
#include "harp/model/pool.h"

struct gyre__harp_door;

struct gyre_harp_table {
    gyre_harp_pool_t *pool;
    int64_t id;
    gyre_type_t type;
    gyre_op_t op;
    size_t element;               /* bytes */
    gyre__map_t map;              /* id -> gyre_harp_partition_t */
    gyre_harp_partition_t **list; /* in the order they came */
    size_t count, room;
    uint64_t version;             /* of where its partitions lie */
    struct gyre__harp_door *door; /* through which peers push and pull; NULL: not yet */
};

/* A table of the same kind without partitions. Its cleanup is gyre_harp_table_clear and freeing
 * list, both done by gyre__harp_table_take. */
gyre_harp_table_t gyre__harp_table_like(const gyre_harp_table_t *table);

/* The table's partitions are replaced by those of another that was made like it. */
void gyre__harp_table_take(gyre_harp_table_t *table, gyre_harp_table_t *from);

/* A new partition whose content is undefined. The id is not there. */
gyre_status_t gyre__harp_table_place(gyre_harp_table_t *table, int64_t id, size_t count,
                                     gyre_harp_partition_t **partition);

/* Gives a partition of the table another count; the content is undefined. */
gyre_status_t gyre__harp_table_resize(gyre_harp_table_t *table, gyre_harp_partition_t *partition,
                                      size_t count);

/* Takes a partition of another table, which must be cleared without it. Combined: it is given
 * back to the pool. On error it is still the caller's. */
gyre_status_t gyre__harp_table_merge(gyre_harp_table_t *table, gyre_harp_partition_t *partition);

/* Forgets all partitions: they have been moved elsewhere. */
void gyre__harp_table_forget(gyre_harp_table_t *table);

/* Gives back a partition that is in no table. */
void gyre__harp_partition_free(gyre_harp_pool_t *pool, gyre_harp_partition_t *partition);

/* The partition's index in its table's list. */
size_t gyre__harp_partition_at(const gyre_harp_partition_t *partition);

/* The indices of list by ascending id, in room for count. */
void gyre__harp_table_order(const gyre_harp_table_t *table, gyre_harp_partition_t **sorted);

#endif
