/* SPDX-License-Identifier: Apache-2.0 */
/* Tagged messages. A message whose data is here when its receive is found is copied once, from
 * where the provider has it; one whose data is still at the sender is fetched into the receive's
 * buffer; one without a receive is kept. */
#include "comm/message.h"

#include "base/error.h"
#include "comm/failure.h"
#include "comm/revoke.h"
#include "comm/wait.h"

#include <limits.h>
#include <string.h>

static void set_info(gyre_request_t *req, const gyre__envelope_t *envelope, size_t length)
{
    req->info.source = gyre__comm_member(req->comm, envelope->source);
    req->info.tag = envelope->tag;
    req->info.length = length;
}

/* Brings data that is not here yet; the request completes when it is. */
static void fetch(gyre_request_t *req, gyre__peer_t *peer, void *desc, size_t length)
{
    gyre__net_t *net = peer->carrier;
    gyre_status_t status = net->ops->fetch(net, peer->link, desc, req->buffer, length, &req->op);
    if (status != GYRE_IN_PROGRESS) {
        gyre__request_done(req, status);
        return;
    }
    req->ctx->fetching++;
    gyre__failure_fetching(req->ctx, peer);
}

void gyre__message_deliver(gyre_comm_t *comm, gyre__peer_t *peer, gyre__net_t *net,
                           const gyre__envelope_t *envelope, const gyre__net_message_t *message)
{
    gyre_request_t *req = gyre__match_message(&comm->match, envelope);
    if (!req && ((envelope->tag < GYRE__TAG_COLLECTIVES && gyre__comm_trouble(comm)) ||
                 (comm->ctx->deaf && message->desc))) {
        /* Given up here: its sender must not wait for a receive that will not come. */
        if (message->desc)
            net->ops->drop(net, message->desc);
        return;
    }
    if (!req) {
        gyre__arrival_t *arrival = gyre__arrival_keep(comm->ctx, peer, net, envelope, message);
        if (arrival) {
            gyre__match_keep(&comm->match, arrival);
            gyre__wait_notify(comm->ctx); /* a thread may sleep in a probe for it */
        }
        return;
    }
    set_info(req, envelope, message->length);
    if (message->length > req->length) {
        if (message->desc)
            net->ops->drop(net, message->desc);
        gyre__request_done(req, GYRE_ERR_TRUNCATED);
    } else if (message->desc) {
        fetch(req, peer, message->desc, message->length);
    } else {
        if (message->length)
            memcpy(req->buffer, message->data, message->length);
        gyre__request_done(req, GYRE_OK);
    }
}

/* A receive meets a message that came before it. */
static void take(gyre_request_t *req, gyre__arrival_t *arrival)
{
    gyre_context_t *ctx = req->ctx;
    gyre__match_take(arrival);
    set_info(req, &arrival->envelope, arrival->length);
    if (arrival->length > req->length) {
        gyre__arrival_drop(ctx, arrival);
        gyre__request_done(req, GYRE_ERR_TRUNCATED);
        return;
    }
    if (arrival->desc) {
        fetch(req, arrival->peer, arrival->desc, arrival->length);
    } else {
        if (arrival->length)
            memcpy(req->buffer, gyre__arrival_data(arrival), arrival->length);
        gyre__request_done(req, GYRE_OK);
    }
    gyre__arrival_free(ctx, arrival);
}

gyre_status_t gyre__message_send(gyre_request_t *req, const void *buf, size_t length, uint32_t dest,
                                 int tag)
{
    gyre__payload_t payload = {.data = buf, .length = length};
    return gyre__request_send(req, dest, GYRE__KIND_TAGGED, tag, &payload);
}

/* A connection of our own tells when the source dies. */
static gyre_status_t watch(gyre_context_t *ctx, int64_t source)
{
    gyre__peer_t *peer;
    gyre_status_t status = gyre__peer_get(ctx, (uint32_t)source, &peer);
    return status == GYRE_OK && !peer->link ? gyre__peer_link(ctx, peer) : status;
}

gyre_status_t gyre__message_recv(gyre_request_t *req, void *buf, size_t length, int64_t source,
                                 int tag)
{
    gyre__match_t *match = &req->comm->match;
    req->buffer = buf;
    req->length = length;
    req->source = source;
    req->tag = tag;
    gyre_status_t status = gyre__revoke_check(req->comm);
    if (status != GYRE_OK)
        return status;
    gyre__arrival_t *arrival = gyre__match_find(match, source, tag);
    if (arrival) {
        take(req, arrival);
        return GYRE_OK;
    }
    status = source == GYRE_ANY_SOURCE ? GYRE_OK : watch(req->ctx, source);
    if (status == GYRE_OK)
        gyre__match_post(match, req);
    return status;
}

static gyre_status_t check_buffer(const void *buf, size_t length)
{
    if (length > GYRE__LENGTH_MAX)
        return gyre__error(GYRE_ERR_RANGE, "a length of %zu bytes, expected at most %llu", length,
                           (unsigned long long)GYRE__LENGTH_MAX);
    if (!buf && length)
        return gyre__error(GYRE_ERR_ARG, "a NULL buffer for %zu bytes", length);
    return GYRE_OK;
}

static gyre_status_t check_send(gyre_comm_t *comm, const void *buf, size_t length, int dest,
                                int tag)
{
    gyre_status_t status = gyre__comm_check_rank(comm, dest);
    if (status == GYRE_OK)
        status = check_buffer(buf, length);
    if (status == GYRE_OK && tag < 0)
        status = gyre__error(GYRE_ERR_RANGE, "tag %d, expected 0 to %d", tag, INT_MAX);
    return status;
}

static gyre_status_t check_source(gyre_comm_t *comm, int source, int tag)
{
    gyre_status_t status =
        source == GYRE_ANY_SOURCE ? gyre__comm_check(comm) : gyre__comm_check_rank(comm, source);
    if (status == GYRE_OK && tag < 0 && tag != GYRE_ANY_TAG)
        status =
            gyre__error(GYRE_ERR_RANGE, "tag %d, expected 0 to %d or GYRE_ANY_TAG", tag, INT_MAX);
    return status;
}

static gyre_status_t check_recv(gyre_comm_t *comm, void *buf, size_t length, int source, int tag)
{
    gyre_status_t status = check_source(comm, source, tag);
    return status == GYRE_OK ? check_buffer(buf, length) : status;
}

static int64_t world_source(const gyre_comm_t *comm, int source)
{
    return source == GYRE_ANY_SOURCE ? GYRE_ANY_SOURCE : (int64_t)gyre__comm_world(comm, source);
}

gyre_status_t gyre_send(gyre_comm_t *comm, const void *buf, size_t length, int dest, int tag)
{
    gyre_request_t req;
    gyre_status_t status = check_send(comm, buf, length, dest, tag);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = gyre__wait_allowed(comm->ctx);
    gyre__request_init(&req, comm->ctx, comm, GYRE__REQUEST_SEND);
    if (status == GYRE_OK)
        status = gyre__message_send(&req, buf, length, gyre__comm_world(comm, dest), tag);
    if (status == GYRE_OK)
        status = gyre__request_wait(&req);
    gyre__leave(comm->ctx);
    return status;
}

gyre_status_t gyre_isend(gyre_comm_t *comm, const void *buf, size_t length, int dest, int tag,
                         gyre_request_t **req)
{
    gyre_status_t status = check_send(comm, buf, length, dest, tag);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    gyre_request_t *fresh;
    status = gyre__request_new(comm->ctx, comm, GYRE__REQUEST_SEND, req, &fresh);
    if (status == GYRE_OK) {
        status = gyre__message_send(fresh, buf, length, gyre__comm_world(comm, dest), tag);
        gyre__request_give(fresh, status, req);
    }
    gyre__leave(comm->ctx);
    return status;
}

gyre_status_t gyre_recv(gyre_comm_t *comm, void *buf, size_t length, int source, int tag,
                        gyre_message_info_t *info)
{
    gyre_request_t req;
    gyre_status_t status = check_recv(comm, buf, length, source, tag);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = gyre__wait_allowed(comm->ctx);
    gyre__request_init(&req, comm->ctx, comm, GYRE__REQUEST_RECV);
    if (status == GYRE_OK)
        status = gyre__message_recv(&req, buf, length, world_source(comm, source), tag);
    if (status == GYRE_OK)
        status = gyre__request_wait(&req);
    gyre__leave(comm->ctx);
    if (info)
        *info = req.info;
    return status;
}

gyre_status_t gyre_irecv(gyre_comm_t *comm, void *buf, size_t length, int source, int tag,
                         gyre_request_t **req)
{
    gyre_status_t status = check_recv(comm, buf, length, source, tag);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    gyre_request_t *fresh;
    status = gyre__request_new(comm->ctx, comm, GYRE__REQUEST_RECV, req, &fresh);
    if (status == GYRE_OK) {
        status = gyre__message_recv(fresh, buf, length, world_source(comm, source), tag);
        gyre__request_give(fresh, status, req);
    }
    gyre__leave(comm->ctx);
    return status;
}

/* Both must end before their requests leave the stack, however one of them ends. */
static gyre_status_t exchange(gyre_comm_t *comm, const void *sendbuf, size_t sendlen, int dest,
                              int sendtag, void *recvbuf, size_t recvlen, int source, int recvtag,
                              gyre_message_info_t *info)
{
    gyre_request_t send, recv;
    gyre__request_init(&recv, comm->ctx, comm, GYRE__REQUEST_RECV);
    gyre__request_init(&send, comm->ctx, comm, GYRE__REQUEST_SEND);
    gyre_status_t status =
        gyre__message_recv(&recv, recvbuf, recvlen, world_source(comm, source), recvtag);
    if (status != GYRE_OK)
        return status;
    status = gyre__message_send(&send, sendbuf, sendlen, gyre__comm_world(comm, dest), sendtag);
    if (status == GYRE_OK)
        status = gyre__request_wait(&send);
    if (status != GYRE_OK && recv.posted)
        gyre__match_withdraw(&recv, GYRE_ERR_CANCELED);
    gyre_status_t received = gyre__request_wait(&recv);
    if (info)
        *info = recv.info;
    return status == GYRE_OK ? received : status;
}

gyre_status_t gyre_sendrecv(gyre_comm_t *comm, const void *sendbuf, size_t sendlen, int dest,
                            int sendtag, void *recvbuf, size_t recvlen, int source, int recvtag,
                            gyre_message_info_t *info)
{
    gyre_status_t status = check_send(comm, sendbuf, sendlen, dest, sendtag);
    if (status == GYRE_OK)
        status = check_recv(comm, recvbuf, recvlen, source, recvtag);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = gyre__wait_allowed(comm->ctx);
    if (status == GYRE_OK)
        status = exchange(comm, sendbuf, sendlen, dest, sendtag, recvbuf, recvlen, source, recvtag,
                          info);
    gyre__leave(comm->ctx);
    return status;
}

gyre_status_t gyre__message_exchange(gyre_comm_t *comm, const void *out, size_t out_length,
                                     int dest, void *in, size_t in_length, int source, int tag)
{
    return exchange(comm, out, out_length, dest, tag, in, in_length, source, tag, NULL);
}

typedef struct probe {
    gyre_comm_t *comm;
    int64_t source;
    int tag;
    gyre__arrival_t *found;
    gyre_status_t status;
} probe_t;

static bool probe_is_done(void *arg)
{
    probe_t *probe = arg;
    probe->found = gyre__match_find(&probe->comm->match, probe->source, probe->tag);
    if (!probe->found)
        probe->status = gyre__revoke_check(probe->comm);
    if (!probe->found && probe->status == GYRE_OK && probe->source != GYRE_ANY_SOURCE)
        probe->status = watch(probe->comm->ctx, probe->source);
    return probe->found || probe->status != GYRE_OK;
}

static void fill_info(const probe_t *probe, gyre_message_info_t *info)
{
    const gyre__envelope_t *envelope = &probe->found->envelope;
    if (info)
        *info = (gyre_message_info_t){gyre__comm_member(probe->comm, envelope->source),
                                      envelope->tag, probe->found->length};
}

gyre_status_t gyre_iprobe(gyre_comm_t *comm, int source, int tag, gyre_message_info_t *info)
{
    gyre_status_t status = check_source(comm, source, tag);
    if (status != GYRE_OK)
        return status;
    probe_t probe = {comm, world_source(comm, source), tag, NULL, GYRE_OK};
    gyre__enter(comm->ctx);
    gyre__poll(comm->ctx);
    status = probe_is_done(&probe) ? probe.status : GYRE_IN_PROGRESS;
    if (probe.found)
        fill_info(&probe, info);
    gyre__leave(comm->ctx);
    return status;
}

gyre_status_t gyre_probe(gyre_comm_t *comm, int source, int tag, gyre_message_info_t *info)
{
    gyre_status_t status = check_source(comm, source, tag);
    if (status != GYRE_OK)
        return status;
    probe_t probe = {comm, world_source(comm, source), tag, NULL, GYRE_OK};
    gyre__enter(comm->ctx);
    status = gyre__wait(comm->ctx, probe_is_done, &probe);
    if (status == GYRE_OK)
        status = probe.status;
    if (probe.found)
        fill_info(&probe, info);
    gyre__leave(comm->ctx);
    return status;
}
