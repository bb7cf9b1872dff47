/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving side: takes records out of rings, assembles, fetches and drops.
 *
 * Invariant: what a peer wrote is read once, into a local copy, and checked before it is used; a
 * record that cannot be fails its peer. A cookie that is not known belongs to something canceled
 * and is passed over. */
#include "comm/net/shm/shm.h"

#include "base/error.h"

#include <stdlib.h>

#define ROUND 16 /* records of one peer before others have their turn */

static void upcall(gyre__shm_t *shm, const void *header, size_t header_length, const void *data,
                   size_t length, void *desc)
{
    gyre__net_message_t message = {header, header_length, data, length, desc};
    shm->params.received(shm->params.arg, &message);
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

static gyre__shm_in_t *new_in(gyre__shm_peer_t *peer, const gyre__shm_numbers_t *numbers)
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

/* The next data of a message. */
static void take(gyre__shm_in_t *in, const char *data, size_t length)
{
    if (in->dest)
        memcpy(in->dest + in->received, data, length);
    in->received += length;
    if (in->received < in->length)
        return;
    gyre__shm_peer_t *peer = in->peer;
    if (peer->assembling == in)
        peer->assembling = NULL;
    if (!in->status)
        peer->incomplete--;
    if (in->wanted || in->dropped)
        gyre__shm_in_end(in, in->status);
}

static void on_whole(gyre__shm_peer_t *peer, const char *record, uint64_t word, uint64_t room)
{
    size_t header_length = word >> 8 & 0xffff, length = word >> 32;
    size_t offset = gyre__shm_data_offset(header_length, length);
    if (header_length > GYRE__NET_HEADER_MAX || offset + length > room) {
        gyre__shm_corrupt(peer, "wrote a message with impossible lengths");
        return;
    }
    upcall(peer->shm, record + sizeof(word), header_length, record + offset, length, NULL);
    if (gyre__ring_release(&peer->rx, gyre__ring_lines(offset + length)))
        gyre__shm_give_back(peer);
}

/* The rest of the message will never come. */
static void lose(gyre__shm_in_t *in)
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

/* Nobody fetched it in the up-call: its data needs a place of ours. */
static void shelter(gyre__shm_in_t *in)
{
    in->dest = in->store = malloc(in->length);
    if (in->store)
        return;
    in->status = GYRE_ERR_NO_MEMORY;
    in->peer->incomplete--;
}

static void on_first(gyre__shm_peer_t *peer, const char *record, size_t header_length,
                     const char *data, size_t length, const gyre__shm_numbers_t *numbers)
{
    if (peer->assembling && peer->assembling->cut != (uint32_t)numbers->extra)
        lose(peer->assembling);
    if (peer->assembling || numbers->length > peer->shm->area.ring || !length ||
        length > numbers->length) {
        gyre__shm_corrupt(peer, "began a message that cannot be");
        return;
    }
    gyre__shm_in_t *in = peer->assembling = new_in(peer, numbers);
    if (!in) {
        gyre__shm_corrupt(peer, "sent more than there is memory for");
        return;
    }
    upcall(peer->shm, record + sizeof(*numbers), header_length, NULL, in->length, in);
    if (!in->wanted && !in->dropped)
        shelter(in);
    take(in, data, length);
}

static void on_more(gyre__shm_peer_t *peer, const char *data, size_t length)
{
    gyre__shm_in_t *in = peer->assembling;
    if (!in || !length || length > in->length - in->received)
        gyre__shm_corrupt(peer, "wrote more of a message than there is");
    else
        take(in, data, length);
}

static void on_data(gyre__shm_peer_t *peer, const char *data, size_t length, uint64_t cookie)
{
    gyre__shm_in_t *in = gyre__map_get(&peer->shm->ins, cookie);
    if (!in || in->peer != peer)
        return;
    if (!length || length > in->length - in->received)
        gyre__shm_corrupt(peer, "streamed more of a message than there is");
    else
        take(in, data, length);
}

static void on_ask(gyre__shm_peer_t *peer, const char *record, size_t header_length,
                   const gyre__shm_numbers_t *numbers)
{
    if (!numbers->length || numbers->length > SIZE_MAX / 2) {
        gyre__shm_corrupt(peer, "offered a message that cannot be");
        return;
    }
    gyre__shm_in_t *in = new_in(peer, numbers);
    if (!in) {
        gyre__shm_corrupt(peer, "sent more than there is memory for");
        return;
    }
    in->offered = true;
    upcall(peer->shm, record + sizeof(*numbers), header_length, NULL, in->length, in);
}

/* Every kind but WHOLE: numbers and header, then data on lines of its own. */
static void on_numbers(gyre__shm_peer_t *peer, const char *record, uint64_t word, uint64_t room)
{
    size_t header_length = word >> 8 & 0xffff, length = word >> 32;
    size_t offset = sizeof(gyre__shm_numbers_t) + header_length;
    if (length)
        offset = gyre__shm_align(offset, GYRE__RING_LINE);
    if (header_length > GYRE__NET_HEADER_MAX || offset + length > room) {
        gyre__shm_corrupt(peer, "wrote a record with impossible lengths");
        return;
    }
    gyre__shm_numbers_t numbers;
    memcpy(&numbers, record, sizeof(numbers));
    switch (GYRE__RING_KIND(word)) {
    case GYRE__SHM_FIRST:
        on_first(peer, record, header_length, record + offset, length, &numbers);
        break;
    case GYRE__SHM_MORE:
        on_more(peer, record + offset, length);
        break;
    case GYRE__SHM_ASK:
        on_ask(peer, record, header_length, &numbers);
        break;
    case GYRE__SHM_START:
        gyre__shm_on_start(peer, &numbers);
        break;
    case GYRE__SHM_DATA:
        on_data(peer, record + offset, length, numbers.cookie);
        break;
    case GYRE__SHM_DONE:
        gyre__shm_on_done(peer, &numbers);
        break;
    default:
        gyre__shm_corrupt(peer, "wrote a record of unknown kind");
    }
    if (gyre__ring_release(&peer->rx, gyre__ring_lines(offset + length)))
        gyre__shm_give_back(peer);
}

unsigned gyre__shm_receive(gyre__shm_peer_t *peer)
{
    unsigned events = 0;
    char *record;
    for (uint64_t word; events < ROUND && (word = gyre__ring_peek(&peer->rx, &record)); events++) {
        uint64_t room = gyre__ring_room(&peer->rx);
        if (__builtin_expect(GYRE__RING_KIND(word) == GYRE__SHM_WHOLE, 1))
            on_whole(peer, record, word, room);
        else
            on_numbers(peer, record, word, room);
    }
    return events;
}

void gyre__shm_give_back(gyre__shm_peer_t *peer)
{
    gyre__ring_return(&peer->rx);
    __atomic_thread_fence(peer->shm->fence ? __ATOMIC_SEQ_CST : __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&peer->rx.ring->waiting, __ATOMIC_RELAXED))
        gyre__shm_nudge(peer->shm, peer);
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
        lose(in);
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
        lose(in);
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
    if (status == GYRE_ERR_NOT_SUPPORTED)
        status = gyre__shm_stream(in) ? GYRE_ERR_NO_MEMORY : GYRE_IN_PROGRESS;
    return status;
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

gyre_status_t gyre__shm_fetch(gyre__net_t *net, void *desc, void *buffer, size_t length,
                              gyre__net_op_t *op)
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
