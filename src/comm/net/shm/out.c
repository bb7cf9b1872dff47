/* SPDX-License-Identifier: Apache-2.0 */
/* The life of outgoing operations that could not be finished at once, and flush.
 *
 * Invariant: peer->order holds all of them, oldest first, until each is finished; a flush leaves
 * a marker at its end and is done when every marker has become the first of its list. */
#include "comm/net/shm/shm.h"

#include "base/error.h"

#include <stdlib.h>

/* Counts one marker of a flush as through. */
static void flush_step(gyre__shm_flush_t *flush, gyre_status_t status)
{
    if (status)
        flush->status = status;
    if (--flush->markers)
        return;
    gyre__net_op_t *op = flush->op;
    status = flush->status;
    free(flush);
    op->done(op, status);
}

/* Takes an operation off all lists and tells its owner. */
static void finish_one(gyre__shm_out_t *out, gyre_status_t status)
{
    gyre__shm_t *shm = out->peer->shm;
    gyre__net_op_t *op = out->op;
    gyre__shm_flush_t *flush = out->flush;
    gyre__list_remove(&out->order);
    gyre__list_remove(&out->queue);
    if (out->cookie)
        gyre__map_remove(&shm->outs, out->cookie);
    gyre__pool_put(&shm->out_pool, out);
    if (flush)
        flush_step(flush, status);
    else if (op)
        op->done(op, status);
}

void gyre__shm_out_finish(gyre__shm_out_t *out, gyre_status_t status)
{
    gyre__shm_peer_t *peer = out->peer;
    finish_one(out, status);
    while (!gyre__list_empty(&peer->order)) {
        gyre__shm_out_t *first = gyre__container(peer->order.next, gyre__shm_out_t, order);
        if (!first->flush)
            return;
        finish_one(first, GYRE_OK);
    }
}

/* First operation of the wire's, or of any. */
static gyre__shm_out_t *find_op(gyre__shm_peer_t *peer, bool ours)
{
    gyre__list_each(at, &peer->order)
    {
        gyre__shm_out_t *out = gyre__container(at, gyre__shm_out_t, order);
        if (ours || out->op || out->flush)
            return out;
    }
    return NULL;
}

void gyre__shm_out_end(gyre__shm_peer_t *peer, gyre_status_t status, bool ours)
{
    for (gyre__shm_out_t *out; (out = find_op(peer, ours));)
        finish_one(out, status);
}

gyre_status_t gyre__shm_no_memory(void)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an operation of the node segment");
}

gyre_status_t gyre__shm_peer_failed(const gyre__shm_peer_t *peer)
{
    return gyre__error(GYRE_ERR_PEER_FAILED, "worker %u of this node has failed", peer->index);
}

gyre__shm_out_t *gyre__shm_out_new(gyre__shm_peer_t *peer, int kind, gyre__net_op_t *op)
{
    gyre__shm_out_t *out = gyre__pool_get(&peer->shm->out_pool);
    if (!out)
        return NULL;
    memset(out, 0, offsetof(gyre__shm_out_t, copy));
    out->peer = peer;
    out->kind = (uint8_t)kind;
    out->op = op;
    out->header = out->copy;
    gyre__list_init(&out->order);
    gyre__list_init(&out->queue);
    if (!peer->contacted) {
        peer->contacted = true;
        gyre__shm_area_contact(&peer->shm->area, peer->shm->params.local_rank, peer->index);
    }
    return out;
}

/* A marker behind every unfinished operation to the peer. */
static gyre_status_t mark(gyre__shm_peer_t *peer, gyre__shm_flush_t *flush)
{
    if (gyre__list_empty(&peer->order))
        return GYRE_OK;
    gyre__shm_out_t *out = gyre__shm_out_new(peer, 0, NULL);
    if (!out)
        return gyre__shm_no_memory();
    out->flush = flush;
    flush->markers++;
    gyre__list_append(&peer->order, &out->order);
    return GYRE_OK;
}

static void unmark(gyre__shm_t *shm, const gyre__shm_flush_t *flush)
{
    for (uint32_t i = 0; i < shm->area.workers; i++) {
        gyre__shm_peer_t *peer = shm->peers[i];
        if (!peer || gyre__list_empty(&peer->order))
            continue;
        gyre__shm_out_t *last = gyre__container(peer->order.prev, gyre__shm_out_t, order);
        if (last->flush != flush)
            continue;
        gyre__list_remove(&last->order);
        gyre__pool_put(&shm->out_pool, last);
    }
}

gyre_status_t gyre__shm_flush(gyre__net_t *net, gyre__net_peer_t *to, gyre__net_op_t *op)
{
    gyre__shm_t *shm = (gyre__shm_t *)net;
    gyre__shm_peer_t *only = (gyre__shm_peer_t *)to;
    if (only && only->failed)
        return gyre__shm_peer_failed(only);
    gyre__shm_flush_t *flush = malloc(sizeof(*flush));
    if (!flush)
        return gyre__shm_no_memory();
    *flush = (gyre__shm_flush_t){.op = op};
    gyre_status_t status = GYRE_OK;
    for (uint32_t i = 0; i < shm->area.workers && !status; i++)
        if (shm->peers[i] && (!only || only == shm->peers[i]))
            status = mark(shm->peers[i], flush);
    if (!status && flush->markers)
        return GYRE_IN_PROGRESS;
    unmark(shm, flush);
    free(flush);
    return status;
}
