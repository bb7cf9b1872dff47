/* SPDX-License-Identifier: Apache-2.0 */
/* One-sided operations. All of them, also those of a worker on its own memory, go through the
 * network provider, so that atomics of all workers on a region are of one kind. */
#include "base/error.h"
#include "comm/mem.h"
#include "comm/wait.h"

/* What to do, for the blocking and the non-blocking form alike. */
typedef struct access {
    enum { PUT, GET, ATOMIC } kind;
    uint64_t offset;
    void *buffer;
    size_t length;
    gyre_atomic_t code;
    uint64_t operand, compare;
} access_t;

static gyre_status_t check_access(const gyre_remote_t *remote, const access_t *access)
{
    if (!remote || !remote->comm)
        return gyre__error(GYRE_ERR_ARG, "no remote region: NULL or released");
    if (!remote->comm->ctx->open || remote->epoch != remote->comm->ctx->epoch)
        return gyre__error(GYRE_ERR_STALE, "a remote region of another epoch");
    if (access->length > remote->length || access->offset > remote->length - access->length)
        return gyre__error(GYRE_ERR_RANGE, "%zu bytes at offset %llu of a region of %llu",
                           access->length, (unsigned long long)access->offset,
                           (unsigned long long)remote->length);
    if (!access->buffer && access->length)
        return gyre__error(GYRE_ERR_ARG, "a NULL buffer for %zu bytes", access->length);
    if (remote->peer->failed)
        return gyre__error(GYRE_ERR_PEER_FAILED, "rank %u has failed", remote->peer->worker);
    return GYRE_OK;
}

static gyre_status_t check_atomic(const gyre_remote_t *remote, const access_t *access)
{
    gyre_status_t status = check_access(remote, access);
    if (status != GYRE_OK)
        return status;
    if (access->code < GYRE_ATOMIC_FETCH_ADD || access->code > GYRE_ATOMIC_COMPARE_SWAP)
        return gyre__error(GYRE_ERR_ARG, "atomic operation %d", (int)access->code);
    if ((access->length != 4 && access->length != 8) ||
        (remote->addr + access->offset) % access->length != 0)
        return gyre__error(GYRE_ERR_RANGE,
                           "an atomic of %zu bytes at offset %llu, expected 4 or 8, aligned",
                           access->length, (unsigned long long)access->offset);
    return GYRE_OK;
}

static gyre_status_t start(gyre_request_t *req, gyre_remote_t *remote, const access_t *access)
{
    gyre__net_t *net = req->ctx->net;
    gyre__net_peer_t *link = remote->peer->net_link;
    uint64_t addr = remote->addr + access->offset;
    gyre_status_t status = GYRE_OK;
    if (access->kind == ATOMIC)
        status = net->ops->atomic(net, link, remote->key, addr, access->code, (int)access->length,
                                  access->operand, access->compare, access->buffer, &req->op);
    else if (access->length > 0 && access->kind == PUT)
        status = net->ops->put(net, link, remote->key, addr, access->buffer, access->length,
                               &req->op);
    else if (access->length > 0)
        status = net->ops->get(net, link, remote->key, addr, access->buffer, access->length,
                               &req->op);
    return gyre__request_started(req, status);
}

static gyre_status_t run(gyre_remote_t *remote, const access_t *access)
{
    gyre_request_t req;
    gyre_status_t status =
        access->kind == ATOMIC ? check_atomic(remote, access) : check_access(remote, access);
    if (status != GYRE_OK)
        return status;
    gyre_context_t *ctx = remote->comm->ctx;
    gyre__enter(ctx);
    status = gyre__wait_allowed(ctx);
    gyre__request_init(&req, ctx, remote->comm, GYRE__REQUEST_RMA);
    if (status == GYRE_OK)
        status = start(&req, remote, access);
    if (status == GYRE_OK)
        status = gyre__request_wait(&req);
    gyre__leave(ctx);
    return status;
}

static gyre_status_t run_nonblocking(gyre_remote_t *remote, const access_t *access,
                                     gyre_request_t **req)
{
    gyre_status_t status =
        access->kind == ATOMIC ? check_atomic(remote, access) : check_access(remote, access);
    if (status != GYRE_OK)
        return status;
    gyre_request_t *fresh;
    gyre_context_t *ctx = remote->comm->ctx;
    gyre__enter(ctx);
    status = gyre__request_new(ctx, remote->comm, GYRE__REQUEST_RMA, req, &fresh);
    if (status == GYRE_OK) {
        status = start(fresh, remote, access);
        gyre__request_give(fresh, status, req);
    }
    gyre__leave(ctx);
    return status;
}

gyre_status_t gyre_put(gyre_remote_t *remote, uint64_t offset, const void *buf, size_t length)
{
    access_t access = {.kind = PUT, .offset = offset, .buffer = (void *)buf, .length = length};
    return run(remote, &access);
}

gyre_status_t gyre_iput(gyre_remote_t *remote, uint64_t offset, const void *buf, size_t length,
                        gyre_request_t **req)
{
    access_t access = {.kind = PUT, .offset = offset, .buffer = (void *)buf, .length = length};
    return run_nonblocking(remote, &access, req);
}

gyre_status_t gyre_get(gyre_remote_t *remote, uint64_t offset, void *buf, size_t length)
{
    access_t access = {.kind = GET, .offset = offset, .buffer = buf, .length = length};
    return run(remote, &access);
}

gyre_status_t gyre_iget(gyre_remote_t *remote, uint64_t offset, void *buf, size_t length,
                        gyre_request_t **req)
{
    access_t access = {.kind = GET, .offset = offset, .buffer = buf, .length = length};
    return run_nonblocking(remote, &access, req);
}

gyre_status_t gyre_atomic(gyre_remote_t *remote, uint64_t offset, gyre_atomic_t op, int width,
                          uint64_t operand, uint64_t compare, uint64_t *result)
{
    access_t access = {ATOMIC, offset, result, (size_t)width, op, operand, compare};
    return run(remote, &access);
}

gyre_status_t gyre_iatomic(gyre_remote_t *remote, uint64_t offset, gyre_atomic_t op, int width,
                           uint64_t operand, uint64_t compare, uint64_t *result,
                           gyre_request_t **req)
{
    access_t access = {ATOMIC, offset, result, (size_t)width, op, operand, compare};
    return run_nonblocking(remote, &access, req);
}

gyre_status_t gyre_flush(gyre_comm_t *comm, int rank)
{
    gyre_request_t req;
    gyre__peer_t *peer;
    gyre_status_t status = gyre__comm_check_rank(comm, rank);
    if (status != GYRE_OK)
        return status;
    gyre_context_t *ctx = comm->ctx;
    gyre__enter(ctx);
    status = gyre__wait_allowed(ctx);
    if (status == GYRE_OK)
        status = gyre__peer_get(ctx, gyre__comm_world(comm, rank), &peer);
    gyre__request_init(&req, ctx, comm, GYRE__REQUEST_RMA);
    if (status == GYRE_OK && peer->net_link) {
        status = gyre__request_started(
            &req, ctx->net->ops->flush(ctx->net, peer->net_link, &req.op));
        if (status == GYRE_OK)
            status = gyre__request_wait(&req);
    }
    gyre__leave(ctx);
    return status;
}
