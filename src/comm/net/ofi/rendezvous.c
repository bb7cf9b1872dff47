/* SPDX-License-Identifier: Apache-2.0 */
/* Large messages: the sender offers where its data lies, the receiver reads it.
 *
 * The offer carries the sender's address, for the receiver may never have sent to it; the reply
 * ends the sender's op, after the read or at once when the data is not wanted. An offer refers
 * to its peer, so that one whose peer is gone can still be refused. */
#include "base/error.h"
#include "base/log.h"
#include "comm/net/ofi/ofi.h"

#include <string.h>

typedef struct offer_body {
    uint64_t id, address, key, length;
} offer_body_t;

/* Data inside registered memory is offered under that registration. */
static gyre_status_t expose(gyre__ofi_t *net, gyre__ofi_op_t *op, const void *data, size_t length,
                            offer_body_t *body)
{
    gyre__ofi_mem_t *mem = gyre__ofi_mem_find(net, data, length);
    if (mem) {
        body->key = mem->exported.key;
        body->address = (uintptr_t)data - mem->exported.base;
        return GYRE_OK;
    }
    gyre_status_t status = gyre__ofi_register(net, data, length, FI_REMOTE_READ, &op->mr);
    if (status != GYRE_OK)
        return status;
    body->key = fi_mr_key(op->mr);
    body->address = net->mr_virtual ? (uintptr_t)data : 0;
    return GYRE_OK;
}

gyre_status_t gyre__ofi_offer(gyre__ofi_t *net, gyre__net_peer_t *peer, const void *header,
                              size_t header_length, const void *data, size_t length,
                              gyre__net_op_t *user)
{
    offer_body_t body = {.length = length};
    gyre__ofi_op_t *op = gyre__ofi_op_new(net, peer, user);
    if (!op)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an operation");
    gyre_status_t status = expose(net, op, data, length, &body);
    if (status == GYRE_OK)
        status = gyre__ofi_op_await(net, op);
    body.id = op->id;
    gyre__ofi_note_t note = {.kind = GYRE__OFI_OFFER,
                             .body = &body,
                             .body_length = sizeof(body),
                             .header = header,
                             .header_length = header_length,
                             .sign = true};
    if (status == GYRE_OK)
        status = gyre__ofi_note(net, peer, &note);
    if (status == GYRE_OK)
        return GYRE_IN_PROGRESS;
    gyre__ofi_op_free(net, op);
    return status;
}

static gyre__ofi_offer_t *keep(gyre__ofi_t *net, const unsigned char *address, size_t length,
                               const offer_body_t *body)
{
    gyre__net_peer_t *peer;
    gyre_status_t status = gyre__ofi_peer_back(net, address, length, &peer);
    gyre__ofi_offer_t *offer = status == GYRE_OK ? gyre__pool_get(&net->offers) : NULL;
    if (!offer) {
        gyre__log(GYRE__LOG_ERROR, "a large message was lost: %s", gyre_last_error());
        return NULL;
    }
    peer->refs++;
    *offer = (gyre__ofi_offer_t){peer, body->id, body->address, body->key};
    return offer;
}

void gyre__ofi_offered(gyre__ofi_t *net, const unsigned char *bytes, size_t body_length,
                       const unsigned char *header, size_t header_length)
{
    offer_body_t body;
    if (body_length < sizeof(body))
        return;
    memcpy(&body, bytes, sizeof(body));
    gyre__ofi_offer_t *offer = keep(net, bytes + sizeof(body), body_length - sizeof(body), &body);
    if (!offer)
        return;
    gyre__net_message_t message = {header, header_length, NULL, (size_t)body.length, offer};
    net->params.received(net->params.arg, &message);
}

static void forget(gyre__ofi_t *net, gyre__ofi_offer_t *offer)
{
    gyre__ofi_peer_release(offer->peer);
    gyre__pool_put(&net->offers, offer);
}

void gyre__ofi_drop(gyre__net_t *base, void *desc)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    gyre__ofi_offer_t *offer = desc;
    gyre__ofi_reply(net, offer->peer, offer->id, GYRE_OK, 0);
    forget(net, offer);
}

/* The sender learns of a read that failed here, unless it is the sender that failed. */
void gyre__ofi_fetched(gyre__ofi_t *net, gyre__ofi_op_t *op, gyre_status_t status)
{
    gyre__ofi_reply(net, op->offer->peer, op->offer->id, status, 0);
}

/* A fetch that does not start has used up its desc too. */
gyre_status_t gyre__ofi_fetch(gyre__net_t *base, gyre__net_peer_t *peer, void *desc, void *buffer,
                              size_t length, gyre__net_op_t *user)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    gyre__ofi_offer_t *offer = desc;
    gyre_status_t status = gyre__ofi_peer_usable(offer->peer);
    gyre__ofi_op_t *op = status == GYRE_OK ? gyre__ofi_op_new(net, offer->peer, user) : NULL;
    if (!op) {
        if (status == GYRE_OK)
            status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an operation");
        gyre__ofi_reply(net, offer->peer, offer->id, GYRE_ERR_NO_MEMORY, 0);
        forget(net, offer);
        return status;
    }
    op->offer = offer;
    op->at = buffer;
    op->left = length;
    op->remote = offer->address;
    op->key = offer->key;
    status = gyre__ofi_local(net, op, buffer, length);
    if (status == GYRE_OK)
        status = gyre__ofi_move(net, op);
    if (status == GYRE_OK)
        return GYRE_IN_PROGRESS;
    gyre__ofi_fetched(net, op, status);
    gyre__ofi_op_free(net, op);
    return status;
}
