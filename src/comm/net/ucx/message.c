/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, by UCX's active messages: eager or rendezvous as UCX chooses.
 *
 * A small message is tried without a slot first. UCX then hands header and data to the transport's
 * short send, three pieces gathered into one write, and is done with both when it returns; that is
 * all there is on the path that latency is made of. */
#include "comm/net/ucx/ucx.h"

#include "base/error.h"
#include "base/log.h"

#include <string.h>

enum {
    MESSAGE_ID = 1,
    TRY_SHORT = 512 /* bytes; the second call costs more than nothing where short is shorter */
};

static gyre_status_t send_with_slot(gyre__net_peer_t *peer, const void *header,
                                    size_t header_length, const void *data, size_t length,
                                    gyre__net_op_t *op)
{
    gyre__ucx_slot_t *slot;
    ucp_request_param_t param;
    gyre_status_t status = gyre__ucx_start(peer->ucx, peer, op, &slot, &param);
    if (status != GYRE_OK)
        return status;
    memcpy(slot->header, header, header_length);
    /* UCX forgets to free what it kept of a rendezvous of 0 bytes (UCX_RNDV_THRESH=0). */
    if (length == 0) {
        param.op_attr_mask |= UCP_OP_ATTR_FIELD_FLAGS;
        param.flags = UCP_AM_SEND_FLAG_EAGER;
    }
    ucs_status_ptr_t returned =
        ucp_am_send_nbx(peer->ep, MESSAGE_ID, slot->header, header_length, data, length, &param);
    return gyre__ucx_started(slot, returned, "send");
}

gyre_status_t gyre__ucx_send(gyre__net_t *net, gyre__net_peer_t *peer, const void *header,
                             size_t header_length, const void *data, size_t length,
                             gyre__net_op_t *op)
{
    static const ucp_request_param_t at_once = {
        .op_attr_mask = UCP_OP_ATTR_FLAG_FORCE_IMM_CMPL | UCP_OP_ATTR_FIELD_MEMORY_TYPE,
        .memory_type = UCS_MEMORY_TYPE_HOST,
    };
    if (peer->broken)
        return gyre__ucx_broken(peer);
    if (header_length > GYRE__NET_HEADER_MAX)
        return gyre__error(GYRE_ERR_ARG, "a header of %zu bytes, the longest is %d", header_length,
                           GYRE__NET_HEADER_MAX);
    if (header_length + length <= TRY_SHORT) {
        ucs_status_ptr_t returned =
            ucp_am_send_nbx(peer->ep, MESSAGE_ID, header, header_length, data, length, &at_once);
        if (UCS_PTR_STATUS(returned) != UCS_ERR_NO_RESOURCE)
            return gyre__ucx_error(gyre__ucx_judge(peer, UCS_PTR_STATUS(returned)), "send");
    }
    return send_with_slot(peer, header, header_length, data, length, op);
}

/* A rendezvous whose desc is neither fetched nor dropped in the up-call stays with us. */
static ucs_status_t on_message(void *arg, const void *header, size_t header_length, void *data,
                               size_t length, const ucp_am_recv_param_t *param)
{
    gyre__ucx_t *ucx = arg;
    bool rendezvous = param->recv_attr & UCP_AM_RECV_ATTR_FLAG_RNDV;
    if (header_length > GYRE__NET_HEADER_MAX) {
        gyre__log(GYRE__LOG_WARN, "message with a header of %zu bytes ignored", header_length);
        return UCS_OK;
    }
    if ((uintptr_t)header % sizeof(uint64_t)) /* UCX puts it behind the data */
        header = memcpy(ucx->header, header, header_length);
    gyre__net_message_t message = {header, header_length, rendezvous ? NULL : data, length,
                                   rendezvous ? data : NULL};
    ucx->calls++;
    ucx->current = message.desc;
    ucx->params.received(ucx->params.arg, &message);
    bool dropped = rendezvous && !ucx->current;
    ucx->current = NULL;
    return rendezvous && !dropped ? UCS_INPROGRESS : UCS_OK;
}

gyre_status_t gyre__ucx_receive_init(gyre__ucx_t *ucx)
{
    ucp_am_handler_param_t param = {
        .field_mask = UCP_AM_HANDLER_PARAM_FIELD_ID | UCP_AM_HANDLER_PARAM_FIELD_CB |
                      UCP_AM_HANDLER_PARAM_FIELD_ARG,
        .id = MESSAGE_ID,
        .cb = on_message,
        .arg = ucx,
    };
    return gyre__ucx_error(ucp_worker_set_am_recv_handler(ucx->worker, &param),
                           "cannot receive active messages");
}

gyre_status_t gyre__ucx_fetch(gyre__net_t *net, gyre__net_peer_t *peer, void *desc, void *buffer,
                              size_t length, gyre__net_op_t *op)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    gyre__ucx_slot_t *slot;
    ucp_request_param_t param;
    if (peer && peer->broken) {
        gyre__ucx_drop(net, desc);
        return gyre__ucx_broken(peer);
    }
    gyre_status_t status = gyre__ucx_start(ucx, peer, op, &slot, &param);
    if (status != GYRE_OK)
        return status;
    slot->fetching = true;
    param.cb.recv_am = gyre__ucx_on_receive;
    ucs_status_ptr_t returned = ucp_am_recv_data_nbx(ucx->worker, desc, buffer, length, &param);
    return gyre__ucx_started(slot, returned, "fetch");
}

/* In the up-call that brought it, UCX itself drops the message: on_message returns UCS_OK. */
void gyre__ucx_drop(gyre__net_t *net, void *desc)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    if (ucx->current == desc)
        ucx->current = NULL;
    else
        ucp_am_data_release(ucx->worker, desc);
}
