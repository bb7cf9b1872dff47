/* SPDX-License-Identifier: Apache-2.0 */
/* Peers: addresses, connecting, disconnecting, failing.
 *
 * A peer is known by the id that it drew at open, because an answer must find it whether or not
 * the wire has connected to it. It lives as long as something refers to it: the list of peers,
 * a work, an offer; after disconnect it is gone and only waits for those. What the wire still held
 * when it was closed never lets go: such peers are freed last. */
#include "base/error.h"
#include "base/log.h"
#include "comm/net/ofi/ofi.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

size_t gyre__ofi_address_length(const gyre__ofi_address_t *address)
{
    return offsetof(gyre__ofi_address_t, raw) + address->raw_length;
}

gyre_status_t gyre__ofi_address(gyre__net_t *base, const void **address, size_t *length)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    *address = &net->address;
    *length = gyre__ofi_address_length(&net->address);
    return GYRE_OK;
}

static gyre_status_t parse(const gyre__ofi_t *net, const void *bytes, size_t length,
                           gyre__ofi_address_t *address)
{
    const size_t fixed = offsetof(gyre__ofi_address_t, raw);
    if (length < fixed || length > sizeof(*address))
        return gyre__error(GYRE_ERR_SYNTAX, "an address of libfabric has %zu bytes", length);
    memset(address, 0, fixed);
    memcpy(address, bytes, length);
    if (address->raw_length != length - fixed || address->provider[GYRE__OFI_NAME - 1] != '\0')
        return gyre__error(GYRE_ERR_SYNTAX, "an address of libfabric is malformed");
    if (strcmp(address->provider, net->address.provider) != 0)
        return gyre__error(GYRE_ERR_UNREACHABLE,
                           "worker %" PRIu32 " uses libfabric's %s, this one %s; set FI_PROVIDER",
                           address->worker, address->provider, net->address.provider);
    return GYRE_OK;
}

static gyre__net_peer_t *make(gyre__ofi_t *net, const gyre__ofi_address_t *address)
{
    gyre__net_peer_t *peer = calloc(1, sizeof(*peer));
    if (!peer)
        return NULL;
    gyre__list_init(&peer->stuck);
    gyre__list_init(&peer->failing);
    gyre__list_init(&peer->queue);
    gyre__list_init(&peer->ops);
    gyre__list_init(&peer->flushes);
    peer->address = *address;
    peer->worker = address->worker;
    peer->refs = 1;
    peer->line.fd = -1;
    gyre__list_append(&net->peers, &peer->link);
    return peer;
}

static gyre_status_t insert(gyre__ofi_t *net, gyre__net_peer_t *peer)
{
    int rc = fi_av_insert(net->av, peer->address.raw, 1, &peer->addr, 0, NULL);
    if (rc != 1)
        return gyre__error(GYRE_ERR_UNREACHABLE,
                           "libfabric's %s does not take the address of worker %" PRIu32 "%s%s",
                           net->address.provider, peer->worker, rc < 0 ? ": " : "",
                           rc < 0 ? gyre__ofi_lib.text(-rc) : "");
    peer->inserted = true;
    return GYRE_OK;
}

static void remove_address(gyre__ofi_t *net, gyre__net_peer_t *peer)
{
    if (peer->inserted) {
        gyre__ofi_drain(net);
        fi_av_remove(net->av, &peer->addr, 1, 0);
    }
    peer->inserted = false;
}

static gyre_status_t find_or_make(gyre__ofi_t *net, const void *bytes, size_t length,
                                  gyre__net_peer_t **out)
{
    gyre__ofi_address_t address;
    gyre_status_t status = parse(net, bytes, length, &address);
    if (status != GYRE_OK)
        return status;
    *out = gyre__map_get(&net->by_id, address.id);
    if (*out)
        return GYRE_OK;
    gyre__net_peer_t *peer = make(net, &address);
    if (!peer)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a peer");
    status = insert(net, peer);
    if (status == GYRE_OK)
        status = gyre__map_put(&net->by_id, address.id, peer);
    if (status != GYRE_OK) {
        gyre__ofi_peer_drop(net, peer);
        return status;
    }
    gyre__ofi_line_open(net, peer);
    *out = peer;
    return GYRE_OK;
}

gyre_status_t gyre__ofi_peer_back(gyre__ofi_t *net, const void *address, size_t length,
                                  gyre__net_peer_t **peer)
{
    return find_or_make(net, address, length, peer);
}

gyre_status_t gyre__ofi_connect(gyre__net_t *base, uint32_t worker, const void *address,
                                size_t length, gyre__net_peer_t **out)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    gyre__net_peer_t *peer;
    gyre_status_t status = find_or_make(net, address, length, &peer);
    if (status != GYRE_OK)
        return status;
    if (peer->connected)
        return gyre__error(GYRE_ERR_STATE, "worker %" PRIu32 " is connected already", worker);
    peer->connected = true;
    peer->worker = worker;
    if (peer->failed && gyre__list_empty(&peer->failing))
        gyre__list_append(&net->failing, &peer->failing);
    *out = peer;
    return GYRE_OK;
}

void gyre__ofi_peer_release(gyre__net_peer_t *peer)
{
    if (--peer->refs > 0)
        return;
    gyre__list_remove(&peer->link);
    free(peer);
}

void gyre__ofi_peers_free(gyre__ofi_t *net)
{
    for (gyre__link_t *link = gyre__list_pop(&net->gone); link; link = gyre__list_pop(&net->gone))
        free(gyre__container(link, gyre__net_peer_t, link));
}

static void end_list(gyre__ofi_t *net, gyre__link_t *ops, gyre_status_t status)
{
    while (!gyre__list_empty(ops))
        gyre__ofi_op_end(net, gyre__container(ops->next, gyre__ofi_op_t, link), status);
}

/* Nothing new can start on the peer: it has failed or is gone, or the net is closing. */
static void end_all(gyre__ofi_t *net, gyre__net_peer_t *peer, gyre_status_t status)
{
    end_list(net, &peer->ops, status);
    end_list(net, &peer->flushes, status);
    while (!gyre__list_empty(&peer->queue)) {
        gyre__ofi_work_t *work = gyre__container(peer->queue.next, gyre__ofi_work_t, link);
        gyre__ofi_unqueue(net, work);
        work->done(net, work, 0, status);
    }
}

void gyre__ofi_peer_drop(gyre__ofi_t *net, gyre__net_peer_t *peer)
{
    peer->gone = true;
    remove_address(net, peer);
    end_all(net, peer, GYRE_ERR_CANCELED);
    gyre__ofi_line_close(net, peer);
    gyre__list_remove(&peer->failing);
    gyre__list_remove(&peer->link);
    gyre__list_append(&net->gone, &peer->link);
    if (gyre__map_get(&net->by_id, peer->address.id) == peer)
        gyre__map_remove(&net->by_id, peer->address.id);
    gyre__ofi_peer_release(peer);
}

void gyre__ofi_disconnect(gyre__net_t *base, gyre__net_peer_t *peer)
{
    gyre__ofi_peer_drop(gyre__ofi_of(base), peer);
}

void gyre__ofi_peer_fail(gyre__ofi_t *net, gyre__net_peer_t *peer, const char *why)
{
    if (peer->failed || peer->gone || net->closing)
        return;
    gyre__log(GYRE__LOG_DEBUG, "libfabric: worker %" PRIu32 " failed: %s", peer->worker, why);
    peer->failed = true;
    gyre__list_append(&net->failing, &peer->failing);
}

/* shm keeps the address until it is disconnected: what the dead has sent lies in its region as long
 * as nobody has read it, and removing the address unmaps that. */
unsigned gyre__ofi_peers_failing(gyre__ofi_t *net)
{
    unsigned count = 0;
    if (net->shm)
        gyre__ofi_shm_sweep();
    for (gyre__link_t *link = gyre__list_pop(&net->failing); link;
         link = gyre__list_pop(&net->failing)) {
        gyre__net_peer_t *peer = gyre__container(link, gyre__net_peer_t, failing);
        gyre__ofi_line_close(net, peer);
        if (!net->shm)
            remove_address(net, peer);
        end_all(net, peer, GYRE_ERR_PEER_FAILED);
        if (peer->connected)
            net->params.failed(net->params.arg, peer->worker);
        count++;
    }
    return count;
}

gyre_status_t gyre__ofi_peer_usable(const gyre__net_peer_t *peer)
{
    if (peer->failed)
        return gyre__error(GYRE_ERR_PEER_FAILED, "worker %" PRIu32 " has failed", peer->worker);
    if (peer->gone)
        return gyre__error(GYRE_ERR_CANCELED, "worker %" PRIu32 " is disconnected", peer->worker);
    return GYRE_OK;
}
