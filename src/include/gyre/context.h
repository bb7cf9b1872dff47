/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's place in its job, and the progress engine. See gyre_init(3), gyre_worker(3). */
#ifndef GYRE_CONTEXT_H
#define GYRE_CONTEXT_H

#include <gyre/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_context gyre_context_t;

typedef enum gyre_thread {
    GYRE_THREAD_SINGLE,     /* one thread calls Gyre */
    GYRE_THREAD_SERIALIZED, /* several threads, never two at once: the caller sees to it */
    GYRE_THREAD_MULTIPLE    /* any thread at any time */
} gyre_thread_t;

/* Zero is the default for every field but size. */
typedef struct gyre_init_opts {
    size_t size; /* sizeof(gyre_init_opts_t) */
    gyre_thread_t thread;
} gyre_init_opts_t;
#define GYRE_INIT_OPTS_INIT {sizeof(gyre_init_opts_t), GYRE_THREAD_SINGLE}

typedef struct gyre_worker_info {
    uint32_t rank;        /* in the world */
    uint32_t node;        /* 0 .. nodes - 1, in order of each node's lowest rank */
    uint32_t local_rank;  /* 0 .. local_count - 1, within the node */
    uint32_t local_count; /* workers on that node */
    const char *host;     /* the node's name; lives as long as the epoch */
    const char *carrier;  /* provider of messages to it: "self", "shm", "ucx", "ofi". Static */
} gyre_worker_info_t;

/* Wires this worker up with the others of its job: as PMIx client where a launcher left its
 * variables (gyre run, srun --mpi=pmix, mpirun), else as a job of one worker. Collective over
 * the job. opts may be NULL. One context per process: a second is GYRE_ERR_STATE. */
GYRE_EXPORT gyre_status_t gyre_init(const gyre_init_opts_t *opts, gyre_context_t **ctx);

/* Waits until every worker of the job calls it, then closes the wire and frees every object of
 * the context. Never hangs on a dead peer. NULL is allowed. */
GYRE_EXPORT void gyre_finalize(gyre_context_t *ctx);

/* Closes the wire and opens it again in another PMIx namespace, as rank there: a new epoch, of
 * the same or another size. Pending operations end with GYRE_ERR_CANCELED, communicators other
 * than world and self become stale (GYRE_ERR_STALE), registered memory stays registered but its
 * exported keys must be exchanged anew. Collective over the new namespace. On failure the
 * context has no wire until a later gyre_reopen succeeds. nspace NULL: a job of one worker. */
GYRE_EXPORT gyre_status_t gyre_reopen(gyre_context_t *ctx, const char *nspace, uint32_t rank);

/* How often gyre_reopen was called: 0 after gyre_init. */
GYRE_EXPORT uint32_t gyre_epoch(const gyre_context_t *ctx);

GYRE_EXPORT uint32_t gyre_worker_rank(const gyre_context_t *ctx);
GYRE_EXPORT uint32_t gyre_worker_count(const gyre_context_t *ctx);
GYRE_EXPORT uint32_t gyre_node_count(const gyre_context_t *ctx);

/* Where a worker of the world is. GYRE_ERR_RANK when there is none of that rank. */
GYRE_EXPORT gyre_status_t gyre_worker(const gyre_context_t *ctx, uint32_t rank,
                                      gyre_worker_info_t *info);

/* Moves every pending operation on without waiting. Callbacks of active messages run in here
 * and in every call that waits. Returns the number of events handled. */
GYRE_EXPORT unsigned gyre_progress(gyre_context_t *ctx);

/* Name of the network provider in use, "ucx", "ofi" or "self". Static storage. */
GYRE_EXPORT const char *gyre_net_name(const gyre_context_t *ctx);

#ifdef __cplusplus
}
#endif
#endif
