/* SPDX-License-Identifier: Apache-2.0 */
/* Works and ops: started, queued while libfabric says "again", ended once.
 *
 * Each peer has its own queue, so that one that is slow or still connecting holds up nobody
 * else; a work goes behind those that wait already, which keeps a flush behind what it covers. */
#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <string.h>

bool gyre__ofi_is_peer_error(int error)
{
    switch (error) {
    case FI_ECANCELED: /* what a broken connection leaves of its operations */
    case FI_EIO:
    case FI_ECONNRESET:
    case FI_ECONNABORTED:
    case FI_ECONNREFUSED:
    case FI_ENOTCONN:
    case FI_ESHUTDOWN:
    case FI_EHOSTUNREACH:
    case FI_EHOSTDOWN:
    case FI_ENETUNREACH:
    case FI_ETIMEDOUT:
    case EPIPE:
        return true;
    default:
        return false;
    }
}

gyre_status_t gyre__ofi_status(int error, const char *what)
{
    gyre_status_t status = gyre__ofi_is_peer_error(error) ? GYRE_ERR_PEER_FAILED
                           : error == FI_ENOMEM           ? GYRE_ERR_NO_MEMORY
                                                          : GYRE_ERR_NET;
    return gyre__error(status, "%s: %s", what, gyre__ofi_lib.text(error));
}

static gyre_status_t refused(gyre__ofi_t *net, gyre__ofi_work_t *work, ssize_t rc)
{
    gyre_status_t status = gyre__ofi_status((int)-rc, "libfabric refused an operation");
    if (status == GYRE_ERR_PEER_FAILED)
        gyre__ofi_peer_fail(net, work->peer, gyre__ofi_lib.text((int)-rc));
    return status;
}

static void enqueue(gyre__ofi_t *net, gyre__ofi_work_t *work)
{
    gyre__net_peer_t *peer = work->peer;
    gyre__list_append(&peer->queue, &work->link);
    work->state = GYRE__OFI_QUEUED;
    if (peer->queued++ == 0)
        gyre__list_append(&net->stuck, &peer->stuck);
}

gyre_status_t gyre__ofi_start(gyre__ofi_t *net, gyre__ofi_work_t *work)
{
    ssize_t rc = work->peer->queued > 0 ? -FI_EAGAIN : work->post(net, work);
    if (rc == 0) {
        work->state = GYRE__OFI_POSTED;
        return GYRE_OK;
    }
    if (rc != -FI_EAGAIN)
        return refused(net, work, rc);
    enqueue(net, work);
    return GYRE_OK;
}

void gyre__ofi_unqueue(gyre__ofi_t *net, gyre__ofi_work_t *work)
{
    gyre__list_remove(&work->link);
    work->state = GYRE__OFI_IDLE;
    if (--work->peer->queued == 0)
        gyre__list_remove(&work->peer->stuck);
}

/* False: the peer must wait on. */
static bool retry_first(gyre__ofi_t *net, gyre__net_peer_t *peer)
{
    gyre__ofi_work_t *work = gyre__container(peer->queue.next, gyre__ofi_work_t, link);
    ssize_t rc = work->post(net, work);
    if (rc == -FI_EAGAIN)
        return false;
    gyre__ofi_unqueue(net, work);
    if (rc == 0)
        work->state = GYRE__OFI_POSTED;
    else
        work->done(net, work, 0, refused(net, work, rc));
    return true;
}

static unsigned retry_peer(gyre__ofi_t *net, gyre__net_peer_t *peer)
{
    unsigned moved = 0;
    while (!peer->failed && peer->queued > 0 && retry_first(net, peer))
        moved++;
    return moved;
}

unsigned gyre__ofi_retry(gyre__ofi_t *net)
{
    gyre__link_t now;
    unsigned moved = 0;
    gyre__list_init(&now);
    for (gyre__link_t *link = gyre__list_pop(&net->stuck); link; link = gyre__list_pop(&net->stuck))
        gyre__list_append(&now, link);
    for (gyre__link_t *link = gyre__list_pop(&now); link; link = gyre__list_pop(&now)) {
        gyre__net_peer_t *peer = gyre__container(link, gyre__net_peer_t, stuck);
        gyre__list_append(&net->stuck, &peer->stuck);
        moved += retry_peer(net, peer);
    }
    return moved;
}

static gyre__ofi_op_t *make(gyre__ofi_t *net)
{
    gyre__ofi_op_t *op = net->spare_ops;
    if (op)
        net->spare_ops = op->next;
    else
        op = gyre__pool_get(&net->ops);
    return op;
}

gyre__ofi_op_t *gyre__ofi_op_new(gyre__ofi_t *net, gyre__net_peer_t *peer, gyre__net_op_t *user)
{
    gyre__ofi_op_t *op = make(net);
    if (!op)
        return NULL;
    memset(op, 0, sizeof(*op));
    gyre__list_init(&op->work.link);
    gyre__list_init(&op->link);
    op->user = user;
    op->number = ++net->next_number;
    op->work.peer = peer;
    if (peer) {
        peer->refs++;
        gyre__list_append(&peer->ops, &op->link);
    }
    net->busy++;
    return op;
}

void gyre__ofi_op_free(gyre__ofi_t *net, gyre__ofi_op_t *op)
{
    if (op->mr)
        fi_close(&op->mr->fid);
    if (op->copy) {
        op->work.peer->copies--;
        gyre__ofi_buffer_put(net, op->copy);
    }
    if (op->offer) {
        gyre__ofi_peer_release(op->offer->peer);
        gyre__pool_put(&net->offers, op->offer);
    }
    gyre__list_remove(&op->link);
    if (op->id)
        gyre__map_remove(&net->waits, op->id);
    if (op->work.peer)
        gyre__ofi_peer_release(op->work.peer);
    net->busy--;
    op->next = net->spare_ops;
    net->spare_ops = op;
}

/* An op that never started, or that nobody holds any more, goes; one that libfabric still holds
 * becomes an orphan. */
static void let_go(gyre__ofi_t *net, gyre__ofi_op_t *op)
{
    if (op->work.state == GYRE__OFI_QUEUED)
        gyre__ofi_unqueue(net, &op->work);
    if (op->work.state == GYRE__OFI_IDLE) {
        gyre__ofi_op_free(net, op);
        return;
    }
    gyre__list_remove(&op->link);
    op->user = NULL;
    op->parent = NULL;
    op->orphan = true;
}

static void end_child(gyre__ofi_t *net, gyre__ofi_op_t *parent, gyre_status_t status)
{
    if (parent->status == GYRE_OK)
        parent->status = status;
    if (--parent->children == 0)
        gyre__ofi_op_end(net, parent, parent->status);
}

void gyre__ofi_op_end(gyre__ofi_t *net, gyre__ofi_op_t *op, gyre_status_t status)
{
    gyre__net_op_t *user = op->user;
    gyre__ofi_op_t *parent = op->parent;
    gyre__net_peer_t *peer = op->work.peer;
    if (peer)
        peer->refs++;
    let_go(net, op);
    if (user)
        user->done(user, status);
    if (parent)
        end_child(net, parent, status);
    if (peer) {
        gyre__ofi_flush_run(net, peer);
        gyre__ofi_peer_release(peer);
    }
}

gyre_status_t gyre__ofi_op_await(gyre__ofi_t *net, gyre__ofi_op_t *op)
{
    op->id = ++net->next_id;
    return gyre__map_put(&net->waits, op->id, op);
}
