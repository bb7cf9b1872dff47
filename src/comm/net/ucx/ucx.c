/* SPDX-License-Identifier: Apache-2.0 */
/* The UCX provider: open, close, progress, arm and the table of its calls. One context and one
 * worker per open provider; close leaves no op behind whatever UCX does. */
#include "config.h"

#include "comm/net/ucx/ucx.h"

#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>

enum { CLOSE_ROUNDS = 1000 /* of progress, for UCX to cancel what is pending */ };

static gyre_status_t worker_open(gyre__ucx_t *ucx)
{
    ucp_worker_params_t params = {
        .field_mask = UCP_WORKER_PARAM_FIELD_THREAD_MODE,
        .thread_mode = ucx->params.threads ? UCS_THREAD_MODE_SERIALIZED : UCS_THREAD_MODE_SINGLE,
    };
    return gyre__ucx_error(ucp_worker_create(ucx->context, &params, &ucx->worker),
                           "cannot open a worker");
}

/* UCX's address behind the process that it leads to. */
static gyre_status_t address_seal(gyre__ucx_t *ucx, const ucp_address_t *address, size_t length)
{
    gyre__buf_t whole;
    gyre__buf_init(&whole);
    gyre_status_t status = gyre__buf_append(&whole, &ucx->self, sizeof(ucx->self));
    if (status == GYRE_OK)
        status = gyre__buf_append(&whole, address, length);
    if (status == GYRE_OK)
        status = gyre__ucx_seal(&ucx->address, whole.data, whole.length);
    gyre__buf_cleanup(&whole);
    return status;
}

static gyre_status_t address_read(gyre__ucx_t *ucx)
{
    ucp_address_t *address;
    size_t length;
    ucs_status_t status = ucp_worker_get_address(ucx->worker, &address, &length);
    if (status != UCS_OK)
        return gyre__ucx_error(status, "no address");
    gyre_status_t ours = address_seal(ucx, address, length);
    ucp_worker_release_address(ucx->worker, address);
    if (ours == GYRE_OK && ucx->address.length > GYRE__NET_ADDRESS_MAX)
        ours = gyre__error(GYRE_ERR_NET,
                           "UCX: an address of %zu bytes, at most %d fit; name fewer devices in "
                           "UCX_NET_DEVICES",
                           ucx->address.length, GYRE__NET_ADDRESS_MAX);
    return ours;
}

static gyre_status_t slots_open(gyre__ucx_t *ucx)
{
    ucp_context_attr_t attr = {.field_mask = UCP_ATTR_FIELD_REQUEST_SIZE};
    ucs_status_t status = ucp_context_query(ucx->context, &attr);
    if (status != UCS_OK)
        return gyre__ucx_error(status, "size of a request");
    gyre__ucx_slots_init(ucx, attr.request_size);
    return GYRE_OK;
}

static gyre_status_t open_parts(gyre__ucx_t *ucx)
{
    gyre_status_t status = gyre__ucx_context(&ucx->params, &ucx->context);
    if (status == GYRE_OK)
        status = slots_open(ucx);
    if (status == GYRE_OK)
        status = worker_open(ucx);
    if (status == GYRE_OK)
        status = gyre__ucx_watch_open(ucx);
    if (status == GYRE_OK)
        status = gyre__ucx_receive_init(ucx);
    if (status == GYRE_OK)
        status = address_read(ucx);
    return status;
}

/* Also of a provider that is open in part. */
static void close_parts(gyre__ucx_t *ucx)
{
    gyre__ucx_memory_cleanup(ucx);
    gyre__ucx_watch_close(ucx);
    if (ucx->worker)
        ucp_worker_destroy(ucx->worker);
    gyre__ucx_cancel_all(ucx);
    if (ucx->context)
        ucp_cleanup(ucx->context);
    gyre__ucx_slots_cleanup(ucx);
    gyre__buf_cleanup(&ucx->address);
    free(ucx);
}

static gyre_status_t ucx_open(const gyre__net_params_t *params, gyre__net_t **net)
{
    gyre__ucx_t *ucx = calloc(1, sizeof(*ucx));
    if (!ucx)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the UCX provider");
    ucx->net.ops = &gyre__net_ucx;
    ucx->params = *params;
    ucx->poll_fd = -1;
    gyre__buf_init(&ucx->address);
    gyre__list_init(&ucx->slots);
    gyre__list_init(&ucx->pending);
    gyre__list_init(&ucx->peers);
    gyre__list_init(&ucx->failed);
    gyre__list_init(&ucx->mems);
    gyre__list_init(&ucx->keys);
    gyre_status_t status = open_parts(ucx);
    if (status != GYRE_OK) {
        close_parts(ucx);
        return status;
    }
    *net = &ucx->net;
    return GYRE_OK;
}

static void disconnect_all(gyre__ucx_t *ucx, gyre__link_t *list)
{
    while (!gyre__list_empty(list))
        gyre__ucx_disconnect(&ucx->net, gyre__container(list->next, gyre__net_peer_t, link));
}

static void ucx_close(gyre__net_t *net)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    disconnect_all(ucx, &ucx->failed);
    disconnect_all(ucx, &ucx->peers);
    ucx->disconnecting = true;
    for (int i = 0; i < CLOSE_ROUNDS && !gyre__list_empty(&ucx->pending); i++)
        ucp_worker_progress(ucx->worker);
    close_parts(ucx);
}

static gyre_status_t ucx_address(gyre__net_t *net, const void **address, size_t *length)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    *address = ucx->address.data;
    *length = ucx->address.length;
    return GYRE_OK;
}

static unsigned ucx_progress(gyre__net_t *net)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    unsigned before = ucx->calls;
    bool slept = ucx->armed;
    ucx->armed = false;
    unsigned events = ucp_worker_progress(ucx->worker);
    if (gyre__process_look(&ucx->pace, slept))
        gyre__ucx_look(ucx);
    if (__builtin_expect(!gyre__list_empty(&ucx->failed), 0))
        gyre__ucx_report_failures(ucx);
    return events ? events : ucx->calls - before;
}

/* Some transports (verbs over Soft-RoCE) arm without looking for what came just before: so look
 * once more. */
static gyre_status_t ucx_arm(gyre__net_t *net, int *fd)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    *fd = ucx->poll_fd;
    ucs_status_t status = ucp_worker_arm(ucx->worker);
    if (status == UCS_ERR_BUSY)
        return GYRE_IN_PROGRESS;
    if (status != UCS_OK)
        return gyre__ucx_error(status, "arm");
    ucx->armed = ucx_progress(net) == 0;
    return ucx->armed ? GYRE_OK : GYRE_IN_PROGRESS;
}

const gyre__net_ops_t gyre__net_ucx = {
    .size = sizeof(gyre__net_ops_t),
    .name = "ucx",
    .open = ucx_open,
    .close = ucx_close,
    .address = ucx_address,
    .connect = gyre__ucx_connect,
    .disconnect = gyre__ucx_disconnect,
    .send = gyre__ucx_send,
    .fetch = gyre__ucx_fetch,
    .drop = gyre__ucx_drop,
    .mem_map = gyre__ucx_mem_map,
    .mem_unmap = gyre__ucx_mem_unmap,
    .mem_key = gyre__ucx_mem_key,
    .key_import = gyre__ucx_key_import,
    .key_release = gyre__ucx_key_release,
    .put = gyre__ucx_put,
    .get = gyre__ucx_get,
    .atomic = gyre__ucx_atomic,
    .flush = gyre__ucx_flush,
    .progress = ucx_progress,
    .arm = ucx_arm,
    .describe = gyre__ucx_describe,
};
