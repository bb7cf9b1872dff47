/* SPDX-License-Identifier: Apache-2.0 */
/* The sending side. A message leaves as one record (WHOLE), as several in a row (FIRST, MORE), or
 * is offered (ASK) and then streamed or read by the receiver.
 *
 * Invariant: while a peer's queue holds something, everything but pieces of streams goes through
 * the queue, so that records of a pair stay in order. Streams take turns behind the queue and
 * leave half of the ring free, so that small messages pass them. */
#include "comm/net/shm/shm.h"

#include "base/error.h"

static void mark_busy(gyre__shm_peer_t *peer)
{
    gyre__list_remove(&peer->busy);
    gyre__list_append(&peer->shm->busy, &peer->busy);
}

static void publish(gyre__shm_peer_t *peer, uint64_t lines, uint64_t word)
{
    gyre__ring_publish(&peer->tx, lines, word);
    gyre__shm_nudge(peer->shm, peer);
}

static inline void write_whole(gyre__shm_peer_t *peer, char *record, const void *header,
                               size_t header_length, const void *data, size_t length,
                               uint64_t lines, size_t offset)
{
    gyre__ring_own(record, lines);
    gyre__shm_copy(record + offset, data, length);
    gyre__shm_copy_header(record + sizeof(uint64_t), header, header_length);
    publish(peer, lines, gyre__shm_word(GYRE__SHM_WHOLE, header_length, length));
}

static bool push_whole(gyre__shm_out_t *out)
{
    size_t offset = gyre__shm_data_offset(out->header_length, out->length);
    uint64_t lines = gyre__ring_lines(offset + out->length);
    char *record = gyre__ring_reserve(&out->peer->tx, lines);
    if (record)
        write_whole(out->peer, record, out->header, out->header_length, out->data, out->length,
                    lines, offset);
    return record != NULL;
}

/* Writes one record of numbers and header, data on the lines behind them. */
static bool push_record(gyre__shm_out_t *out, size_t length)
{
    const size_t word = sizeof(out->numbers.word);
    size_t offset = sizeof(out->numbers) + out->header_length;
    if (length)
        offset = gyre__shm_align(offset, GYRE__RING_LINE);
    uint64_t lines = gyre__ring_lines(offset + length);
    char *record = gyre__ring_reserve(&out->peer->tx, lines);
    if (!record)
        return false;
    gyre__ring_own(record, lines);
    if (length)
        memcpy(record + offset, out->data, length);
    memcpy(record + word, (char *)&out->numbers + word, sizeof(out->numbers) - word);
    gyre__shm_copy(record + sizeof(out->numbers), out->header, out->header_length);
    publish(out->peer, lines, gyre__shm_word(out->kind, out->header_length, length));
    out->offset += length;
    out->begun = true;
    return true;
}

/* Writes the next data of a message or stream: one line for the numbers, then the data. */
static bool push_data(gyre__shm_out_t *out, int kind, size_t most)
{
    size_t length = out->length - out->offset < most ? out->length - out->offset : most;
    uint64_t lines = 1 + gyre__ring_lines(length);
    char *record = gyre__ring_reserve(&out->peer->tx, lines);
    if (!record)
        return false;
    gyre__ring_own(record, lines);
    memcpy(record + GYRE__RING_LINE, out->data + out->offset, length);
    ((gyre__shm_numbers_t *)record)->cookie = out->remote;
    publish(out->peer, lines, gyre__shm_word(kind, 0, length));
    out->offset += length;
    return true;
}

static bool push_eager(gyre__shm_out_t *out)
{
    size_t most = out->peer->shm->eager_piece;
    if (!out->begun && !push_record(out, out->length < most ? out->length : most))
        return false;
    while (out->offset < out->length)
        if (!push_data(out, GYRE__SHM_MORE, most))
            return false;
    return true;
}

/* True: all of it is in the ring. */
static bool push_out(gyre__shm_out_t *out)
{
    switch (out->kind) {
    case GYRE__SHM_WHOLE:
        return push_whole(out);
    case GYRE__SHM_FIRST:
        return push_eager(out);
    default:
        return push_record(out, 0);
    }
}

/* Pushes at once or queues. Afterwards the header is the caller's again. */
static gyre_status_t start(gyre__shm_out_t *out)
{
    gyre__shm_peer_t *peer = out->peer;
    bool pushed = gyre__list_empty(&peer->queue) && push_out(out);
    if (pushed && !out->cookie) {
        gyre__pool_put(&peer->shm->out_pool, out);
        return GYRE_OK;
    }
    gyre__list_append(&peer->order, &out->order);
    if (!pushed) {
        gyre__shm_copy(out->copy, out->header, out->header_length);
        out->header = out->copy;
        gyre__list_append(&peer->queue, &out->queue);
        mark_busy(peer);
    }
    return GYRE_IN_PROGRESS;
}

/* Gives the operation a number by which the receiver can answer. */
static gyre_status_t offer(gyre__shm_t *shm, gyre__shm_out_t *out)
{
    out->cookie = ++shm->cookies;
    gyre_status_t status = gyre__map_put(&shm->outs, out->cookie, out);
    if (status) {
        gyre__pool_put(&shm->out_pool, out);
        return status;
    }
    out->numbers.cookie = out->cookie;
    out->numbers.address = (uintptr_t)out->data;
    return start(out);
}

static __attribute__((noinline)) gyre_status_t send_slowly(gyre__shm_t *shm, gyre__shm_peer_t *peer,
                                                           const void *header, size_t header_length,
                                                           const void *data, size_t length,
                                                           gyre__net_op_t *op)
{
    if (header_length > GYRE__NET_HEADER_MAX)
        return gyre__error(GYRE_ERR_ARG, "header of %zu bytes; expected at most %d", header_length,
                           GYRE__NET_HEADER_MAX);
    if (peer->failed)
        return gyre__shm_peer_failed(peer);
    int kind = length <= shm->whole_max   ? GYRE__SHM_WHOLE
               : length <= shm->eager_max ? GYRE__SHM_FIRST
                                          : GYRE__SHM_ASK;
    gyre__shm_out_t *out = gyre__shm_out_new(peer, kind, op);
    if (!out)
        return gyre__shm_no_memory();
    out->header = header;
    out->header_length = (uint32_t)header_length;
    out->data = data;
    out->length = length;
    out->numbers.length = length;
    out->numbers.extra = peer->tx.ring->cut;
    return kind == GYRE__SHM_ASK ? offer(shm, out) : start(out);
}

gyre_status_t gyre__shm_send(gyre__net_t *net, gyre__net_peer_t *to, const void *header,
                             size_t header_length, const void *data, size_t length,
                             gyre__net_op_t *op)
{
    gyre__shm_t *shm = (gyre__shm_t *)net;
    gyre__shm_peer_t *peer = (gyre__shm_peer_t *)to;
    if (length <= shm->whole_max && header_length <= GYRE__NET_HEADER_MAX &&
        gyre__list_empty(&peer->queue)) {
        size_t offset = gyre__shm_data_offset(header_length, length);
        uint64_t lines = gyre__ring_lines(offset + length);
        char *record = gyre__ring_try(&peer->tx, lines);
        if (__builtin_expect(record != NULL, 1)) {
            write_whole(peer, record, header, header_length, data, length, lines, offset);
            return GYRE_OK;
        }
    }
    return send_slowly(shm, peer, header, header_length, data, length, op);
}

gyre_status_t gyre__shm_answer(gyre__shm_in_t *in, int kind, uint64_t offset)
{
    gyre__shm_peer_t *peer = in->peer;
    if (peer->failed)
        return gyre__shm_peer_failed(peer);
    gyre__shm_out_t *out = gyre__shm_out_new(peer, kind, NULL);
    if (!out)
        return gyre__shm_no_memory();
    out->numbers.length = offset;
    out->numbers.cookie = in->remote;
    out->numbers.extra = in->cookie;
    gyre_status_t status = start(out);
    return status < 0 ? status : GYRE_OK;
}

/* The operation that a peer names; NULL: finished or canceled meanwhile, or never was. */
static gyre__shm_out_t *find(gyre__shm_peer_t *peer, uint64_t cookie)
{
    gyre__shm_out_t *out = gyre__map_get(&peer->shm->outs, cookie);
    return out && out->peer == peer && out->begun ? out : NULL;
}

void gyre__shm_on_start(gyre__shm_peer_t *peer, const gyre__shm_numbers_t *numbers)
{
    gyre__shm_out_t *out = find(peer, numbers->cookie);
    if (!out)
        return;
    if (numbers->length >= out->length) {
        gyre__shm_corrupt(peer, "asks for data behind the end of a message");
        return;
    }
    out->offset = numbers->length;
    out->remote = numbers->extra;
    gyre__list_remove(&out->queue);
    gyre__list_append(&peer->streams, &out->queue);
    mark_busy(peer);
}

void gyre__shm_on_done(gyre__shm_peer_t *peer, const gyre__shm_numbers_t *numbers)
{
    gyre__shm_out_t *out = find(peer, numbers->cookie);
    if (out)
        gyre__shm_out_finish(out, GYRE_OK);
}

static unsigned push_queue(gyre__shm_peer_t *peer)
{
    unsigned events = 0;
    while (!gyre__list_empty(&peer->queue)) {
        gyre__shm_out_t *out = gyre__container(peer->queue.next, gyre__shm_out_t, queue);
        if (!push_out(out))
            break;
        events++;
        gyre__list_remove(&out->queue);
        if (!out->cookie)
            gyre__shm_out_finish(out, GYRE_OK);
    }
    return events;
}

/* Streams fill the ring to the half only. */
static bool stream_may(gyre__ring_tx_t *tx)
{
    if (gyre__ring_used(tx) < tx->count / 2)
        return true;
    return gyre__ring_refresh(tx) && gyre__ring_used(tx) < tx->count / 2;
}

static unsigned push_streams(gyre__shm_peer_t *peer)
{
    unsigned events = 0;
    while (events < 8 && !gyre__list_empty(&peer->streams) && stream_may(&peer->tx)) {
        gyre__shm_out_t *out = gyre__container(peer->streams.next, gyre__shm_out_t, queue);
        if (!push_data(out, GYRE__SHM_DATA, peer->shm->stream_piece))
            break;
        events++;
        gyre__list_remove(&out->queue);
        if (out->offset == out->length)
            gyre__shm_out_finish(out, GYRE_OK);
        else
            gyre__list_append(&peer->streams, &out->queue);
    }
    return events;
}

unsigned gyre__shm_push(gyre__shm_t *shm)
{
    unsigned events = 0;
    gyre__link_t now;
    gyre__shm_list_take(&now, &shm->busy);
    for (gyre__link_t *link; (link = gyre__list_pop(&now));) {
        gyre__shm_peer_t *peer = gyre__container(link, gyre__shm_peer_t, busy);
        events += push_queue(peer);
        if (gyre__list_empty(&peer->queue))
            events += push_streams(peer);
        if (peer->tx.broken)
            gyre__shm_corrupt(peer, "returns space that it did not have");
        else if (!gyre__list_empty(&peer->queue) || !gyre__list_empty(&peer->streams))
            mark_busy(peer);
        else
            __atomic_store_n(&peer->tx.ring->waiting, 0, __ATOMIC_RELAXED);
    }
    return events;
}
