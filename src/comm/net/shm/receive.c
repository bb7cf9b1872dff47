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
        gyre__shm_in_lose(peer->assembling);
    if (peer->assembling || numbers->length > peer->shm->area.ring || !length ||
        length > numbers->length) {
        gyre__shm_corrupt(peer, "began a message that cannot be");
        return;
    }
    gyre__shm_in_t *in = peer->assembling = gyre__shm_in_new(peer, numbers);
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
    gyre__shm_in_t *in = gyre__shm_in_new(peer, numbers);
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
    gyre__shm_fence(peer->shm);
    if (__atomic_load_n(&peer->rx.ring->waiting, __ATOMIC_RELAXED))
        gyre__shm_nudge(peer->shm, peer);
}
