/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of node peers. A peer that was reached into stays connected through the node segment,
 * whose provider notices its death. What cannot be mapped once is not tried again in the epoch, so
 * that a peer's regions are all accessed one way. */
#include "base/error.h"
#include "base/log.h"
#include "comm/mem.h"

/* A peer on this node, connected; NULL: none that lives. */
static gyre__peer_t *meet(gyre_context_t *ctx, uint32_t worker)
{
    gyre__peer_t *peer;
    if (!ctx->shm || worker >= ctx->size || gyre__peer_carrier(ctx, worker) != ctx->shm ||
        gyre__peer_get(ctx, worker, &peer) != GYRE_OK ||
        (!peer->link && gyre__peer_link(ctx, peer) != GYRE_OK))
        return NULL;
    return peer;
}

static void *map(gyre_context_t *ctx, uint32_t worker, const gyre__mem_place_t *place)
{
    gyre__peer_t *peer = meet(ctx, worker);
    int32_t pid = peer && !peer->no_views ? gyre__shm_pid(peer->link) : 0;
    if (!pid)
        return NULL;
    gyre_status_t status = gyre__view_open(&peer->views, pid, place);
    peer->no_views = status == GYRE_ERR_NOT_SUPPORTED;
    if (status != GYRE_OK)
        gyre__log(GYRE__LOG_DEBUG, "memory of rank %u cannot be mapped: %s", worker,
                  gyre_status_string(status));
    return gyre__view_find(peer->views, place);
}

void *gyre__mem_reach(gyre_context_t *ctx, uint32_t worker, const gyre__mem_place_t *place)
{
    if (worker == ctx->rank)
        return gyre__store_at(&ctx->store, place);
    gyre__peer_t *peer = worker < ctx->size ? ctx->peers[worker] : NULL;
    void *addr = peer && !peer->failed ? gyre__view_find(peer->views, place) : NULL;
    return addr ? addr : map(ctx, worker, place);
}

bool gyre__mem_readable(gyre_context_t *ctx, uint32_t worker)
{
    gyre__peer_t *peer = meet(ctx, worker);
    return peer && gyre__shm_readable(peer->link);
}

static gyre_status_t find(gyre_context_t *ctx, uint32_t worker, gyre__peer_t **peer)
{
    *peer = meet(ctx, worker);
    return *peer ? GYRE_OK
                 : gyre__error(GYRE_ERR_NOT_SUPPORTED, "rank %u is not on this node, or has failed",
                               worker);
}

gyre_status_t gyre__mem_read(gyre_context_t *ctx, uint32_t worker, void *to, uint64_t from,
                             size_t length)
{
    gyre__peer_t *peer;
    gyre_status_t status = find(ctx, worker, &peer);
    return status == GYRE_OK && length ? gyre__shm_read(peer->link, to, from, length) : status;
}
