/* SPDX-License-Identifier: Apache-2.0 */
/* Who has failed. A worker learns of a failure from a provider or from another worker; it ends what
 * waits for the failed one here, calls the watchers, and passes the news on. */
#ifndef GYRE_COMM_FAILURE_H
#define GYRE_COMM_FAILURE_H

#include "comm/comm.h"

/* Told of trouble, inside progress: must not wait. Both functions are set. */
typedef struct gyre__watcher gyre__watcher_t;
struct gyre__watcher {
    gyre__link_t link;
    void (*failed)(gyre__watcher_t *watcher, uint32_t worker);    /* world rank; once for each */
    void (*revoked)(gyre__watcher_t *watcher, gyre_comm_t *comm); /* once for each */
};

/* The watcher is the caller's until it leaves. */
void gyre__failure_watch(gyre_context_t *ctx, gyre__watcher_t *watcher);
void gyre__failure_unwatch(gyre__watcher_t *watcher);

/* Whether a member, by its rank here, is known to have failed. */
bool gyre__comm_member_failed(const gyre_comm_t *comm, int rank);

/* Whether any member is. */
static inline bool gyre__comm_has_failed(const gyre_comm_t *comm)
{
    return comm->failed > 0;
}

/* GYRE_OK, GYRE_ERR_REVOKED, or GYRE_ERR_PEER_FAILED when a member has failed. No detail line. */
static inline gyre_status_t gyre__comm_trouble(const gyre_comm_t *comm)
{
    if (__builtin_expect(comm->revoked, 0))
        return GYRE_ERR_REVOKED;
    return __builtin_expect(comm->failed > 0, 0) ? GYRE_ERR_PEER_FAILED : GYRE_OK;
}

/* Counts the failed members of a new communicator. */
void gyre__failure_count(gyre_comm_t *comm);

/* News from another worker. */
void gyre__failure_hear(gyre_context_t *ctx, gyre__peer_t *from, const void *bytes, size_t length);

/* A message of one that has failed: it lives, and is told that it has been given up. */
void gyre__failure_refuse(gyre_context_t *ctx, gyre__peer_t *from);

/* Queues all that the worker has not been told from here. */
void gyre__failure_tell(gyre_context_t *ctx, uint32_t worker);

/* Ends what is under way between this worker and those that have failed, where their providers do
 * not. Outside of these providers' up-calls. False: not all can be ended yet. */
bool gyre__failure_cut(gyre_context_t *ctx);

/* Data is being fetched from a peer, which may have failed long ago. */
void gyre__failure_fetching(gyre_context_t *ctx, gyre__peer_t *from);

/* Tells the neighbours, when there is something to tell. */
void gyre__failure_spread(gyre_context_t *ctx);

void gyre__failure_open(gyre_context_t *ctx);

#endif
