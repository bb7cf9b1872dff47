/* SPDX-License-Identifier: Apache-2.0 */
/* One-sided access. Where a transport cannot do it in memory or hardware, UCX sends messages that
 * the target's progress carries out; a flush waits for those too. */
#include "comm/net/ucx/ucx.h"

#include "base/error.h"

gyre_status_t gyre__ucx_put(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                            uint64_t addr, const void *buffer, size_t length, gyre__net_op_t *op)
{
    gyre__ucx_slot_t *slot;
    ucp_request_param_t param;
    if (peer->broken)
        return gyre__ucx_broken(peer);
    gyre_status_t status = gyre__ucx_start(peer->ucx, peer, op, &slot, &param);
    if (status != GYRE_OK)
        return status;
    return gyre__ucx_started(
        slot, ucp_put_nbx(peer->ep, buffer, length, addr, gyre__ucx_rkey(key), &param), "put");
}

gyre_status_t gyre__ucx_get(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                            uint64_t addr, void *buffer, size_t length, gyre__net_op_t *op)
{
    gyre__ucx_slot_t *slot;
    ucp_request_param_t param;
    if (peer->broken)
        return gyre__ucx_broken(peer);
    gyre_status_t status = gyre__ucx_start(peer->ucx, peer, op, &slot, &param);
    if (status != GYRE_OK)
        return status;
    return gyre__ucx_started(
        slot, ucp_get_nbx(peer->ep, buffer, length, addr, gyre__ucx_rkey(key), &param), "get");
}

static const ucp_atomic_op_t atomics[] = {
    [GYRE_ATOMIC_FETCH_ADD] = UCP_ATOMIC_OP_ADD,
    [GYRE_ATOMIC_SWAP] = UCP_ATOMIC_OP_SWAP,
    [GYRE_ATOMIC_COMPARE_SWAP] = UCP_ATOMIC_OP_CSWAP,
};

static void store(uint64_t *at, int width, uint64_t value)
{
    if (width == 4)
        *(uint32_t *)(void *)at = (uint32_t)value;
    else
        *at = value;
}

/* For a compare-and-swap UCX takes the compared value as the operand, and the new one from where
 * it will put the old one. */
gyre_status_t gyre__ucx_atomic(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                               uint64_t addr, gyre_atomic_t op_code, int width, uint64_t operand,
                               uint64_t compare, uint64_t *result, gyre__net_op_t *op)
{
    gyre__ucx_slot_t *slot;
    ucp_request_param_t param;
    bool swap_if = op_code == GYRE_ATOMIC_COMPARE_SWAP;
    if (peer->broken)
        return gyre__ucx_broken(peer);
    gyre_status_t status = gyre__ucx_start(peer->ucx, peer, op, &slot, &param);
    if (status != GYRE_OK)
        return status;
    slot->result = result;
    slot->width = width;
    store(&slot->operand, width, swap_if ? compare : operand);
    store(&slot->reply, width, operand);
    param.op_attr_mask |= UCP_OP_ATTR_FIELD_DATATYPE | UCP_OP_ATTR_FIELD_REPLY_BUFFER;
    param.datatype = ucp_dt_make_contig((size_t)width);
    param.reply_buffer = &slot->reply;
    ucs_status_ptr_t returned = ucp_atomic_op_nbx(peer->ep, atomics[op_code], &slot->operand, 1,
                                                  addr, gyre__ucx_rkey(key), &param);
    return gyre__ucx_started(slot, returned, "atomic operation");
}

static gyre_status_t flush_peer(gyre__net_peer_t *peer, gyre__net_op_t *op)
{
    gyre__ucx_slot_t *slot;
    ucp_request_param_t param;
    gyre_status_t status = gyre__ucx_start(peer->ucx, peer, op, &slot, &param);
    if (status != GYRE_OK)
        return status;
    return gyre__ucx_started(slot, ucp_ep_flush_nbx(peer->ep, &param), "flush");
}

static ucs_status_t failure_of_part(gyre_status_t status)
{
    switch (status) {
    case GYRE_ERR_PEER_FAILED:
        return UCS_ERR_CONNECTION_RESET;
    case GYRE_ERR_NO_MEMORY:
        return UCS_ERR_NO_MEMORY;
    default:
        return UCS_ERR_CANCELED;
    }
}

static void part_done(gyre__net_op_t *op, gyre_status_t status)
{
    gyre__ucx_slot_t *all = gyre__container(op, gyre__ucx_slot_t, part);
    if (status != GYRE_OK)
        all->status = failure_of_part(status);
    if (--all->parts == 0)
        gyre__ucx_ended(all, all->status);
}

/* Not by ucp_worker_flush_nbx: that moves on when progress is called, one endpoint a time, and
 * gives no event to whoever sleeps meanwhile. Peers known to be broken have nothing to flush. */
static gyre_status_t flush_all(gyre__ucx_t *ucx, gyre__net_op_t *op)
{
    gyre__ucx_slot_t *all;
    gyre_status_t status = gyre__ucx_start_own(ucx, op, &all);
    if (status != GYRE_OK)
        return status;
    all->part.done = part_done;
    all->status = UCS_OK;
    all->parts = 1;
    gyre__list_each(link, &ucx->peers)
    {
        gyre__net_peer_t *peer = gyre__container(link, gyre__net_peer_t, link);
        all->parts++;
        status = peer->broken ? GYRE_OK : flush_peer(peer, &all->part);
        if (status != GYRE_IN_PROGRESS)
            part_done(&all->part, status);
    }
    part_done(&all->part, GYRE_OK); /* the one that held it open */
    return gyre__ucx_started(all, all, "flush");
}

gyre_status_t gyre__ucx_flush(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_op_t *op)
{
    if (!peer)
        return flush_all(gyre__ucx_of(net), op);
    return peer->broken ? gyre__ucx_broken(peer) : flush_peer(peer, op);
}
