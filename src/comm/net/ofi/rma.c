/* SPDX-License-Identifier: Apache-2.0 */
/* Put, get, and the read of a rendezvous: one piece at a time where one operation of libfabric
 * cannot move it all.
 *
 * A small put is copied and done at once; the copy goes on as an op that only a flush waits for.
 * COPIES bounds how many of them a peer may owe. */
#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <string.h>

#include <rdma/fi_rma.h>

enum { COPY_MAX = 4096, COPIES = 64 };

static size_t next_piece(const gyre__ofi_t *net, const gyre__ofi_op_t *op)
{
    return op->left < net->piece ? op->left : net->piece;
}

static ssize_t post_get(gyre__ofi_t *net, gyre__ofi_work_t *work)
{
    gyre__ofi_op_t *op = gyre__container(work, gyre__ofi_op_t, work);
    return fi_read(net->ep, op->at, next_piece(net, op), op->desc, work->peer->addr, op->remote,
                   op->key, &work->context);
}

static ssize_t post_put(gyre__ofi_t *net, gyre__ofi_work_t *work)
{
    gyre__ofi_op_t *op = gyre__container(work, gyre__ofi_op_t, work);
    size_t length = next_piece(net, op);
    if (!net->delivery)
        return fi_write(net->ep, op->at, length, op->desc, work->peer->addr, op->remote, op->key,
                        &work->context);
    struct iovec from = {op->at, length};
    struct fi_rma_iov to = {op->remote, length, op->key};
    struct fi_msg_rma message = {&from, &op->desc, 1, work->peer->addr, &to, 1, &work->context, 0};
    return fi_writemsg(net->ep, &message, FI_COMPLETION | FI_DELIVERY_COMPLETE);
}

static void moved(gyre__ofi_t *net, gyre__ofi_work_t *work, size_t length, gyre_status_t status)
{
    gyre__ofi_op_t *op = gyre__container(work, gyre__ofi_op_t, work);
    if (op->orphan) {
        gyre__ofi_op_free(net, op);
        return;
    }
    size_t piece = next_piece(net, op);
    if (status == GYRE_OK && op->left > piece) {
        op->at += piece;
        op->remote += piece;
        op->left -= piece;
        status = gyre__ofi_start(net, work);
        if (status == GYRE_OK)
            return;
    }
    if (op->offer)
        gyre__ofi_fetched(net, op, status);
    gyre__ofi_op_end(net, op, status);
}

gyre_status_t gyre__ofi_move(gyre__ofi_t *net, gyre__ofi_op_t *op)
{
    op->work.post = op->put ? post_put : post_get;
    op->work.done = moved;
    if (op->put && !net->delivery)
        op->work.peer->dirty = true;
    return gyre__ofi_start(net, &op->work);
}

gyre__ofi_op_t *gyre__ofi_oldest_move(gyre__ofi_t *net)
{
    gyre__ofi_op_t *oldest = NULL;
    gyre__list_each(at, &net->peers)
    {
        gyre__net_peer_t *peer = gyre__container(at, gyre__net_peer_t, link);
        gyre__list_each(link, &peer->ops)
        {
            gyre__ofi_op_t *op = gyre__container(link, gyre__ofi_op_t, link);
            if (op->work.done == moved && op->work.state == GYRE__OFI_POSTED &&
                (!oldest || op->number < oldest->number))
                oldest = op;
        }
    }
    return oldest;
}

static gyre_status_t start_move(gyre__ofi_t *net, gyre__ofi_op_t *op, gyre__net_key_t *key,
                                uint64_t addr, size_t length)
{
    op->left = length;
    op->remote = addr - key->base;
    op->key = key->key;
    gyre_status_t status = op->copy ? GYRE_OK : gyre__ofi_local(net, op, op->at, length);
    if (status == GYRE_OK)
        status = gyre__ofi_move(net, op);
    if (status == GYRE_OK)
        return op->copy ? GYRE_OK : GYRE_IN_PROGRESS;
    gyre__ofi_op_free(net, op);
    return status;
}

/* Without memory for a copy the caller's buffer does. */
static void copy(gyre__ofi_t *net, gyre__ofi_op_t *op, size_t length)
{
    gyre__ofi_buffer_t *buffer = gyre__ofi_buffer_get(net, op->work.peer, length);
    if (!buffer)
        return;
    memcpy(buffer->data, op->at, length);
    op->copy = buffer;
    op->work.peer->copies++;
    op->at = buffer->data;
    op->desc = buffer->desc;
    op->user = NULL;
}

gyre_status_t gyre__ofi_put(gyre__net_t *base, gyre__net_peer_t *peer, gyre__net_key_t *key,
                            uint64_t addr, const void *buffer, size_t length, gyre__net_op_t *user)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    gyre_status_t status = gyre__ofi_peer_usable(peer);
    if (status != GYRE_OK)
        return status;
    gyre__ofi_op_t *op = gyre__ofi_op_new(net, peer, user);
    if (!op)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an operation");
    op->put = true;
    op->at = (unsigned char *)(uintptr_t)buffer;
    if (length <= COPY_MAX && peer->copies < COPIES)
        copy(net, op, length);
    return start_move(net, op, key, addr, length);
}

gyre_status_t gyre__ofi_get(gyre__net_t *base, gyre__net_peer_t *peer, gyre__net_key_t *key,
                            uint64_t addr, void *buffer, size_t length, gyre__net_op_t *user)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    gyre_status_t status = gyre__ofi_peer_usable(peer);
    if (status != GYRE_OK)
        return status;
    gyre__ofi_op_t *op = gyre__ofi_op_new(net, peer, user);
    if (!op)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an operation");
    op->at = buffer;
    return start_move(net, op, key, addr, length);
}
