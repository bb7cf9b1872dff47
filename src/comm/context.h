/* SPDX-License-Identifier: Apache-2.0 */
/* The context: one wire, one lock, the objects that live on it.
 *
 * Every public call that touches the wire stands between gyre__enter and gyre__leave; with
 * GYRE_THREAD_MULTIPLE that is a lock. Functions with gyre__ names expect to be inside. */
#ifndef GYRE_COMM_CONTEXT_H
#define GYRE_COMM_CONTEXT_H

#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "comm/boot/directory.h"
#include "comm/heap.h"
#include "comm/net/net.h"
#include "comm/segment.h"
#include "comm/store.h"

#include <gyre/gyre.h>
#include <pthread.h>

typedef struct gyre__am_slot {
    gyre_am_fn fn;
    void *arg;
    gyre__link_t kept; /* messages that came before the function */
} gyre__am_slot_t;

/* Work of another room that gyre__progress drives, and the sleep of a waiting thread heeds. */
typedef struct gyre__poller {
    gyre__link_t link; /* in the context's pollers */
    unsigned (*poll)(struct gyre__poller *poller); /* number of events; may remove itself */
    /* The wire has closed, all requests have ended: may remove itself. NULL: nothing to do. */
    void (*closed)(struct gyre__poller *poller);
} gyre__poller_t;

struct gyre_context {
    gyre_thread_t thread;
    pthread_mutex_t lock; /* recursive: callbacks of active messages come back in */
    pthread_cond_t changed;
    unsigned waiting; /* threads in pthread_cond_wait */
    bool polling;     /* a thread waits in the wire for all */
    bool armed;       /* and sleeps there: gyre__enter must wake it */
    bool busy;        /* inside gyre__progress */
    int wakeup;       /* eventfd for that, -1 without threads */
    int also;         /* a descriptor of another room's that ends a sleep, -1: none */
    bool crowded;     /* more workers than cores here: spinning steals from a peer */
    unsigned vain;    /* where crowded: polls since something happened */

    /* The wire of this epoch. */
    bool open;
    uint32_t epoch;
    uint32_t wire_id;
    gyre__segment_t segment;
    gyre__directory_t directory;
    uint32_t rank, size, local_rank, local_size;
    gyre__net_t *self, *shm, *net;
    bool self_hot; /* this worker sends to itself: poll for it */
    bool net_hot;  /* the network provider is in use: poll it every time */
    unsigned net_skips;
    struct gyre__peer **peers; /* by world rank, made at first contact */
    gyre__likeness_t likeness;

    gyre__heap_t heap; /* of the node segment */
    gyre__link_t pollers;

    /* Failures, and the wire's own messages about them. */
    struct gyre__peer *first_failed, *last_failed; /* in the order in which we learned of them */
    struct gyre__peer *last_cut;                   /* those up to this one: gyre__failure_cut */
    gyre__link_t watchers;
    gyre__link_t agreements; /* with something to do */
    gyre__link_t outbox;     /* control messages to send */
    bool due;            /* gyre__control_run has something to do */
    bool news;           /* neighbours have not been told of all failures */
    bool leaving;        /* finalizing: others may close before us */
    bool deaf;           /* finalizing: see gyre__farewell_deaf */
    bool closing;        /* the wire is: nothing is delivered any more */
    size_t fetching, owed; /* operations that farewell.c waits for */

    uint32_t next_comm;
    gyre__map_t comms;    /* id -> gyre_comm_t */
    gyre__link_t orphans; /* arrivals for communicators this worker has not made yet */
    gyre_comm_t *world, *own;

    gyre__am_slot_t am[GYRE_AM_IDS];
    gyre__link_t mems;   /* registered regions */
    gyre__link_t idle;   /* released ones, kept for reuse */
    size_t idle_bytes;
    gyre__store_t store; /* of allocated regions */
    gyre__link_t packed; /* provider's keys of remote regions, for later */
    size_t unwatched;    /* see gyre__unwatched */
    gyre__pool_t requests, comm_pool, arrivals, controls, peer_pool, mem_pool, remote_pool;
};

static inline bool gyre__threads(const gyre_context_t *ctx)
{
    return ctx->thread == GYRE_THREAD_MULTIPLE;
}

void gyre__enter_threads(gyre_context_t *ctx);
void gyre__leave_threads(gyre_context_t *ctx);

static inline void gyre__enter(gyre_context_t *ctx)
{
    if (gyre__threads(ctx))
        gyre__enter_threads(ctx);
}

static inline void gyre__leave(gyre_context_t *ctx)
{
    if (gyre__threads(ctx))
        gyre__leave_threads(ctx);
}

/* Polls the providers and the pollers once; 0 inside a callback. */
unsigned gyre__progress(gyre_context_t *ctx);
unsigned gyre__progress_pollers(gyre_context_t *ctx);
void gyre__close_pollers(gyre_context_t *ctx);

/* Of lib: the rooms above read their configuration, before the wire opens. */
gyre_status_t gyre__rooms_configure(gyre__likeness_t *likeness);

/* GYRE_ERR_STATE without a wire (after a failed gyre_reopen). */
gyre_status_t gyre__context_check(const gyre_context_t *ctx);

#endif
