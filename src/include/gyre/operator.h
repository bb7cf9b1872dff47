/* SPDX-License-Identifier: Apache-2.0 */
/* Operators: batches from logical tasks to logical tasks, whichever workers those run on. See
 * gyre_operator(3).
 *
 * Sources and targets are numbered from 0 and lie on workers as the caller says: any number of
 * each, several on a worker, or none. A source inserts batches and finishes once; each target gets
 * what comes for it, and is told when nothing more comes. Batches of one source reach a target in
 * the order in which they were inserted. What is under way is bounded: insert may refuse, and a
 * target may ask for a batch to be offered again later.
 *
 * An operator owns no thread: it moves while its worker calls gyre_operator_progress or _wait,
 * which workers without tasks do as well. One thread at a time uses an operator. When a member of
 * the communicator fails, every call returns GYRE_ERR_PEER_FAILED. An error that ends the operator
 * at one member, such as a full disk, is what calls of all members return from then on. */
#ifndef GYRE_OPERATOR_H
#define GYRE_OPERATOR_H

#include <gyre/batch.h>
#include <gyre/comm.h>
#include <gyre/group.h>
#include <gyre/sort.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_operator gyre_operator_t;

/* Name, and which rows reach which targets. */
#define GYRE_OPERATOR_MAP(X)                                                                       \
    X(GYRE_PIPE, "pipe", "source i to target i")                                                   \
    X(GYRE_UNION, "union", "source i to target i modulo the number of targets")                    \
    X(GYRE_BROADCAST, "broadcast", "every source to every target")                                 \
    X(GYRE_GATHER, "gather",                                                                       \
      "every source to the only target; rows with equal keys to one target")                       \
    X(GYRE_ALLGATHER, "allgather", "every source to every target, which learns the source")        \
    X(GYRE_PARTITION, "partition", "each row to the target that a partitioner names")              \
    X(GYRE_REDUCE, "reduce", "aggregates of all rows to the only target; by key to the key's")     \
    X(GYRE_ALLREDUCE, "allreduce", "aggregates of all rows to every target")                       \
    X(GYRE_SORT, "sort", "rows in order: those of a target before those of the next")              \
    X(GYRE_JOIN, "join", "pairs of rows of two sides with equal keys to the target of their key")

typedef enum gyre_operator_kind {
#define GYRE_OPERATOR_ENUM(name, text, brief) name,
    GYRE_OPERATOR_MAP(GYRE_OPERATOR_ENUM)
#undef GYRE_OPERATOR_ENUM
        GYRE_OPERATOR_KINDS
} gyre_operator_kind_t;

/* "partition"; "?" for what is no kind. Static storage. */
GYRE_EXPORT const char *gyre_operator_kind_name(gyre_operator_kind_t kind);

/* Which target a row goes to. */
typedef enum gyre_partitioner {
    GYRE_PARTITIONER_DEFAULT, /* by hash where there are keys, else balanced */
    GYRE_PARTITIONER_HASH,    /* of the key columns: equal keys meet at one target */
    GYRE_PARTITIONER_BALANCE, /* rows of a batch in runs of equal length, each to the next target */
    GYRE_PARTITIONER_RANGE,   /* of the order: those of a target come before those of the next;
                               * about alike in number, as samples of the first rows say */
    GYRE_PARTITIONER_SOURCE,  /* source i to target i modulo the number of targets */
    GYRE_PARTITIONER_USER     /* partition says */
} gyre_partitioner_t;

/* Rows without a partner on the other side that a join keeps, with nulls for what is missing. */
typedef enum gyre_join {
    GYRE_JOIN_INNER, /* none */
    GYRE_JOIN_LEFT,  /* those of the left */
    GYRE_JOIN_RIGHT, /* those of the right */
    GYRE_JOIN_FULL   /* those of both */
} gyre_join_t;

/* How a join finds partners. */
typedef enum gyre_join_algorithm {
    GYRE_JOIN_HASH, /* by a table of the smaller side; pairs come in any order */
    GYRE_JOIN_SORT  /* by sorting both sides; pairs come in order of their keys, but for rows with a
                     * null among these, which come last */
} gyre_join_algorithm_t;

/* Writes the target, 0 to targets - 1, of each of count rows from first on to target_of. An error
 * ends the operator. */
typedef gyre_status_t (*gyre_partition_fn)(void *arg, int source, const gyre_batch_t *batch,
                                           size_t first, size_t count, int targets,
                                           int32_t *target_of);

/* A batch for a target of this worker; source is the task it comes from, of gather without keys,
 * allgather, pipe, broadcast and union, else -1; of a grouped gather 0 for the first batch of a
 * group, 1 for what follows of it. What is kept is given when all sources have finished, or, in a
 * stream, have come to a barrier. batch NULL: nothing more comes; every target is told so once,
 * also one that got nothing. GYRE_OK: taken; GYRE_IN_PROGRESS: not now, to be offered again; an
 * error ends the operator. The batch is the operator's; who retains it keeps a page of its sender,
 * which may then refuse to send more, and releases it before the operator is destroyed. Runs inside
 * calls on the operator; may insert into others, and not wait. */
typedef gyre_status_t (*gyre_receive_fn)(void *arg, int target, int source,
                                         const gyre_batch_t *batch);

/* The barrier with that id has come from all sources: what they inserted before it has been
 * received, or, if it is kept and this is no stream, will be at the end; nothing of what they
 * inserted after it. Once per barrier and target. */
typedef gyre_status_t (*gyre_barrier_fn)(void *arg, int target, uint64_t id);

/* No source inserts rows of before that time any more: the least of what they have said, and more
 * each time. What they inserted before they said so has been received; what is kept in a stream is
 * given first, at the next barrier, and what is kept to the end tells of none. After
 * GYRE_IN_PROGRESS the time may have grown. */
typedef gyre_status_t (*gyre_watermark_fn)(void *arg, int target, int64_t time);

/* For a number of tasks, where 0 is one on each worker. */
enum { GYRE_TASKS_NONE = -1 };

/* Zero is the default for every field but size, schema and receive. All members of the communicator
 * give the same, but for functions and arg. */
typedef struct gyre_operator_opts {
    size_t size; /* sizeof(gyre_operator_opts_t) */
    gyre_operator_kind_t kind;
    const gyre_schema_t
        *schema; /* of what sources insert, and targets receive; see gyre_operator_schema */
    int sources, targets;    /* tasks; 0: one on each worker (gather and reduce without keys: one
                              * target, on rank 0); GYRE_TASKS_NONE: without sources targets are
                              * told of the end, without targets rows are accepted and forgotten */
    const int *source_ranks; /* where they are; NULL: task i on rank i modulo size */
    const int *target_ranks;
    int stream; /* nonzero: what was inserted leaves with the next progress, however little, and a
                 * barrier ends a round of what is kept: targets are given that of the round, then
                 * told of the barrier, then keep the next */
    int bulk;   /* nonzero: targets get nothing before all sources have finished, or a round ends;
                 * until then it is kept, on disk what memory does not hold. Gather by key, reduce,
                 * allreduce, sort and join always keep. */
    const size_t *keys; /* columns: of partition and reduce; of gather, which keeps then, has
                         * any number of targets, and gives each its rows in order of the keys; of
                         * the left side of join */
    size_t key_count;
    gyre_partitioner_t partitioner;
    gyre_partition_fn partition;
    const gyre_aggregate_t *aggregates; /* of reduce and allreduce; see gyre_group(3) */
    size_t aggregate_count;
    const gyre_sort_key_t *order; /* of sort, of a partition by range, and of gather by key: there
                                   * the keys come first, in any order */
    size_t order_count;
    int grouped;                /* gather by key: nonzero: a batch has rows of one key only */
    const gyre_schema_t *right; /* of join, its second side: of what sources there insert */
    int right_sources;          /* numbered behind those of the left */
    const int *right_ranks;
    const size_t *right_keys; /* as many as keys, of the same types */
    gyre_join_t join;
    gyre_join_algorithm_t algorithm;
    gyre_receive_fn receive;
    gyre_barrier_fn barrier;     /* NULL: targets are not told of barriers */
    gyre_watermark_fn watermark; /* NULL: nor of watermarks */
    void *arg;                   /* of the functions */
} gyre_operator_opts_t;

/* Collective over comm. Blocks. Copies the options, and keeps a reference to the schema. */
GYRE_EXPORT gyre_status_t gyre_operator_create(gyre_comm_t *comm, const gyre_operator_opts_t *opts,
                                               gyre_operator_t **op);
/* Local. One that is not complete is given up: that is for all members to do. NULL is allowed. */
GYRE_EXPORT void gyre_operator_destroy(gyre_operator_t *op);

/* Of what targets receive: what sources insert, but of reduce keys and aggregates, and of join all
 * columns of the left, then those of the right, "_right" behind a name that is taken. Lives as long
 * as the operator, or its retained reference. */
GYRE_EXPORT const gyre_schema_t *gyre_operator_schema(const gyre_operator_t *op);

/* Rows of a source of this worker. GYRE_OK: accepted, and the operator keeps a reference;
 * GYRE_IN_PROGRESS: not now; call gyre_operator_progress and try again. A batch without rows is
 * accepted and forgotten. GYRE_ERR_STATE: the source has finished. */
GYRE_EXPORT gyre_status_t gyre_operator_insert(gyre_operator_t *op, int source,
                                               const gyre_batch_t *batch);
/* The same, in between batches; a source that has inserted a barrier is refused until all sources
 * of its worker have. Sources give the same barriers in the same order; one that has finished gives
 * all that come. */
GYRE_EXPORT gyre_status_t gyre_operator_barrier(gyre_operator_t *op, int source, uint64_t id);
/* Between batches: rows of the source that follow are of that time or later, in a unit of the
 * caller's. An earlier one than before is forgotten; a source that has said none holds all targets
 * back, one that says INT64_MAX, or has finished, holds nobody back. Refused as a barrier is. */
GYRE_EXPORT gyre_status_t gyre_operator_watermark(gyre_operator_t *op, int source, int64_t time);
/* Nothing more comes from the source. */
GYRE_EXPORT gyre_status_t gyre_operator_finish(gyre_operator_t *op, int source);

/* Moves everything on. GYRE_OK: complete, all that sources of all workers inserted has been
 * received here and from here; GYRE_IN_PROGRESS: not yet. Never waits. */
GYRE_EXPORT gyre_status_t gyre_operator_progress(gyre_operator_t *op);
/* The same, until something has happened that may let a source insert or a target go on. */
GYRE_EXPORT gyre_status_t gyre_operator_step(gyre_operator_t *op);
/* Until the operator is complete; sources of this worker must have finished. */
GYRE_EXPORT gyre_status_t gyre_operator_wait(gyre_operator_t *op);

/* A complete operator starts anew, with all that it has. Every member calls it; it does not wait
 * for others. */
GYRE_EXPORT gyre_status_t gyre_operator_reset(gyre_operator_t *op);

/* Since the operator was made, of this worker. */
typedef struct gyre_operator_counts {
    size_t size; /* sizeof(gyre_operator_counts_t) */
    uint64_t rows_inserted;
    uint64_t rows_received;
    uint64_t bytes_sent; /* to all workers, this one too */
    uint64_t bytes_received;
    uint64_t refusals;     /* how often a page was not to be had */
    uint64_t rows_spilled; /* written to GYRE_SPILL_DIRS, again and again where need be */
    uint64_t bytes_spilled;
    uint64_t memory_peak; /* most bytes of GYRE_MEMORY that operators of this process held */
} gyre_operator_counts_t;

GYRE_EXPORT gyre_status_t gyre_operator_count(const gyre_operator_t *op,
                                              gyre_operator_counts_t *counts);

/* The rank of a task among tasks spread evenly over workers, neighbours together. */
GYRE_EXPORT int gyre_task_rank(int task, int tasks, int workers);

#ifdef __cplusplus
}
#endif
#endif
