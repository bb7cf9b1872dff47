/* SPDX-License-Identifier: Apache-2.0 */
/* The Harp model: tables of partitions that combine, the collectives on them, events, schedulers
 * and timed rotation. See gyre_harp(3).
 *
 * A table is a worker's own object; calls that take a communicator are collective over it, on
 * tables of one element type and operation, whatever partitions each member has. Objects belong
 * to one thread, but for gyre_harp_submit; a partition's memory may be used by any. */
#ifndef GYRE_HARP_H
#define GYRE_HARP_H

#include <gyre/coll.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Memory --- */

/* Registered memory that the workers of a node share, kept for reuse when released. */
typedef struct gyre_harp_pool gyre_harp_pool_t;

GYRE_EXPORT gyre_status_t gyre_harp_pool_create(gyre_context_t *ctx, gyre_harp_pool_t **pool);
/* After all that uses it, before gyre_finalize. NULL is allowed. */
GYRE_EXPORT void gyre_harp_pool_destroy(gyre_harp_pool_t *pool);

/* length bytes, 64-byte aligned, as their last user left them. exact: room for no more, to be
 * reused for that length; otherwise the room is rounded up to a power of two. */
GYRE_EXPORT gyre_status_t gyre_harp_pool_get(gyre_harp_pool_t *pool, size_t length, bool exact,
                                             void **memory);
GYRE_EXPORT size_t gyre_harp_pool_room(const void *memory);

/* Keeps it for the next of its size; or gives it back to the system, small pieces when all that
 * were made with them are. NULL is allowed. */
GYRE_EXPORT void gyre_harp_pool_release(gyre_harp_pool_t *pool, void *memory);
GYRE_EXPORT void gyre_harp_pool_free(gyre_harp_pool_t *pool, void *memory);

/* --- Tables --- */

typedef struct gyre_harp_table gyre_harp_table_t;

/* An array of the table's type. Its content is the caller's to change; the rest is not. */
typedef struct gyre_harp_partition {
    int64_t id;
    size_t count;
    void *data; /* 64-byte aligned, in the pool's memory */
} gyre_harp_partition_t;

typedef enum gyre_harp_outcome { GYRE_HARP_ADDED, GYRE_HARP_COMBINED } gyre_harp_outcome_t;

/* The member of a communicator of size members that owns a partition. */
typedef int (*gyre_harp_partitioner_fn)(void *arg, int64_t id, int size);

typedef gyre_status_t (*gyre_harp_partition_fn)(void *arg, gyre_harp_partition_t *partition);

/* id is the table's name in errors. op combines partitions that meet under one id. */
GYRE_EXPORT gyre_status_t gyre_harp_table_create(gyre_harp_pool_t *pool, int64_t id,
                                                 gyre_type_t type, gyre_op_t op,
                                                 gyre_harp_table_t **table);
/* NULL is allowed. No collective on it may be running. */
GYRE_EXPORT void gyre_harp_table_destroy(gyre_harp_table_t *table);

/* A copy of data becomes partition id, or is combined into it: it = it op data. outcome may be
 * NULL. GYRE_ERR_RANGE: it is there with another count; GYRE_ERR_ARG: op is not for the type. */
GYRE_EXPORT gyre_status_t gyre_harp_table_add(gyre_harp_table_t *table, int64_t id,
                                              const void *data, size_t count,
                                              gyre_harp_outcome_t *outcome);

/* A new partition of zeros, to be filled in place. GYRE_ERR_STATE: id is there. */
GYRE_EXPORT gyre_status_t gyre_harp_table_insert(gyre_harp_table_t *table, int64_t id,
                                                 size_t count, gyre_harp_partition_t **partition);

/* NULL: none. Valid until it is removed or a collective changes the table. */
GYRE_EXPORT gyre_harp_partition_t *gyre_harp_table_find(const gyre_harp_table_t *table, int64_t id);

/* Its memory goes back to the pool. GYRE_ERR_NOT_FOUND: none. */
GYRE_EXPORT gyre_status_t gyre_harp_table_remove(gyre_harp_table_t *table, int64_t id);
GYRE_EXPORT void gyre_harp_table_clear(gyre_harp_table_t *table);

GYRE_EXPORT size_t gyre_harp_table_count(const gyre_harp_table_t *table);
/* The ids, ascending, into room for gyre_harp_table_count. */
GYRE_EXPORT void gyre_harp_table_ids(const gyre_harp_table_t *table, int64_t *ids);
/* Walks the partitions: *at starts at 0. NULL: no more. The order is that in which they came, but
 * that the last one takes the place of one removed. */
GYRE_EXPORT gyre_harp_partition_t *gyre_harp_table_next(const gyre_harp_table_t *table, size_t *at);
/* fn for each, until one is not GYRE_OK, which is returned. */
GYRE_EXPORT gyre_status_t gyre_harp_table_apply(gyre_harp_table_t *table, gyre_harp_partition_fn fn,
                                                void *arg);

/* --- Collectives on tables --- */

/* Where partitions of one id meet they are combined in rank order. partitioner NULL: id modulo
 * size. A member that fails before it has sent anything tells the others, who get
 * GYRE_ERR_CANCELED. */

typedef enum gyre_harp_way {
    GYRE_HARP_AUTO, /* as gyre_bcast finds best */
    GYRE_HARP_CHAIN,
    GYRE_HARP_TREE
} gyre_harp_way_t;

/* root's partitions into every table. */
GYRE_EXPORT gyre_status_t gyre_harp_bcast(gyre_comm_t *comm, gyre_harp_table_t *table, int root,
                                          gyre_harp_way_t way);
/* All partitions, combined, into root's table; into every table. After reduce and gather the
 * tables of others are empty. */
GYRE_EXPORT gyre_status_t gyre_harp_reduce(gyre_comm_t *comm, gyre_harp_table_t *table, int root);
GYRE_EXPORT gyre_status_t gyre_harp_allreduce(gyre_comm_t *comm, gyre_harp_table_t *table);
/* The same, for partitions that mostly differ in id: they travel as they are. */
GYRE_EXPORT gyre_status_t gyre_harp_gather(gyre_comm_t *comm, gyre_harp_table_t *table, int root);
GYRE_EXPORT gyre_status_t gyre_harp_allgather(gyre_comm_t *comm, gyre_harp_table_t *table);
/* Every partition to the member that the partitioner names; regroup, then allgather. */
GYRE_EXPORT gyre_status_t gyre_harp_regroup(gyre_comm_t *comm, gyre_harp_table_t *table,
                                            gyre_harp_partitioner_fn partitioner, void *arg);
GYRE_EXPORT gyre_status_t gyre_harp_aggregate(gyre_comm_t *comm, gyre_harp_table_t *table,
                                              gyre_harp_partitioner_fn partitioner, void *arg);
/* The whole content to member map[rank]; NULL: to the next. map is a permutation, the same at all
 * members. */
GYRE_EXPORT gyre_status_t gyre_harp_rotate(gyre_comm_t *comm, gyre_harp_table_t *table,
                                           const int *map);

/* global is distributed: no id at two members. A partition belongs to the member that has it, or
 * else to the one that the partitioner names.
 * push: each partition of local is combined into global at its owner; local stays.
 * pull: each partition of local gets the content, and count, of global's. broadcast: what all
 * members want is sent to all at once. GYRE_ERR_NOT_FOUND: some are nowhere, and are as before. */
GYRE_EXPORT gyre_status_t gyre_harp_push(gyre_comm_t *comm, const gyre_harp_table_t *local,
                                         gyre_harp_table_t *global,
                                         gyre_harp_partitioner_fn partitioner, void *arg);
GYRE_EXPORT gyre_status_t gyre_harp_pull(gyre_comm_t *comm, gyre_harp_table_t *local,
                                         gyre_harp_table_t *global,
                                         gyre_harp_partitioner_fn partitioner, void *arg,
                                         bool broadcast);

#ifdef __cplusplus
}
#endif
#endif
