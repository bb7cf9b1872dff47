/* SPDX-License-Identifier: Apache-2.0 */
/* Test, wait and cancel. A handle is checked against its state before anything else is read. */
#include "comm/request.h"

#include "base/error.h"
#include "comm/comm.h"
#include "comm/farewell.h"
#include "comm/revoke.h"
#include "comm/wait.h"

#include <string.h>

/* Connections are cut while the wire is open only to peers that have failed. */
static void op_done(gyre__net_op_t *op, gyre_status_t status)
{
    gyre_request_t *req = gyre__container(op, gyre_request_t, op);
    if (status == GYRE_ERR_CANCELED && req->ctx->peers)
        status = GYRE_ERR_PEER_FAILED;
    if (req->kind == GYRE__REQUEST_SEND)
        gyre__farewell_ended(req->ctx, (uint32_t)req->source, GYRE__OWED_MESSAGE);
    else if (req->kind == GYRE__REQUEST_RECV)
        req->ctx->fetching--;
    gyre__request_done(req, status);
}

gyre_status_t gyre__request_new(gyre_context_t *ctx, gyre_comm_t *comm, gyre__request_kind_t kind,
                                gyre_request_t **out, gyre_request_t **req)
{
    if (!out)
        return gyre__error(GYRE_ERR_ARG, "no place for the request: NULL");
    *req = gyre__pool_get(&ctx->requests);
    if (!*req)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a request");
    gyre__request_init(*req, ctx, comm, kind);
    return GYRE_OK;
}

void gyre__request_give(gyre_request_t *req, gyre_status_t started, gyre_request_t **out)
{
    if (started == GYRE_OK)
        *out = req;
    else
        gyre__request_free(req);
}

void gyre__request_free(gyre_request_t *req)
{
    req->state = GYRE__REQUEST_FREE;
    gyre__pool_put(&req->ctx->requests, req);
}

void gyre__request_init(gyre_request_t *req, gyre_context_t *ctx, gyre_comm_t *comm,
                        gyre__request_kind_t kind)
{
    req->state = GYRE__REQUEST_ACTIVE;
    req->kind = kind;
    req->status = GYRE_OK;
    req->ctx = ctx;
    req->comm = comm;
    req->op.done = op_done;
    req->on_done = NULL;
    req->persistent = NULL;
    req->posted = false;
    req->source = GYRE_ANY_SOURCE;
    req->info = (gyre_message_info_t){0};
}

void gyre__request_done(gyre_request_t *req, gyre_status_t status)
{
    gyre_context_t *ctx = req->ctx;
    req->status = req->status != GYRE_OK ? req->status : status;
    req->state = GYRE__REQUEST_DONE;
    if (req->on_done)
        req->on_done(req); /* may free it */
    gyre__wait_notify(ctx);
}

gyre_status_t gyre__request_started(gyre_request_t *req, gyre_status_t status)
{
    if (status == GYRE_IN_PROGRESS)
        return GYRE_OK;
    if (status == GYRE_OK)
        gyre__request_done(req, GYRE_OK);
    return status;
}

/* Envelope and user's header are one to the provider. */
static gyre_status_t send_packed(gyre_request_t *req, gyre__peer_t *peer,
                                 const gyre__envelope_t *envelope, const gyre__payload_t *payload)
{
    char packed[GYRE__NET_HEADER_MAX];
    gyre__envelope_pack(envelope, packed);
    if (payload->header_length)
        memcpy(packed + GYRE__ENVELOPE_SIZE, payload->header, payload->header_length);
    return peer->carrier->ops->send(peer->carrier, peer->link, packed,
                                    GYRE__ENVELOPE_SIZE + payload->header_length, payload->data,
                                    payload->length, &req->op);
}

gyre_status_t gyre__request_send(gyre_request_t *req, uint32_t dest, gyre__kind_t kind, int tag,
                                 const gyre__payload_t *payload)
{
    gyre_context_t *ctx = req->ctx;
    gyre__peer_t *peer;
    gyre_status_t status = gyre__revoke_check(req->comm);
    if (status == GYRE_OK)
        status = gyre__peer_get(ctx, dest, &peer);
    if (status == GYRE_OK && !peer->link)
        status = gyre__peer_link(ctx, peer);
    if (status != GYRE_OK)
        return status;
    gyre__envelope_t envelope = {.seq = peer->send_seq,
                                 .tag = tag,
                                 .comm = req->comm->id,
                                 .source = ctx->rank,
                                 .wire = (uint16_t)ctx->wire_id,
                                 .kind = (uint8_t)kind};
    status = send_packed(req, peer, &envelope, payload);
    if (status >= 0)
        peer->send_seq++;
    if (status == GYRE_IN_PROGRESS)
        gyre__farewell_started(ctx, peer, GYRE__OWED_MESSAGE);
    req->source = dest;
    return gyre__request_started(req, status);
}

static bool is_done(const gyre_request_t *req)
{
    return req->state >= GYRE__REQUEST_DONE;
}

static bool request_is_done(void *arg)
{
    return is_done(arg);
}

/* The request's status, with a detail line for the thread that learns of it. */
static gyre_status_t result(const gyre_request_t *req)
{
    if (req->status >= 0)
        return req->status;
    if (req->status == GYRE_ERR_TRUNCATED)
        return gyre__error(req->status,
                           "a message of %zu bytes from rank %d with tag %d, expected at most %zu",
                           req->info.length, req->info.source, req->info.tag, req->length);
    return gyre__error(req->status, "%s",
                       req->status == GYRE_ERR_PEER_FAILED
                           ? "the peer failed before the operation was complete"
                           : gyre_status_string(req->status));
}

gyre_status_t gyre__request_wait(gyre_request_t *req)
{
    gyre_status_t status = gyre__wait(req->ctx, request_is_done, req);
    return status == GYRE_OK ? result(req) : status;
}

static gyre_status_t check_live(const gyre_request_t *req)
{
    if (req->state == GYRE__REQUEST_FREE)
        return gyre__error(GYRE_ERR_STATE, "the request has been waited for already");
    return GYRE_OK;
}

/* Enters the request's context, and stays there unless the handle is refused. The state is read
 * inside only: another thread may be completing the request. */
static gyre_status_t enter(gyre_request_t **req, gyre_context_t **ctx)
{
    if (!req || !*req)
        return gyre__error(GYRE_ERR_STATE, "no request: NULL, or waited for already");
    *ctx = (*req)->ctx;
    gyre__enter(*ctx);
    gyre_status_t status = check_live(*req);
    if (status != GYRE_OK)
        gyre__leave(*ctx);
    return status;
}

/* Hands the result over and frees the request, or keeps a persistent one for its next start. */
static gyre_status_t finish(gyre_request_t **req, gyre_message_info_t *info)
{
    gyre_status_t status = result(*req);
    if (info)
        *info = (*req)->info;
    if ((*req)->persistent) {
        (*req)->state = GYRE__REQUEST_IDLE;
        (*req)->status = GYRE_OK;
        return status;
    }
    gyre__request_free(*req);
    *req = NULL;
    return status;
}

gyre_status_t gyre_test(gyre_request_t **req, gyre_message_info_t *info)
{
    gyre_context_t *ctx = NULL;
    gyre_status_t status = enter(req, &ctx);
    if (status != GYRE_OK)
        return status;
    gyre__watch(ctx);
    if (!is_done(*req))
        gyre__poll(ctx);
    status = is_done(*req) ? finish(req, info) : GYRE_IN_PROGRESS;
    gyre__leave(ctx);
    return status;
}

gyre_status_t gyre_wait(gyre_request_t **req, gyre_message_info_t *info)
{
    gyre_context_t *ctx = NULL;
    gyre_status_t status = enter(req, &ctx);
    if (status != GYRE_OK)
        return status;
    status = gyre__wait(ctx, request_is_done, *req);
    if (status == GYRE_OK)
        status = finish(req, info);
    gyre__leave(ctx);
    return status;
}

gyre_status_t gyre_wait_all(int count, gyre_request_t **reqs, gyre_status_t *statuses,
                            gyre_message_info_t *infos)
{
    gyre_status_t first = GYRE_OK;
    if (count < 0 || (count > 0 && !reqs))
        return gyre__error(GYRE_ERR_ARG, "%d requests at %p", count, (void *)reqs);
    for (int i = 0; i < count; i++) {
        gyre_status_t status = reqs[i] ? gyre_wait(&reqs[i], infos ? &infos[i] : NULL) : GYRE_OK;
        if (statuses)
            statuses[i] = status;
        if (first == GYRE_OK)
            first = status;
    }
    return first;
}

typedef struct any {
    int count;
    gyre_request_t **reqs;
    int index;
} any_t;

static bool any_is_done(void *arg)
{
    any_t *any = arg;
    for (int i = 0; i < any->count; i++)
        if (any->reqs[i] && is_done(any->reqs[i])) {
            any->index = i;
            return true;
        }
    return false;
}

gyre_status_t gyre_wait_any(int count, gyre_request_t **reqs, int *index,
                            gyre_message_info_t *info)
{
    any_t any = {count, reqs, -1};
    gyre_context_t *ctx = NULL;
    if (count < 0 || (count > 0 && !reqs) || !index)
        return gyre__error(GYRE_ERR_ARG, "%d requests at %p, index at %p", count, (void *)reqs,
                           (void *)index);
    *index = -1;
    for (int i = 0; i < count && !ctx; i++)
        ctx = reqs[i] ? reqs[i]->ctx : NULL;
    if (!ctx)
        return GYRE_OK;
    gyre_status_t status = GYRE_OK;
    gyre__enter(ctx);
    for (int i = 0; i < count && status == GYRE_OK; i++)
        status = reqs[i] ? check_live(reqs[i]) : GYRE_OK;
    if (status == GYRE_OK)
        status = gyre__wait(ctx, any_is_done, &any);
    if (status == GYRE_OK) {
        *index = any.index;
        status = finish(&reqs[any.index], info);
    }
    gyre__leave(ctx);
    return status;
}

gyre_status_t gyre_cancel(gyre_request_t *req)
{
    gyre_context_t *ctx = NULL;
    gyre_status_t status = enter(&req, &ctx);
    if (status != GYRE_OK)
        return status;
    if (req->kind != GYRE__REQUEST_RECV)
        status = gyre__error(GYRE_ERR_NOT_SUPPORTED, "only receives can be canceled");
    else if (!req->posted)
        status = GYRE_IN_PROGRESS;
    else
        gyre__match_withdraw(req, GYRE_ERR_CANCELED);
    gyre__leave(ctx);
    return status;
}

static gyre_status_t check_startable(const gyre_request_t *req)
{
    if (!req->persistent)
        return gyre__error(GYRE_ERR_STATE, "the request is not a persistent one");
    if (req->state != GYRE__REQUEST_IDLE)
        return gyre__error(GYRE_ERR_STATE, "the persistent operation runs: wait for it first");
    return GYRE_OK;
}

gyre_status_t gyre_start(gyre_request_t *req)
{
    gyre_context_t *ctx = NULL;
    gyre_status_t status = enter(&req, &ctx);
    if (status != GYRE_OK)
        return status;
    status = check_startable(req);
    if (status == GYRE_OK) {
        req->state = GYRE__REQUEST_ACTIVE;
        status = req->persistent->start(req);
        if (status != GYRE_OK)
            req->state = GYRE__REQUEST_IDLE;
    }
    gyre__leave(ctx);
    return status;
}

gyre_status_t gyre_request_free(gyre_request_t **req)
{
    gyre_context_t *ctx = NULL;
    if (req && !*req)
        return GYRE_OK;
    gyre_status_t status = enter(req, &ctx);
    if (status != GYRE_OK)
        return status;
    status = check_startable(*req);
    if (status == GYRE_OK) {
        (*req)->persistent->free(*req);
        gyre__request_free(*req);
        *req = NULL;
    }
    gyre__leave(ctx);
    return status;
}
