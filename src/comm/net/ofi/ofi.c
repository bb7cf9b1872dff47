/* SPDX-License-Identifier: Apache-2.0 */
/* The libfabric provider: any of libfabric's providers that has reliable datagram endpoints with
 * messages and remote memory access. See ofi.h for how it is made. */
#include "config.h"

#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <rdma/fi_cm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static gyre__ofi_t *make(const gyre__net_params_t *params)
{
    gyre__ofi_t *net = calloc(1, sizeof(*net));
    if (!net)
        return NULL;
    net->base.ops = &gyre__net_ofi;
    net->params = *params;
    net->cq_fd = net->poll_fd = net->timer_fd = -1;
    net->watch_fd = net->line_fd = -1;
    gyre__list_init(&net->peers);
    gyre__list_init(&net->gone);
    gyre__list_init(&net->stuck);
    gyre__list_init(&net->failing);
    gyre__list_init(&net->mems);
    gyre__list_init(&net->held);
    gyre__map_init(&net->by_id);
    gyre__map_init(&net->waits);
    gyre__map_init(&net->by_key);
    gyre__ofi_buffers_open(net);
    return net;
}

static gyre_status_t make_address(gyre__ofi_t *net)
{
    gyre__ofi_address_t *mine = &net->address;
    size_t length = sizeof(mine->raw);
    int rc = fi_getname(&net->ep->fid, mine->raw, &length);
    if (rc != 0)
        return gyre__error(GYRE_ERR_NET, "the address of libfabric's endpoint: %s",
                           gyre__ofi_lib.text(-rc));
    mine->raw_length = (uint32_t)length;
    mine->worker = net->params.worker;
    gyre__process_self(&mine->process);
    strncpy(mine->provider, net->info->fabric_attr->prov_name, sizeof(mine->provider) - 1);
    if (getrandom(&mine->id, sizeof(mine->id), 0) != sizeof(mine->id))
        return gyre__error(GYRE_ERR_SYSTEM, "no random bytes");
    return GYRE_OK;
}

/* Memory that libfabric may touch goes after the endpoint, registrations before the domain. */
static void close_fabric(gyre__ofi_t *net)
{
    if (net->ep) {
        gyre__ofi_drain(net);
        fi_close(&net->ep->fid);
    }
    if (net->cq)
        fi_close(&net->cq->fid);
    if (net->av)
        fi_close(&net->av->fid);
    while (!gyre__list_empty(&net->mems)) {
        gyre__ofi_mem_t *mem = gyre__container(net->mems.next, gyre__ofi_mem_t, link);
        gyre__ofi_mem_unmap(&net->base, &mem->base);
    }
    gyre__ofi_receives_close(net);
    gyre__ofi_buffers_close(net);
    if (net->domain)
        fi_close(&net->domain->fid);
    if (net->fabric)
        fi_close(&net->fabric->fid);
    if (net->info)
        gyre__ofi_lib.freeinfo(net->info);
}

static void net_close(gyre__net_t *base)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    net->closing = true;
    while (!gyre__list_empty(&net->peers))
        gyre__ofi_peer_drop(net, gyre__container(net->peers.next, gyre__net_peer_t, link));
    gyre__ofi_wait_close(net);
    gyre__ofi_lines_close(net);
    close_fabric(net);
    gyre__ofi_peers_free(net);
    gyre__map_cleanup(&net->by_id);
    gyre__map_cleanup(&net->waits);
    gyre__map_cleanup(&net->by_key);
    free(net);
}

static gyre_status_t net_open(const gyre__net_params_t *params, gyre__net_t **out)
{
    gyre__ofi_t *net = make(params);
    if (!net)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the libfabric provider");
    gyre_status_t status = gyre__ofi_endpoint_open(net);
    if (status == GYRE_OK)
        status = make_address(net);
    if (status == GYRE_OK)
        status = gyre__ofi_lines_open(net);
    if (status == GYRE_OK)
        status = gyre__ofi_wait_open(net);
    if (status == GYRE_OK)
        status = gyre__ofi_receives_open(net);
    if (status == GYRE_OK)
        *out = &net->base;
    else
        net_close(&net->base);
    return status;
}

static bool sent_all(gyre__net_t *net, const gyre__net_peer_t *peer)
{
    (void)net;
    return peer->queued == 0 || peer->failed;
}

const gyre__net_ops_t gyre__net_ofi = {
    .size = sizeof(gyre__net_ops_t),
    .name = "ofi",
    .open = net_open,
    .close = net_close,
    .address = gyre__ofi_address,
    .connect = gyre__ofi_connect,
    .fetches_linger = true,
    .disconnect = gyre__ofi_disconnect,
    .send = gyre__ofi_send,
    .fetch = gyre__ofi_fetch,
    .drop = gyre__ofi_drop,
    .mem_map = gyre__ofi_mem_map,
    .mem_unmap = gyre__ofi_mem_unmap,
    .mem_key = gyre__ofi_mem_key,
    .key_import = gyre__ofi_key_import,
    .key_release = gyre__ofi_key_release,
    .put = gyre__ofi_put,
    .get = gyre__ofi_get,
    .atomic = gyre__ofi_atomic,
    .flush = gyre__ofi_flush,
    .sent_all = sent_all,
    .progress = gyre__ofi_progress,
    .arm = gyre__ofi_arm,
    .describe = gyre__ofi_describe,
};
