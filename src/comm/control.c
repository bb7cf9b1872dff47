/* SPDX-License-Identifier: Apache-2.0 */
/* Control messages: queued, sent when progress has ended its round, taken in when they come. A
 * message is all header, so that it is copied at once and never has to be fetched. */
#include "comm/control.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "comm/comm.h"
#include "comm/failure.h"

#include <string.h>

void gyre__control_send(gyre_context_t *ctx, uint32_t dest, gyre__control_t control, uint64_t comm,
                        const void *bytes, size_t length)
{
    gyre__control_message_t *message = gyre__pool_get(&ctx->controls);
    if (!message) {
        gyre__log(GYRE__LOG_ERROR, "no memory for a message to rank %u", dest);
        gyre__peer_failed(ctx, dest);
        return;
    }
    *message = (gyre__control_message_t){
        .ctx = ctx, .dest = dest, .control = control, .comm = comm, .length = length};
    if (length)
        memcpy(message->bytes + GYRE__ENVELOPE_SIZE, bytes, length);
    gyre__list_append(&ctx->outbox, &message->link);
    ctx->due = true;
}

static void sent(gyre__net_op_t *op, gyre_status_t status)
{
    gyre__control_message_t *message = gyre__container(op, gyre__control_message_t, op);
    if (status != GYRE_OK)
        gyre__log(GYRE__LOG_DEBUG, "a message to rank %u was lost: %s", message->dest,
                  gyre_status_string(status));
    gyre__pool_put(&message->ctx->controls, message);
}

/* The peer's number is taken as late as this, for messages sent meanwhile have theirs. */
static gyre_status_t start(gyre_context_t *ctx, gyre__control_message_t *message)
{
    gyre__peer_t *peer;
    gyre_status_t status = gyre__peer_get(ctx, message->dest, &peer);
    if (status == GYRE_ERR_PEER_FAILED && peer->refused)
        status = GYRE_OK;
    if (status == GYRE_OK && !peer->link)
        status = gyre__peer_link(ctx, peer);
    if (status != GYRE_OK)
        return status;
    gyre__envelope_t envelope = {.seq = peer->send_seq,
                                 .tag = (int32_t)message->control,
                                 .comm = message->comm,
                                 .source = ctx->rank,
                                 .wire = (uint16_t)ctx->wire_id,
                                 .kind = GYRE__KIND_CONTROL};
    gyre__envelope_pack(&envelope, message->bytes);
    message->op.done = sent;
    status = peer->carrier->ops->send(peer->carrier, peer->link, message->bytes,
                                      GYRE__ENVELOPE_SIZE + message->length, NULL, 0, &message->op);
    if (status >= 0)
        peer->send_seq++;
    return status;
}

/* In the order of the queue. False: the oldest must wait for a resource. */
static bool send_queued(gyre_context_t *ctx)
{
    gyre__link_t *link;
    while ((link = gyre__list_pop(&ctx->outbox))) {
        gyre__control_message_t *message = gyre__container(link, gyre__control_message_t, link);
        uint32_t dest = message->dest;
        gyre_status_t status = start(ctx, message);
        if (status == GYRE_ERR_NO_MEMORY || status == GYRE_ERR_NO_RESOURCE) {
            gyre__list_append(ctx->outbox.next, link); /* becomes the first again */
            return false;
        }
        if (status == GYRE_IN_PROGRESS)
            continue;
        gyre__pool_put(&ctx->controls, message);
        if (status != GYRE_OK)
            gyre__peer_failed(ctx, dest);
    }
    return true;
}

unsigned gyre__control_run(gyre_context_t *ctx)
{
    bool stuck = false;
    unsigned rounds = 0;
    while (ctx->due && !stuck) {
        ctx->due = false;
        gyre__failure_spread(ctx);
        stuck = !send_queued(ctx);
        rounds++;
    }
    ctx->due |= stuck;
    return rounds;
}

bool gyre__control_deliver(gyre_context_t *ctx, gyre_comm_t *comm, gyre__peer_t *peer,
                           const gyre__envelope_t *envelope, const gyre__net_message_t *message)
{
    (void)comm;
    if (envelope->tag == GYRE__CONTROL_FAILED)
        gyre__failure_hear(ctx, peer, message->header, message->header_length);
    else if (envelope->tag == GYRE__CONTROL_LEFT)
        peer->left = true;
    else if (envelope->tag == GYRE__CONTROL_PING)
        gyre__control_send(ctx, peer->worker, GYRE__CONTROL_PONG, 0, NULL, 0);
    else if (envelope->tag == GYRE__CONTROL_PONG)
        peer->answered = gyre__clock_ns();
    return false;
}

void gyre__control_leave(gyre_context_t *ctx)
{
    for (uint32_t i = 0; i < ctx->size; i++)
        if (i != ctx->rank && ctx->peers[i] && ctx->peers[i]->link && !ctx->peers[i]->failed)
            gyre__control_send(ctx, i, GYRE__CONTROL_LEFT, 0, NULL, 0);
    send_queued(ctx);
}

void gyre__control_close(gyre_context_t *ctx)
{
    gyre__link_t *link;
    while ((link = gyre__list_pop(&ctx->outbox)))
        gyre__pool_put(&ctx->controls, gyre__container(link, gyre__control_message_t, link));
    ctx->due = false;
}
