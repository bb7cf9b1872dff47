/* SPDX-License-Identifier: Apache-2.0 */
/* Control messages: queued, sent when progress has ended its round, taken in when they come. A
 * message is all header, so that it is copied at once and never has to be fetched. */
#include "comm/control.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "comm/agreement.h"
#include "comm/farewell.h"
#include "comm/failure.h"
#include "comm/revoke.h"

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
    gyre__farewell_ended(message->ctx, message->dest, GYRE__OWED_CONTROL);
    gyre__pool_put(&message->ctx->controls, message);
}

/* The peer's number is taken as late as this, for messages sent meanwhile have theirs. */
static gyre_status_t start(gyre_context_t *ctx, gyre__control_message_t *message)
{
    gyre__peer_t *peer;
    gyre_status_t status = gyre__peer_get(ctx, message->dest, &peer);
    if (status == GYRE_ERR_PEER_FAILED && peer->refused &&
        !(peer->cut && peer->carrier != ctx->shm))
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
    if (status == GYRE_IN_PROGRESS)
        gyre__farewell_started(ctx, peer, GYRE__OWED_CONTROL);
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
    ctx->due = false;
    gyre__failure_spread(ctx);
    gyre__agreements_advance(ctx);
    if (!send_queued(ctx))
        ctx->due = true;
    if (gyre__failure_cut(ctx))
        return 1;
    ctx->due = true;
    return 0; /* who waits for the time to come may sleep meanwhile */
}

/* What answers a message on a communicator that is not here: the message's beginning. */
typedef struct unknown {
    int32_t control, length;
    char bytes[sizeof(gyre__piece_t)];
} unknown_t;

static void answer_unknown(gyre_context_t *ctx, const gyre__peer_t *peer,
                           const gyre__envelope_t *envelope, const gyre__net_message_t *message)
{
    unknown_t unknown = {.control = envelope->tag, .length = (int32_t)message->header_length};
    if (unknown.length > (int32_t)sizeof(unknown.bytes))
        unknown.length = (int32_t)sizeof(unknown.bytes);
    if (unknown.length)
        memcpy(unknown.bytes, message->header, (size_t)unknown.length);
    gyre__control_send(ctx, peer->worker, GYRE__CONTROL_UNKNOWN, envelope->comm, &unknown,
                       sizeof(unknown));
}

static void hear_unknown(gyre_comm_t *comm, const gyre__peer_t *peer,
                         const gyre__net_message_t *message)
{
    unknown_t unknown;
    if (message->header_length != sizeof(unknown))
        return;
    memcpy(&unknown, message->header, sizeof(unknown));
    if (unknown.control == GYRE__CONTROL_REVOKED)
        gyre__revoke_unknown(comm, peer->worker);
    else if (unknown.length == (int32_t)sizeof(unknown.bytes))
        gyre__agreement_unknown(comm, unknown.bytes);
}

/* On a communicator that is here. */
static void deliver(gyre_comm_t *comm, gyre__peer_t *peer, gyre__control_t control,
                    const gyre__net_message_t *message)
{
    if (control == GYRE__CONTROL_REVOKED)
        gyre__revoke(comm);
    else if (control == GYRE__CONTROL_UNKNOWN)
        hear_unknown(comm, peer, message);
    else if (control < GYRE__CONTROLS)
        gyre__agreement_deliver(comm, peer, control, message);
}

bool gyre__control_deliver(gyre_context_t *ctx, gyre_comm_t *comm, gyre__peer_t *peer,
                           const gyre__envelope_t *envelope, const gyre__net_message_t *message)
{
    gyre__control_t control = (gyre__control_t)envelope->tag;
    if (control == GYRE__CONTROL_FAILED)
        gyre__failure_hear(ctx, peer, message->header, message->header_length);
    else if (control == GYRE__CONTROL_LEFT || control == GYRE__CONTROL_GONE)
        gyre__farewell_heard(ctx, peer, control == GYRE__CONTROL_GONE);
    else if (control == GYRE__CONTROL_PING)
        gyre__control_send(ctx, peer->worker, GYRE__CONTROL_PONG, 0, NULL, 0);
    else if (control == GYRE__CONTROL_PONG)
        peer->answered = gyre__clock_ns();
    else if (comm)
        deliver(comm, peer, control, message);
    else if (control != GYRE__CONTROL_UNKNOWN && control != GYRE__CONTROL_DECIDED)
        answer_unknown(ctx, peer, envelope, message);
    return !comm && control >= GYRE__CONTROL_REVOKED && control != GYRE__CONTROL_UNKNOWN &&
           control != GYRE__CONTROL_DECIDED;
}

void gyre__control_close(gyre_context_t *ctx)
{
    gyre__link_t *link;
    while ((link = gyre__list_pop(&ctx->outbox)))
        gyre__pool_put(&ctx->controls, gyre__container(link, gyre__control_message_t, link));
    ctx->due = false;
}
