/* SPDX-License-Identifier: Apache-2.0 */
/* Peers: connections at first contact, order of arriving messages, failure.
 *
 * Every message of a pair of workers carries a number. One that comes ahead of its turn is kept
 * in the peer's early list until those before it have come, whatever way each took. */
#include "comm/peer.h"

#include "base/error.h"
#include "base/log.h"
#include "comm/am.h"
#include "comm/comm.h"
#include "comm/control.h"
#include "comm/failure.h"
#include "comm/message.h"
#include "comm/wait.h"

#include <stdlib.h>
#include <string.h>

gyre__net_t *gyre__peer_carrier(const gyre_context_t *ctx, uint32_t worker)
{
    const gyre__entry_t *entries = ctx->directory.entries;
    if (worker == ctx->rank)
        return ctx->self;
    return ctx->shm && entries[worker].node == entries[ctx->rank].node ? ctx->shm : ctx->net;
}

static gyre_status_t peer_new(gyre_context_t *ctx, uint32_t worker, gyre__peer_t **out)
{
    gyre__peer_t *peer = gyre__pool_get(&ctx->peer_pool);
    if (!peer)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the peer of rank %u", worker);
    *peer = (gyre__peer_t){.worker = worker, .carrier = gyre__peer_carrier(ctx, worker)};
    gyre__list_init(&peer->early);
    gyre__list_init(&peer->active);
    *out = ctx->peers[worker] = peer;
    return GYRE_OK;
}

static gyre_status_t find(gyre_context_t *ctx, uint32_t worker, gyre__peer_t **peer)
{
    *peer = ctx->peers[worker];
    return *peer ? GYRE_OK : peer_new(ctx, worker, peer);
}

gyre_status_t gyre__peer_get(gyre_context_t *ctx, uint32_t worker, gyre__peer_t **peer)
{
    gyre_status_t status = find(ctx, worker, peer);
    if (status == GYRE_OK && (*peer)->failed)
        return gyre__error(GYRE_ERR_PEER_FAILED, "rank %u has failed", worker);
    return status;
}

static gyre_status_t connect_to(gyre_context_t *ctx, gyre__peer_t *peer, gyre__net_t *net,
                                gyre__net_peer_t **link)
{
    const gyre__entry_t *entry = &ctx->directory.entries[peer->worker];
    gyre__log(GYRE__LOG_DEBUG, "connecting to rank %u through %s", peer->worker, net->ops->name);
    ctx->self_hot |= net == ctx->self;
    ctx->net_hot |= net == ctx->net;
    return net->ops->connect(net, net == ctx->shm ? entry->local_rank : peer->worker,
                             ctx->directory.bytes + entry->address, entry->address_length, link);
}

gyre_status_t gyre__peer_link(gyre_context_t *ctx, gyre__peer_t *peer)
{
    return connect_to(ctx, peer, peer->carrier, &peer->link);
}

gyre_status_t gyre__peer_net_link(gyre_context_t *ctx, gyre__peer_t *peer)
{
    gyre__net_peer_t **link = peer->carrier == ctx->net ? &peer->link : &peer->net_link;
    gyre_status_t status = *link ? GYRE_OK : connect_to(ctx, peer, ctx->net, link);
    peer->net_link = *link;
    return status;
}

gyre__arrival_t *gyre__arrival_keep(gyre_context_t *ctx, gyre__peer_t *peer, gyre__net_t *net,
                                    const gyre__envelope_t *envelope,
                                    const gyre__net_message_t *message)
{
    gyre__arrival_t *arrival = gyre__pool_get(&ctx->arrivals);
    size_t here = message->desc ? 0 : message->length;
    char *data = here > sizeof(arrival->inline_data) ? malloc(here) : NULL;
    if (!arrival || (here > sizeof(arrival->inline_data) && !data)) {
        gyre__log(GYRE__LOG_ERROR, "no memory to keep a message of %zu bytes from rank %u",
                  message->length, peer->worker);
        if (arrival)
            gyre__pool_put(&ctx->arrivals, arrival);
        if (message->desc)
            net->ops->drop(net, message->desc);
        gyre__peer_failed(ctx, peer->worker);
        return NULL;
    }
    arrival->envelope = *envelope;
    arrival->header_length = message->header_length;
    memcpy(arrival->header, message->header, message->header_length);
    gyre__list_init(&arrival->link);
    gyre__list_init(&arrival->all);
    arrival->peer = peer;
    arrival->net = net;
    arrival->desc = message->desc;
    arrival->data = data;
    arrival->length = message->length;
    if (here)
        memcpy(data ? data : arrival->inline_data, message->data, here);
    return arrival;
}

void gyre__arrival_drop(gyre_context_t *ctx, gyre__arrival_t *arrival)
{
    if (arrival->desc)
        arrival->net->ops->drop(arrival->net, arrival->desc);
    gyre__arrival_free(ctx, arrival);
}

void gyre__arrival_free(gyre_context_t *ctx, gyre__arrival_t *arrival)
{
    free(arrival->data);
    arrival->data = NULL;
    gyre__pool_put(&ctx->arrivals, arrival);
}

static void drop(gyre__net_t *net, const gyre__net_message_t *message)
{
    if (message->desc)
        net->ops->drop(net, message->desc);
}

/* A message whose turn it is. From here on its header is the user's. */
static void deliver(gyre_context_t *ctx, gyre__peer_t *peer, gyre__net_t *net,
                    const gyre__envelope_t *envelope, const gyre__net_message_t *message)
{
    gyre_comm_t *comm = gyre__map_get(&ctx->comms, envelope->comm);
    bool keep = !comm;
    if (envelope->kind == GYRE__KIND_CONTROL)
        keep = gyre__control_deliver(ctx, comm, peer, envelope, message);
    else if (ctx->closing)
        drop(net, message);
    else if (comm && comm->revoked)
        drop(net, message);
    else if (comm && envelope->kind == GYRE__KIND_TAGGED)
        gyre__message_deliver(comm, peer, net, envelope, message);
    else if (comm)
        gyre__am_deliver(comm, peer, net, envelope, message);
    if (!keep || ctx->closing)
        return;
    if (ctx->deaf && message->desc) {
        drop(net, message);
        return;
    }
    gyre__arrival_t *arrival = gyre__arrival_keep(ctx, peer, net, envelope, message);
    if (arrival)
        gyre__list_append(&ctx->orphans, &arrival->link);
}

/* An arrival as the message it was. */
static void redeliver(gyre_context_t *ctx, gyre__arrival_t *arrival)
{
    gyre__net_message_t message = {
        .header = arrival->header,
        .header_length = arrival->header_length,
        .data = gyre__arrival_data(arrival),
        .length = arrival->length,
        .desc = arrival->desc,
    };
    deliver(ctx, arrival->peer, arrival->net, &arrival->envelope, &message);
    gyre__arrival_free(ctx, arrival);
}

void gyre__peer_adopt(gyre_context_t *ctx, uint64_t comm)
{
    gyre__list_each(at, &ctx->orphans)
    {
        gyre__arrival_t *arrival = gyre__container(at, gyre__arrival_t, link);
        if (arrival->envelope.comm == comm) {
            gyre__list_remove(at);
            redeliver(ctx, arrival);
        }
    }
}

static gyre__arrival_t *next_early(gyre__peer_t *peer)
{
    gyre__list_each(at, &peer->early)
    {
        gyre__arrival_t *arrival = gyre__container(at, gyre__arrival_t, link);
        if (arrival->envelope.seq == peer->recv_seq)
            return arrival;
    }
    return NULL;
}

static void deliver_early(gyre_context_t *ctx, gyre__peer_t *peer)
{
    gyre__arrival_t *arrival;
    while ((arrival = next_early(peer))) {
        gyre__list_remove(&arrival->link);
        peer->recv_seq++;
        redeliver(ctx, arrival);
    }
}

/* False for what is of another epoch, comes while the wire closes, or is no message of Gyre's. */
static bool open_envelope(const gyre_context_t *ctx, const gyre__net_message_t *message,
                          gyre__envelope_t *envelope)
{
    if (message->header_length < GYRE__ENVELOPE_SIZE ||
        message->header_length > GYRE__ENVELOPE_SIZE + GYRE_AM_HEADER_MAX)
        return false;
    *envelope = gyre__envelope_unpack(message->header);
    return ctx->peers && envelope->wire == (uint16_t)ctx->wire_id && envelope->source < ctx->size &&
           envelope->kind < GYRE__KINDS;
}

static void receive(gyre_context_t *ctx, gyre__peer_t *peer, gyre__net_t *net,
                    const gyre__envelope_t *envelope, const gyre__net_message_t *message)
{
    if (__builtin_expect(envelope->seq == peer->recv_seq, 1)) {
        peer->recv_seq++;
        deliver(ctx, peer, net, envelope, message);
        if (__builtin_expect(!gyre__list_empty(&peer->early), 0))
            deliver_early(ctx, peer);
        return;
    }
    gyre__arrival_t *arrival = gyre__arrival_keep(ctx, peer, net, envelope, message);
    if (arrival)
        gyre__list_append(&peer->early, &arrival->link);
}

static void received(gyre_context_t *ctx, gyre__net_t *net, const gyre__net_message_t *message)
{
    gyre__envelope_t envelope;
    gyre__peer_t *peer;
    if (!open_envelope(ctx, message, &envelope) || find(ctx, envelope.source, &peer) != GYRE_OK) {
        gyre__log(GYRE__LOG_DEBUG, "dropped a message of %zu bytes of another epoch",
                  message->length);
        drop(net, message);
        return;
    }
    if (__builtin_expect(peer->failed, 0)) { /* once failed, always failed: nothing more of it */
        gyre__failure_refuse(ctx, peer);
        drop(net, message);
        return;
    }
    gyre__net_message_t inner = *message;
    inner.header = (const char *)message->header + GYRE__ENVELOPE_SIZE;
    inner.header_length -= GYRE__ENVELOPE_SIZE;
    receive(ctx, peer, net, &envelope, &inner);
}

void gyre__peer_received(void *arg, const gyre__net_message_t *message)
{
    gyre_context_t *ctx = arg;
    ctx->net_hot = true;
    received(ctx, ctx->net, message);
}

void gyre__peer_received_shm(void *arg, const gyre__net_message_t *message)
{
    gyre_context_t *ctx = arg;
    received(ctx, ctx->shm, message);
}

void gyre__peer_received_self(void *arg, const gyre__net_message_t *message)
{
    gyre_context_t *ctx = arg;
    received(ctx, ctx->self, message);
}

void gyre__arrival_drop_list(gyre_context_t *ctx, gyre__link_t *list)
{
    gyre__link_t *link;
    while ((link = gyre__list_pop(list)))
        gyre__arrival_drop(ctx, gyre__container(link, gyre__arrival_t, link));
}

static void peer_close(gyre_context_t *ctx, gyre__peer_t *peer)
{
    gyre__arrival_drop_list(ctx, &peer->early);
    gyre__arrival_drop_list(ctx, &peer->active);
    gyre__view_close(&peer->views);
    if (peer->net_link && peer->net_link != peer->link)
        ctx->net->ops->disconnect(ctx->net, peer->net_link);
    if (peer->link)
        peer->carrier->ops->disconnect(peer->carrier, peer->link);
    gyre__pool_put(&ctx->peer_pool, peer);
}

void gyre__peer_close_all(gyre_context_t *ctx)
{
    gyre__peer_t **peers = ctx->peers;
    ctx->peers = NULL;
    for (uint32_t i = 0; peers && i < ctx->size; i++)
        if (peers[i])
            peer_close(ctx, peers[i]);
    free(peers);
    ctx->first_failed = ctx->last_failed = ctx->last_cut = NULL;
}
