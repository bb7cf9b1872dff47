/* SPDX-License-Identifier: Apache-2.0 */
/* Active messages. One whose data is still at the sender is fetched first; later ones of the same
 * peer wait behind it, so that functions run in the order sent. */
#include "comm/am.h"

#include "base/error.h"
#include "comm/failure.h"
#include "comm/wait.h"

#include <stdlib.h>
#include <string.h>

static void run(gyre_context_t *ctx, const gyre__arrival_t *arrival, const void *data)
{
    const gyre__envelope_t *envelope = &arrival->envelope;
    gyre_comm_t *comm = gyre__map_get(&ctx->comms, envelope->comm);
    gyre__am_slot_t *slot = &ctx->am[envelope->tag];
    if (!comm)
        return;
    gyre_am_message_t message = {comm,
                                 gyre__comm_member(comm, envelope->source),
                                 arrival->header,
                                 arrival->header_length,
                                 data,
                                 arrival->length};
    slot->fn(slot->arg, &message);
}

/* The data of a large message on its way. */
typedef struct fetching {
    gyre__net_op_t op;
    gyre_context_t *ctx;
    gyre__arrival_t *arrival;
    void *data;
} fetching_t;

static void advance(gyre_context_t *ctx, gyre__arrival_t *arrival);

static void fetched(gyre__net_op_t *op, gyre_status_t status)
{
    fetching_t *fetching = gyre__container(op, fetching_t, op);
    gyre_context_t *ctx = fetching->ctx;
    gyre__arrival_t *arrival = fetching->arrival;
    gyre__peer_t *peer = arrival->peer;
    gyre__link_t *next;
    ctx->fetching--;
    if (status == GYRE_OK)
        run(ctx, arrival, fetching->data);
    gyre__arrival_free(ctx, arrival);
    free(fetching->data);
    free(fetching);
    peer->active_busy = false;
    while (!peer->active_busy && (next = gyre__list_pop(&peer->active)))
        advance(ctx, gyre__container(next, gyre__arrival_t, link));
}

static void fetch(gyre_context_t *ctx, gyre__arrival_t *arrival)
{
    fetching_t *fetching = malloc(sizeof(*fetching));
    void *data = malloc(arrival->length ? arrival->length : 1);
    if (!fetching || !data) {
        free(fetching);
        free(data);
        gyre__peer_failed(ctx, arrival->peer->worker);
        gyre__arrival_drop(ctx, arrival);
        return;
    }
    *fetching = (fetching_t){.op.done = fetched, .ctx = ctx, .arrival = arrival, .data = data};
    arrival->peer->active_busy = true;
    ctx->fetching++;
    gyre_status_t status = arrival->net->ops->fetch(
        arrival->net, arrival->peer->link, arrival->desc, data, arrival->length, &fetching->op);
    arrival->desc = NULL;
    if (status != GYRE_IN_PROGRESS)
        fetched(&fetching->op, status);
    else
        gyre__failure_fetching(ctx, arrival->peer);
}

/* Runs, fetches, or keeps for lack of a function, while there may still be one. */
static void advance(gyre_context_t *ctx, gyre__arrival_t *arrival)
{
    gyre__am_slot_t *slot = &ctx->am[arrival->envelope.tag];
    if (!slot->fn && ctx->deaf && arrival->desc) {
        gyre__arrival_drop(ctx, arrival);
    } else if (!slot->fn) {
        gyre__list_append(&slot->kept, &arrival->link);
    } else if (arrival->desc) {
        fetch(ctx, arrival);
    } else {
        run(ctx, arrival, gyre__arrival_data(arrival));
        gyre__arrival_free(ctx, arrival);
    }
}

/* The common case: the data is here and the function too. Nothing is copied. */
static void run_in_place(gyre_comm_t *comm, const gyre__envelope_t *envelope,
                         const gyre__net_message_t *message)
{
    gyre__am_slot_t *slot = &comm->ctx->am[envelope->tag];
    gyre_am_message_t active = {comm,
                                gyre__comm_member(comm, envelope->source),
                                message->header,
                                message->header_length,
                                message->data,
                                message->length};
    slot->fn(slot->arg, &active);
}

void gyre__am_deliver(gyre_comm_t *comm, gyre__peer_t *peer, gyre__net_t *net,
                      const gyre__envelope_t *envelope, const gyre__net_message_t *message)
{
    gyre_context_t *ctx = comm->ctx;
    bool known = envelope->tag >= 0 && envelope->tag < GYRE_AM_IDS;
    if (known && !peer->active_busy && !message->desc && ctx->am[envelope->tag].fn) {
        run_in_place(comm, envelope, message);
        return;
    }
    gyre__arrival_t *arrival = gyre__arrival_keep(ctx, peer, net, envelope, message);
    if (!arrival)
        return;
    if (!known)
        gyre__arrival_drop(ctx, arrival);
    else if (peer->active_busy)
        gyre__list_append(&peer->active, &arrival->link);
    else
        advance(ctx, arrival);
}

static gyre_status_t check_id(int id)
{
    if (id >= 0 && id < GYRE_AM_IDS)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_RANGE, "active message id %d, expected 0 to %d", id,
                       GYRE_AM_IDS - 1);
}

static void deliver_kept(gyre_context_t *ctx, gyre__link_t *kept)
{
    gyre__link_t waiting, *link;
    gyre__list_init(&waiting);
    while ((link = gyre__list_pop(kept)))
        gyre__list_append(&waiting, link);
    while ((link = gyre__list_pop(&waiting))) {
        gyre__arrival_t *arrival = gyre__container(link, gyre__arrival_t, link);
        if (arrival->peer->active_busy)
            gyre__list_append(&arrival->peer->active, link);
        else
            advance(ctx, arrival);
    }
}

gyre_status_t gyre_am_register(gyre_context_t *ctx, int id, gyre_am_fn fn, void *arg)
{
    gyre_status_t status = check_id(id);
    if (status != GYRE_OK || !ctx)
        return ctx ? status : gyre__error(GYRE_ERR_ARG, "no context: NULL");
    gyre__enter(ctx);
    ctx->am[id].fn = fn;
    ctx->am[id].arg = arg;
    if (fn) {
        bool busy = ctx->busy;
        ctx->busy = true;
        deliver_kept(ctx, &ctx->am[id].kept);
        ctx->busy = busy;
    }
    gyre__leave(ctx);
    return GYRE_OK;
}

static gyre_status_t check_am(gyre_comm_t *comm, int dest, int id, const void *header,
                              size_t header_length, const void *data, size_t length)
{
    gyre_status_t status = gyre__comm_check_rank(comm, dest);
    if (status == GYRE_OK)
        status = check_id(id);
    if (status != GYRE_OK)
        return status;
    if (header_length > GYRE_AM_HEADER_MAX || length > GYRE__LENGTH_MAX)
        return gyre__error(GYRE_ERR_RANGE,
                           "a header of %zu bytes and data of %zu, expected at "
                           "most %d and %llu",
                           header_length, length, GYRE_AM_HEADER_MAX,
                           (unsigned long long)GYRE__LENGTH_MAX);
    if ((!header && header_length) || (!data && length))
        return gyre__error(GYRE_ERR_ARG, "NULL header for %zu bytes or NULL data for %zu",
                           header_length, length);
    return GYRE_OK;
}

static gyre_status_t start(gyre_request_t *req, uint32_t dest, int id, const void *header,
                           size_t header_length, const void *data, size_t length)
{
    gyre__payload_t payload = {header, header_length, data, length};
    return gyre__request_send(req, dest, GYRE__KIND_ACTIVE, id, &payload);
}

gyre_status_t gyre_am_send(gyre_comm_t *comm, int dest, int id, const void *header,
                           size_t header_length, const void *data, size_t length)
{
    gyre_request_t req;
    gyre_status_t status = check_am(comm, dest, id, header, header_length, data, length);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = gyre__wait_allowed(comm->ctx);
    gyre__request_init(&req, comm->ctx, comm, GYRE__REQUEST_SEND);
    if (status == GYRE_OK)
        status = start(&req, gyre__comm_world(comm, dest), id, header, header_length, data, length);
    if (status == GYRE_OK)
        status = gyre__request_wait(&req);
    gyre__leave(comm->ctx);
    return status;
}

gyre_status_t gyre_iam_send(gyre_comm_t *comm, int dest, int id, const void *header,
                            size_t header_length, const void *data, size_t length,
                            gyre_request_t **req)
{
    gyre_status_t status = check_am(comm, dest, id, header, header_length, data, length);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    gyre_request_t *fresh;
    status = gyre__request_new(comm->ctx, comm, GYRE__REQUEST_SEND, req, &fresh);
    if (status == GYRE_OK) {
        status =
            start(fresh, gyre__comm_world(comm, dest), id, header, header_length, data, length);
        gyre__request_give(fresh, status, req);
    }
    gyre__leave(comm->ctx);
    return status;
}
