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

/* --- Key-value tables --- */

typedef struct gyre_harp_kv gyre_harp_kv_t;

typedef enum gyre_harp_key {
    GYRE_HARP_INT32, /* keys are int32_t */
    GYRE_HARP_INT64,
    GYRE_HARP_BYTES  /* keys are any bytes, any number of them */
} gyre_harp_key_t;

/* Keys to count elements of type each. */
GYRE_EXPORT gyre_status_t gyre_harp_kv_create(gyre_harp_key_t key, gyre_type_t type, size_t count,
                                              gyre_op_t op, gyre_harp_kv_t **kv);
GYRE_EXPORT void gyre_harp_kv_destroy(gyre_harp_kv_t *kv);

/* key_length is ignored for integer keys. outcome may be NULL. */
GYRE_EXPORT gyre_status_t gyre_harp_kv_add(gyre_harp_kv_t *kv, const void *key, size_t key_length,
                                           const void *value, gyre_harp_outcome_t *outcome);
/* NULL: none. Valid until the next add, remove or collective. */
GYRE_EXPORT void *gyre_harp_kv_find(const gyre_harp_kv_t *kv, const void *key, size_t key_length);
GYRE_EXPORT gyre_status_t gyre_harp_kv_remove(gyre_harp_kv_t *kv, const void *key,
                                              size_t key_length);
GYRE_EXPORT size_t gyre_harp_kv_count(const gyre_harp_kv_t *kv);
/* Walks the entries: *at starts at 0. false: no more. key, key_length, value may be NULL. */
GYRE_EXPORT bool gyre_harp_kv_next(const gyre_harp_kv_t *kv, size_t *at, const void **key,
                                   size_t *key_length, void **value);

/* Collective: every key to the one member that its hash names, its values combined in rank order;
 * all keys to all members. */
GYRE_EXPORT gyre_status_t gyre_harp_group_by_key(gyre_comm_t *comm, gyre_harp_kv_t *kv);
GYRE_EXPORT gyre_status_t gyre_harp_kv_allgather(gyre_comm_t *comm, gyre_harp_kv_t *kv);

/* --- Events --- */

typedef struct gyre_harp_events gyre_harp_events_t;

typedef enum gyre_harp_event_type {
    GYRE_HARP_EVENT_LOCAL,     /* to this worker's own queue */
    GYRE_HARP_EVENT_MESSAGE,   /* to one member */
    GYRE_HARP_EVENT_COLLECTIVE /* to every member, the sender too */
} gyre_harp_event_type_t;

typedef struct gyre_harp_event {
    gyre_harp_event_type_t type;
    int source;
    int64_t name; /* whatever the sender gave */
    size_t length;
    void *data;
} gyre_harp_event_t;

/* A queue of events. Takes an id of gyre_am_register for its life, the same at all members; local,
 * but no member may send to one who has destroyed its own. */
GYRE_EXPORT gyre_status_t gyre_harp_events_create(gyre_comm_t *comm, int am_id,
                                                  gyre_harp_events_t **events);
GYRE_EXPORT void gyre_harp_events_destroy(gyre_harp_events_t *events);

/* dest is significant for messages. Blocks until data may be changed. */
GYRE_EXPORT gyre_status_t gyre_harp_event_send(gyre_harp_events_t *events,
                                               gyre_harp_event_type_t type, int dest, int64_t name,
                                               const void *data, size_t length);
/* The oldest event, the caller's until gyre_harp_event_release. get does not wait:
 * GYRE_IN_PROGRESS when there is none. wait: GYRE_ERR_PEER_FAILED when there is none and a member
 * has failed. */
GYRE_EXPORT gyre_status_t gyre_harp_event_get(gyre_harp_events_t *events,
                                              gyre_harp_event_t *event);
GYRE_EXPORT gyre_status_t gyre_harp_event_wait(gyre_harp_events_t *events,
                                               gyre_harp_event_t *event);
GYRE_EXPORT void gyre_harp_event_release(gyre_harp_event_t *event);

/* --- Schedulers --- */

/* Threads that turn inputs into outputs. Tasks must not call what needs the wire. */
typedef struct gyre_harp_scheduler gyre_harp_scheduler_t;

/* thread is 0 .. threads - 1; *output is NULL at entry. */
typedef gyre_status_t (*gyre_harp_task_fn)(void *arg, int thread, void *input, void **output);

typedef enum gyre_harp_queues {
    GYRE_HARP_DYNAMIC, /* one queue, 0, for all threads */
    GYRE_HARP_STATIC   /* one queue for each thread, numbered as it */
} gyre_harp_queues_t;

GYRE_EXPORT gyre_status_t gyre_harp_scheduler_create(gyre_harp_queues_t queues, int threads,
                                                     gyre_harp_task_fn fn, void *arg,
                                                     gyre_harp_scheduler_t **scheduler);
/* Stops it first. NULL is allowed. Not from a task. */
GYRE_EXPORT void gyre_harp_scheduler_destroy(gyre_harp_scheduler_t *scheduler);

/* From any thread, tasks too. */
GYRE_EXPORT gyre_status_t gyre_harp_submit(gyre_harp_scheduler_t *scheduler, int queue,
                                           void *input);
/* Lets the threads take inputs, again after a pause. */
GYRE_EXPORT gyre_status_t gyre_harp_start(gyre_harp_scheduler_t *scheduler);
/* Waits until all inputs have been worked on; now: only until the tasks that run have ended. Then
 * no input is taken. */
GYRE_EXPORT gyre_status_t gyre_harp_pause(gyre_harp_scheduler_t *scheduler, bool now);
/* Drops the inputs not yet taken. */
GYRE_EXPORT size_t gyre_harp_discard(gyre_harp_scheduler_t *scheduler);
/* As pause, and ends the threads. Outputs can still be waited for. */
GYRE_EXPORT void gyre_harp_stop(gyre_harp_scheduler_t *scheduler, bool now);

/* The queue's oldest output and its task's status. GYRE_ERR_NOT_FOUND: there is none, and nothing
 * that could give one is queued or runs; GYRE_ERR_STATE: it is queued, but all is paused. */
GYRE_EXPORT gyre_status_t gyre_harp_output(gyre_harp_scheduler_t *scheduler, int queue,
                                           void **output);
GYRE_EXPORT bool gyre_harp_has_output(gyre_harp_scheduler_t *scheduler, int queue);
/* Whether any task has failed so far. */
GYRE_EXPORT bool gyre_harp_has_error(gyre_harp_scheduler_t *scheduler);

/* --- Dynamic model rotation --- */

/* A model in slices, each a table, that go around the members one by one, while others are
 * computed on. */
typedef struct gyre_harp_rotator gyre_harp_rotator_t;

/* map as for gyre_harp_rotate; NULL: to the next. tables and map are copied; the tables are the
 * rotator's while a slice of it travels. */
GYRE_EXPORT gyre_status_t gyre_harp_rotator_create(gyre_comm_t *comm, gyre_harp_table_t **tables,
                                                   int slices, const int *map,
                                                   gyre_harp_rotator_t **rotator);
/* Ends what travels: waits for it. NULL is allowed. */
GYRE_EXPORT void gyre_harp_rotator_destroy(gyre_harp_rotator_t *rotator);

/* Sends the slice on. Every member does so in the same order per slice. */
GYRE_EXPORT gyre_status_t gyre_harp_rotator_rotate(gyre_harp_rotator_t *rotator, int slice);
/* Waits until the slice is here, and gives its table. */
GYRE_EXPORT gyre_status_t gyre_harp_rotator_get(gyre_harp_rotator_t *rotator, int slice,
                                                gyre_harp_table_t **table);
/* Moves on what travels, without waiting. */
GYRE_EXPORT gyre_status_t gyre_harp_rotator_progress(gyre_harp_rotator_t *rotator);

/* Work on blocks of rows x columns, where no two threads work in one row or one column at once. */
typedef struct gyre_harp_split gyre_harp_split_t;

typedef gyre_status_t (*gyre_harp_block_fn)(void *arg, int thread, int row, int column);

GYRE_EXPORT gyre_status_t gyre_harp_split_create(int rows, int columns, int threads,
                                                 gyre_harp_block_fn fn, void *arg,
                                                 gyre_harp_split_t **split);
GYRE_EXPORT void gyre_harp_split_destroy(gyre_harp_split_t *split);

/* Every block once, those least often done in earlier runs first; with seconds > 0, none is begun
 * later than that, so that all members rotate together however fast each is. Moves the rotator (or
 * NULL) on meanwhile. *done (or NULL): number of blocks. */
GYRE_EXPORT gyre_status_t gyre_harp_split_run(gyre_harp_split_t *split, double seconds,
                                              gyre_harp_rotator_t *rotator, size_t *done);

#ifdef __cplusplus
}
#endif
#endif
