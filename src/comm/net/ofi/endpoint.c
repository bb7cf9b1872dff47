/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and closes libfabric's objects: fabric, domain, address vector, queue, endpoint.
 *
 * What the provider needs beyond messages and remote memory is asked for after the choice, so
 * that a provider that lacks it is still found: atomics, and a way to know that puts arrived.
 * For the latter either puts complete when they are visible (delivery complete), or a message
 * sent after them arrives after them (send after write). libfabric's shm gets neither: asking
 * would turn its copy by one system call into a command that the target must execute, while a
 * put there is in place when it completes or before the target looks at its next command. */
#include "base/error.h"
#include "comm/conf.h"
#include "comm/net/ofi/ofi.h"

#include <stdlib.h>
#include <string.h>

#define CAPS (FI_MSG | FI_RMA)
enum { UNIVERSE_MIN = 64 };
#define PIECE_MAX ((size_t)1 << 30) /* a get or put moves that much at a time */

static gyre_status_t failed(const gyre__ofi_t *net, const char *what, int rc)
{
    return gyre__error(rc == -FI_ENOMEM ? GYRE_ERR_NO_MEMORY : GYRE_ERR_NET, "%s of %s (%s): %s",
                       what, net->info->fabric_attr->prov_name, net->info->domain_attr->name,
                       gyre__ofi_lib.text(-rc));
}

static bool upgrade(gyre__ofi_t *net, uint64_t caps, uint64_t order, uint64_t op_flags, bool keep)
{
    struct fi_info *better = gyre__ofi_ask(net->info, caps, order, op_flags);
    if (!better)
        return false;
    if (!keep) {
        gyre__ofi_lib.freeinfo(better);
        return true;
    }
    gyre__ofi_lib.freeinfo(net->info);
    net->info = better;
    return true;
}

/* rxm makes atomics out of messages as we do, but loses those that a broken connection takes. shm
 * takes the answers of its targets in the order of asking (1.17), so one that died would hold up
 * those of all others for ever: nothing that it must answer is asked of it, neither atomics nor
 * messages that it would not copy at once. */
static gyre_status_t refine(gyre__ofi_t *net)
{
    uint64_t caps = CAPS, order = FI_ORDER_SAS;
    if (!net->rxm && !net->shm && upgrade(net, caps | FI_ATOMIC, order, 0, true))
        caps |= FI_ATOMIC;
    if (net->shm)
        return GYRE_OK;
    net->delivery = upgrade(net, caps, order, FI_DELIVERY_COMPLETE, false);
    if (net->delivery || upgrade(net, caps, order | FI_ORDER_SAW, 0, true))
        return GYRE_OK;
    return gyre__error(GYRE_ERR_NOT_SUPPORTED,
                       "libfabric's %s cannot tell when a write has arrived",
                       net->info->fabric_attr->prov_name);
}

static void note_modes(gyre__ofi_t *net)
{
    int mode = net->info->domain_attr->mr_mode;
    net->mr_local = mode & FI_MR_LOCAL;
    net->mr_virtual = mode & FI_MR_VIRT_ADDR;
    net->mr_own_key = !(mode & FI_MR_PROV_KEY);
    net->mr_endpoint = mode & FI_MR_ENDPOINT;
    net->inject = net->info->tx_attr->inject_size;
    net->eager = net->shm && net->inject < GYRE__OFI_EAGER ? net->inject : GYRE__OFI_EAGER;
    if (net->inject > GYRE__OFI_SMALL)
        net->inject = GYRE__OFI_SMALL;
    net->piece = net->info->ep_attr->max_msg_size;
    if (net->piece > PIECE_MAX)
        net->piece = PIECE_MAX;
}

static void note_kind(gyre__ofi_t *net)
{
    const char *name = net->info->fabric_attr->prov_name;
    net->shm = strcmp(name, "shm") == 0;
    net->rxm = strstr(name, "ofi_rxm");
    net->sockets = strstr(name, "tcp") || strstr(name, "net") || strstr(name, "sockets");
}

static gyre_status_t open_domain(gyre__ofi_t *net)
{
    int rc = gyre__ofi_lib.fabric(net->info->fabric_attr, &net->fabric, NULL);
    if (rc != 0)
        return failed(net, "opening the fabric", rc);
    rc = fi_domain(net->fabric, net->info, &net->domain, NULL);
    return rc == 0 ? GYRE_OK : failed(net, "opening the domain", rc);
}

/* A queue that nobody will sleep on is cheaper for some providers. */
static gyre_status_t open_queue(gyre__ofi_t *net)
{
    bool polled =
        gyre__comm_conf.wait == GYRE__WAIT_SPIN || gyre__comm_conf.wait == GYRE__WAIT_YIELD;
    struct fi_cq_attr attr = {.size = net->info->tx_attr->size + net->info->rx_attr->size,
                              .format = FI_CQ_FORMAT_MSG,
                              .wait_obj = polled ? FI_WAIT_NONE : FI_WAIT_FD};
    int rc = fi_cq_open(net->domain, &attr, &net->cq, NULL);
    if (rc == 0 && !polled && fi_control(&net->cq->fid, FI_GETWAIT, &net->cq_fd) != 0)
        net->cq_fd = -1;
    if (rc != 0 && !polled) {
        attr.wait_obj = FI_WAIT_NONE;
        rc = fi_cq_open(net->domain, &attr, &net->cq, NULL);
    }
    return rc == 0 ? GYRE_OK : failed(net, "opening the completion queue", rc);
}

static gyre_status_t open_vector(gyre__ofi_t *net)
{
    struct fi_av_attr attr = {.type = FI_AV_TABLE, .count = net->shm ? 0 : net->params.workers};
    int rc = fi_av_open(net->domain, &attr, &net->av, NULL);
    return rc == 0 ? GYRE_OK : failed(net, "opening the address vector", rc);
}

static int make_endpoint(gyre__ofi_t *net)
{
    int rc = fi_endpoint(net->domain, net->info, &net->ep, NULL);
    if (rc == 0)
        rc = fi_ep_bind(net->ep, &net->av->fid, 0);
    if (rc == 0)
        rc = fi_ep_bind(net->ep, &net->cq->fid, FI_TRANSMIT | FI_RECV);
    return rc == 0 ? fi_enable(net->ep) : rc;
}

static gyre_status_t open_endpoint(gyre__ofi_t *net)
{
    gyre__ofi_signals_t *signals = gyre__ofi_signals_keep();
    int rc = make_endpoint(net);
    gyre__ofi_signals_restore(signals);
    return rc == 0 ? GYRE_OK : failed(net, "opening the endpoint", rc);
}

/* rxm sizes its queues by this, 256 by default, which small devices cannot hold. */
static gyre_status_t announce_universe(const gyre__net_params_t *params)
{
    char text[16];
    uint32_t workers = params->workers < UNIVERSE_MIN ? UNIVERSE_MIN : params->workers;
    snprintf(text, sizeof(text), "%u", (unsigned)workers);
    return gyre__ofi_setting("FI_UNIVERSE_SIZE", text);
}

gyre_status_t gyre__ofi_endpoint_open(gyre__ofi_t *net)
{
    gyre_status_t status = announce_universe(&net->params);
    if (status == GYRE_OK)
        status = gyre__ofi_select(&net->params, &net->info);
    if (status != GYRE_OK)
        return status;
    note_kind(net);
    status = refine(net);
    if (status == GYRE_OK && net->shm)
        status = gyre__ofi_shm_rename(net->info);
    note_modes(net);
    gyre_status_t (*const steps[])(gyre__ofi_t *) = {open_domain, open_queue, open_vector,
                                                     open_endpoint};
    for (size_t i = 0; status == GYRE_OK && i < sizeof(steps) / sizeof(steps[0]); i++)
        status = steps[i](net);
    if (status == GYRE_OK && (net->info->caps & FI_ATOMIC))
        net->atomics = gyre__ofi_atomics_native(net->ep);
    return status;
}
