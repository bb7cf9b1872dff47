/* SPDX-License-Identifier: Apache-2.0 */
/* Peers: one UCX endpoint each. UCX tells a broken connection through on_error, in the midst of
 * its own work; the peer then waits in the failed list until progress tells it to the wire. */
#include "comm/net/ucx/ucx.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void gyre__ucx_peer_fail(gyre__net_peer_t *peer)
{
    if (peer->broken)
        return;
    peer->broken = true;
    gyre__list_remove(&peer->link);
    gyre__list_append(&peer->ucx->failed, &peer->link);
}

static void on_error(void *arg, ucp_ep_h ep, ucs_status_t status)
{
    gyre__ucx_peer_fail(arg);
}

/* The up-call may disconnect nobody, so the list only shrinks here. */
void gyre__ucx_report_failures(gyre__ucx_t *ucx)
{
    gyre__link_t *link;
    while ((link = gyre__list_pop(&ucx->failed))) {
        gyre__net_peer_t *peer = gyre__container(link, gyre__net_peer_t, link);
        gyre__list_append(&ucx->peers, link);
        ucx->calls++;
        ucx->params.failed(ucx->params.arg, peer->worker);
    }
}

gyre_status_t gyre__ucx_broken(const gyre__net_peer_t *peer)
{
    return gyre__error(GYRE_ERR_PEER_FAILED, "the connection to worker %u is broken", peer->worker);
}

static ucs_status_t endpoint_open(gyre__net_peer_t *peer, const void *address)
{
    ucp_ep_params_t params = {
        .field_mask = UCP_EP_PARAM_FIELD_REMOTE_ADDRESS | UCP_EP_PARAM_FIELD_ERR_HANDLING_MODE |
                      UCP_EP_PARAM_FIELD_ERR_HANDLER,
        .address = address,
        .err_mode = UCP_ERR_HANDLING_MODE_PEER,
        .err_handler = {on_error, peer},
    };
    return ucp_ep_create(peer->ucx->worker, &params, &peer->ep);
}

static gyre_status_t no_connection(uint32_t worker, ucs_status_t status)
{
    if (status == UCS_ERR_UNREACHABLE)
        return gyre__error(GYRE_ERR_UNREACHABLE,
                           "UCX has no transport to worker %u that notices its death; UCX_TLS and "
                           "UCX_NET_DEVICES choose among them",
                           worker);
    return gyre__ucx_error(status, "cannot connect");
}

gyre_status_t gyre__ucx_connect(gyre__net_t *net, uint32_t worker, const void *address,
                                size_t length, gyre__net_peer_t **out)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    const char *bytes = gyre__ucx_unseal(address, length, "address");
    if (!bytes)
        return GYRE_ERR_ARG;
    gyre__net_peer_t *peer = calloc(1, sizeof(*peer));
    if (!peer)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the peer of worker %u", worker);
    peer->ucx = ucx;
    peer->worker = worker;
    memcpy(&peer->process, bytes, sizeof(peer->process));
    ucs_status_t status = endpoint_open(peer, bytes + sizeof(peer->process));
    if (status != UCS_OK) {
        free(peer);
        return no_connection(worker, status);
    }
    gyre__list_append(&ucx->peers, &peer->link);
    gyre__ucx_watch(peer);
    *out = peer;
    return GYRE_OK;
}

void gyre__ucx_disconnect(gyre__net_t *net, gyre__net_peer_t *peer)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    ucp_request_param_t param = {.op_attr_mask = UCP_OP_ATTR_FIELD_FLAGS,
                                 .flags = UCP_EP_CLOSE_FLAG_FORCE};
    ucx->disconnecting = true;
    ucs_status_ptr_t request = ucp_ep_close_nbx(peer->ep, &param);
    if (UCS_PTR_IS_PTR(request))
        ucp_request_free(request);
    ucx->disconnecting = false;
    gyre__ucx_unwatch(peer);
    gyre__ucx_forget(peer);
    gyre__list_remove(&peer->link);
    free(peer);
}
