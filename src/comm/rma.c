/* SPDX-License-Identifier: Apache-2.0 */
/* One-sided operations. What is mapped here is copied to and from at once, also by the owner
 * itself; the rest goes through the network provider. All workers' atomics on a region are of one
 * kind: the processor's in a job on one node, else the provider's. */
#include "base/error.h"
#include "comm/mem.h"
#include "comm/revoke.h"
#include "comm/wait.h"

#include <string.h>

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
    return gyre__revoke_check(remote->comm);
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

static bool is_direct(const gyre_remote_t *remote, const access_t *access)
{
    return remote->direct && !(access->kind == ATOMIC && (remote->key || remote->packed));
}

static uint32_t change4(uint32_t *at, const access_t *access)
{
    uint32_t operand = (uint32_t)access->operand, old = (uint32_t)access->compare;
    if (access->code == GYRE_ATOMIC_FETCH_ADD)
        return __atomic_fetch_add(at, operand, __ATOMIC_SEQ_CST);
    if (access->code == GYRE_ATOMIC_SWAP)
        return __atomic_exchange_n(at, operand, __ATOMIC_SEQ_CST);
    __atomic_compare_exchange_n(at, &old, operand, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return old;
}

static uint64_t change8(uint64_t *at, const access_t *access)
{
    uint64_t old = access->compare;
    if (access->code == GYRE_ATOMIC_FETCH_ADD)
        return __atomic_fetch_add(at, access->operand, __ATOMIC_SEQ_CST);
    if (access->code == GYRE_ATOMIC_SWAP)
        return __atomic_exchange_n(at, access->operand, __ATOMIC_SEQ_CST);
    __atomic_compare_exchange_n(at, &old, access->operand, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return old;
}

static void access_now(const gyre_remote_t *remote, const access_t *access)
{
    char *at = remote->direct + access->offset;
    uint64_t old;
    if (access->kind == ATOMIC) {
        old =
            access->length == 4 ? change4((uint32_t *)at, access) : change8((uint64_t *)at, access);
        memcpy(access->buffer, &old, sizeof(old));
    } else if (access->length) {
        memcpy(access->kind == PUT ? at : access->buffer, access->kind == PUT ? access->buffer : at,
               access->length);
    }
}

static gyre_status_t start_provider(gyre_request_t *req, gyre_remote_t *remote,
                                    const access_t *access)
{
    gyre__net_t *net = req->ctx->net;
    uint64_t addr = remote->addr + access->offset;
    if (remote->peer->failed) /* maybe since check_access, which other threads may overtake */
        return gyre__error(GYRE_ERR_PEER_FAILED, "rank %u has failed", remote->peer->worker);
    gyre_status_t status = gyre__remote_open(remote);
    if (status != GYRE_OK || access->length == 0)
        return status;
    gyre__net_peer_t *link = remote->peer->net_link;
    remote->peer->changes += access->kind != GET;
    if (access->kind == ATOMIC)
        return net->ops->atomic(net, link, remote->key, addr, access->code, (int)access->length,
                                access->operand, access->compare, access->buffer, &req->op);
    if (access->kind == PUT)
        return net->ops->put(net, link, remote->key, addr, access->buffer, access->length,
                             &req->op);
    return net->ops->get(net, link, remote->key, addr, access->buffer, access->length, &req->op);
}

static gyre_status_t start(gyre_request_t *req, gyre_remote_t *remote, const access_t *access)
{
    gyre_status_t status = GYRE_OK;
    if (is_direct(remote, access))
        access_now(remote, access);
    else
        status = start_provider(req, remote, access);
    if (status == GYRE_OK)
        gyre__unwatched(req->ctx, access->length);
    return gyre__request_started(req, status);
}

static gyre_status_t run_provider(gyre_remote_t *remote, const access_t *access)
{
    gyre_request_t req;
    gyre__request_init(&req, remote->comm->ctx, remote->comm, GYRE__REQUEST_RMA);
    gyre_status_t status = start(&req, remote, access);
    return status == GYRE_OK ? gyre__request_wait(&req) : status;
}

static gyre_status_t run(gyre_remote_t *remote, const access_t *access)
{
    gyre_status_t status =
        access->kind == ATOMIC ? check_atomic(remote, access) : check_access(remote, access);
    if (status != GYRE_OK)
        return status;
    gyre_context_t *ctx = remote->comm->ctx;
    gyre__enter(ctx);
    status = gyre__wait_allowed(ctx);
    if (status == GYRE_OK && is_direct(remote, access)) {
        access_now(remote, access);
        gyre__unwatched(ctx, access->length);
    } else if (status == GYRE_OK) {
        status = run_provider(remote, access);
    }
    gyre__watch(ctx);
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

static bool all_there(const gyre__peer_t *peer)
{
    return !peer->net_link || peer->changes == peer->flushed;
}

/* Another thread may flush at the same time: its flush counts for us when it has ended. */
static gyre_status_t flush(gyre_comm_t *comm, gyre__peer_t *peer)
{
    gyre_request_t req;
    gyre_context_t *ctx = comm->ctx;
    uint32_t changes = peer->changes;
    gyre__request_init(&req, ctx, comm, GYRE__REQUEST_RMA);
    gyre_status_t status =
        gyre__request_started(&req, ctx->net->ops->flush(ctx->net, peer->net_link, &req.op));
    if (status == GYRE_OK)
        status = gyre__request_wait(&req);
    if (status == GYRE_OK && (int32_t)(changes - peer->flushed) > 0)
        peer->flushed = changes;
    return status;
}

gyre_status_t gyre_flush(gyre_comm_t *comm, int rank)
{
    gyre__peer_t *peer;
    gyre_status_t status = gyre__comm_check_rank(comm, rank);
    if (status != GYRE_OK)
        return status;
    gyre_context_t *ctx = comm->ctx;
    gyre__enter(ctx);
    status = gyre__wait_allowed(ctx);
    if (status == GYRE_OK)
        status = gyre__revoke_check(comm);
    if (status == GYRE_OK)
        status = gyre__peer_get(ctx, gyre__comm_world(comm, rank), &peer);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* what was copied directly */
    if (status == GYRE_OK && !all_there(peer))
        status = flush(comm, peer);
    gyre__watch(ctx);
    gyre__leave(ctx);
    return status;
}
