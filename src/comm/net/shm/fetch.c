/* SPDX-License-Identifier: Apache-2.0 */
/* The life of messages with a descriptor: fetched, dropped, lost, canceled.
 *
 * Invariant: a message counts in peer->incomplete from the up-call on until its data is all here
 * or its status says that it never will be. One that is still being assembled outlives its
 * owner's interest, so that the rest of its data finds something to end. */
#include "comm/net/shm/shm.h"

#include "base/error.h"

#include <stdlib.h>

gyre__shm_in_t *gyre__shm_in_new(gyre__shm_peer_t *peer, const gyre__shm_numbers_t *numbers)
{
    gyre__shm_in_t *in = gyre__pool_get(&peer->shm->in_pool);
    if (!in)
        return NULL;
    *in = (gyre__shm_in_t){.peer = peer,
                           .length = numbers->length,
                           .remote = numbers->cookie,
                           .address = numbers->address,
                           .cut = (uint32_t)numbers->extra};
    gyre__list_init(&in->cma);
    gyre__list_append(&peer->inbounds, &in->link);
    peer->incomplete++;
    return in;
}

/* Ends a fetch, or a message that nobody needs any more. */
void gyre__shm_in_end(gyre__shm_in_t *in, gyre_status_t status)
{
    gyre__shm_peer_t *peer = in->peer;
    gyre__net_op_t *op = in->op;
    gyre__list_remove(&in->link);
    gyre__list_remove(&in->cma);
    if (in->cookie)
        gyre__map_remove(&peer->shm->ins, in->cookie);
    if (in->received < in->length && !in->status)
        peer->incomplete--;
    if (in->offered && in->wanted)
        gyre__shm_pace_end(in);
    free(in->store);
    gyre__pool_put(&peer->shm->in_pool, in);
    if (op)
        op->done(op, status);
}

/* The rest of the message will never come. */
void gyre__shm_in_lose(gyre__shm_in_t *in)
{
    if (in->peer->assembling == in)
        in->peer->assembling = NULL;
    if (in->op || in->dropped) {
        gyre__shm_in_end(in, GYRE_ERR_PEER_FAILED);
        return;
    }
    in->status = GYRE_ERR_PEER_FAILED;
    in->peer->incomplete--;
    gyre__list_remove(&in->cma);
}

/* Its owner is done with it; data that still comes in is passed over. */
static void forget(gyre__shm_in_t *in)
{
    in->op = NULL;
    if (in->peer->assembling != in) {
        gyre__shm_in_end(in, GYRE_OK);
        return;
    }
    free(in->store);
    in->store = in->dest = NULL;
    in->dropped = true;
}

/* First message of which data is missing; with cut: of an earlier connection. */
static gyre__shm_in_t *find_missing(gyre__shm_peer_t *peer, const uint32_t *cut)
{
    gyre__list_each(at, &peer->inbounds)
    {
        gyre__shm_in_t *in = gyre__container(at, gyre__shm_in_t, link);
        if (in->received < in->length && !in->status && (!cut || in->cut != *cut))
            return in;
    }
    return NULL;
}

void gyre__shm_in_fail(gyre__shm_peer_t *peer)
{
    for (gyre__shm_in_t *in; (in = find_missing(peer, NULL));)
        gyre__shm_in_lose(in);
    peer->assembling = NULL;
}

void gyre__shm_in_cut(gyre__shm_peer_t *peer)
{
    char *record;
    uint32_t cut = __atomic_load_n(&peer->rx.ring->cut, __ATOMIC_ACQUIRE);
    if (cut == peer->cut || gyre__ring_peek(&peer->rx, &record))
        return;
    peer->cut = cut;
    for (gyre__shm_in_t *in; (in = find_missing(peer, &cut));)
        gyre__shm_in_lose(in);
}

static gyre__shm_in_t *find_fetch(gyre__shm_peer_t *peer)
{
    gyre__list_each(at, &peer->inbounds)
    {
        gyre__shm_in_t *in = gyre__container(at, gyre__shm_in_t, link);
        if (in->op)
            return in;
    }
    return NULL;
}

void gyre__shm_in_cancel(gyre__shm_peer_t *peer)
{
    for (gyre__shm_in_t *in; (in = find_fetch(peer));) {
        gyre__net_op_t *op = in->op;
        if (in->offered && !in->cookie)
            gyre__shm_answer(in, GYRE__SHM_DONE, 0);
        forget(in);
        op->done(op, GYRE_ERR_CANCELED);
    }
}

gyre_status_t gyre__shm_stream(gyre__shm_in_t *in)
{
    gyre__shm_t *shm = in->peer->shm;
    in->cookie = ++shm->cookies;
    gyre_status_t status = gyre__map_put(&shm->ins, in->cookie, in);
    return status ? status : gyre__shm_answer(in, GYRE__SHM_START, in->received);
}

/* Fetches what is still at the sender. */
static gyre_status_t fetch_offered(gyre__shm_in_t *in)
{
    gyre_status_t status = GYRE_ERR_NOT_SUPPORTED;
    if (gyre__shm_pace_start(in))
        status = gyre__shm_cma_piece(in);
    if (status == GYRE_IN_PROGRESS)
        gyre__list_append(&in->peer->shm->cma, &in->cma);
    if (status != GYRE_ERR_NOT_SUPPORTED)
        return status;
    status = gyre__shm_stream(in);
    return status ? status : GYRE_IN_PROGRESS;
}

/* Takes over what has been assembled; the rest goes straight to the buffer. */
static gyre_status_t fetch_assembled(gyre__shm_in_t *in)
{
    if (in->store)
        memcpy(in->dest, in->store, in->received);
    free(in->store);
    in->store = NULL;
    return in->received == in->length ? GYRE_OK : GYRE_IN_PROGRESS;
}

gyre_status_t gyre__shm_fetch(gyre__net_t *net, gyre__net_peer_t *peer, void *desc, void *buffer,
                              size_t length, gyre__net_op_t *op)
{
    gyre__shm_in_t *in = desc;
    uint32_t from = in->peer->index;
    if (length != in->length) {
        size_t expected = in->length;
        gyre__shm_drop(net, desc);
        return gyre__error(GYRE_ERR_ARG, "fetch of %zu bytes; expected the message's %zu", length,
                           expected);
    }
    gyre_status_t status = in->status;
    if (!status) {
        in->dest = buffer;
        in->wanted = true;
        status = in->offered ? fetch_offered(in) : fetch_assembled(in);
    }
    if (status == GYRE_IN_PROGRESS) {
        in->op = op;
        return status;
    }
    forget(in);
    if (status)
        return gyre__error(status, "%zu bytes from worker %u of this node did not come", length,
                           from);
    return GYRE_OK;
}

void gyre__shm_drop(gyre__net_t *net, void *desc)
{
    gyre__shm_in_t *in = desc;
    if (in->offered && !in->status && gyre__shm_answer(in, GYRE__SHM_DONE, 0))
        gyre__shm_corrupt(in->peer, "cannot be answered");
    forget(in);
}
