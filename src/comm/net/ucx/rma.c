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
    gyre_status_t status = gyre__ucx_start(peer->ucx, op, &slot, &param);
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
    gyre_status_t status = gyre__ucx_start(peer->ucx, op, &slot, &param);
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
    gyre_status_t status = gyre__ucx_start(peer->ucx, op, &slot, &param);
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

gyre_status_t gyre__ucx_flush(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_op_t *op)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    gyre__ucx_slot_t *slot;
    ucp_request_param_t param;
    if (peer && peer->broken)
        return gyre__ucx_broken(peer);
    gyre_status_t status = gyre__ucx_start(ucx, op, &slot, &param);
    if (status != GYRE_OK)
        return status;
    return gyre__ucx_started(slot,
                             peer ? ucp_ep_flush_nbx(peer->ep, &param)
                                  : ucp_worker_flush_nbx(ucx->worker, &param),
                             "flush");
}
