/* SPDX-License-Identifier: Apache-2.0 */
/* Send buffers and the ring of receive buffers.
 *
 * Both lie in memory that is registered where the provider wants that. A message goes into one
 * receive of fixed size rather than into a shared large one (FI_MULTI_RECV): that works the same
 * everywhere, and the providers buffer what finds no receive posted. Send buffers that come back
 * are used again last in first out, while they are in the cache. */
#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { SMALLS = 128, LARGES = 16, OPS = 64, OFFERS = 64, RECEIVES = 64 };

static gyre_status_t source_alloc(void *arg, size_t size, void **memory, void **handle)
{
    gyre__ofi_t *net = arg;
    struct fid_mr *mr = NULL;
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu bytes of message buffers", size);
    if (net->mr_local) {
        gyre_status_t status =
            gyre__ofi_register(net, bytes, size, FI_SEND | FI_RECV | FI_READ | FI_WRITE, &mr);
        if (status != GYRE_OK) {
            munmap(bytes, size);
            return status;
        }
    }
    *memory = bytes;
    *handle = mr;
    return GYRE_OK;
}

static void source_release(void *arg, void *memory, size_t size, void *handle)
{
    struct fid_mr *mr = handle;
    if (mr)
        fi_close(&mr->fid);
    munmap(memory, size);
}

void gyre__ofi_buffers_open(gyre__ofi_t *net)
{
    gyre__pool_source_t source = {source_alloc, source_release, net};
    gyre__pool_init(&net->small, sizeof(gyre__ofi_buffer_t) + GYRE__OFI_SMALL, 64, SMALLS, &source);
    gyre__pool_init(&net->large, sizeof(gyre__ofi_buffer_t) + GYRE__OFI_EAGER, 64, LARGES, &source);
    gyre__pool_init(&net->ops, sizeof(gyre__ofi_op_t), 64, OPS, &source);
    gyre__pool_init(&net->offers, sizeof(gyre__ofi_offer_t), 8, OFFERS, NULL);
}

void gyre__ofi_buffers_close(gyre__ofi_t *net)
{
    gyre__pool_cleanup(&net->small);
    gyre__pool_cleanup(&net->large);
    gyre__pool_cleanup(&net->ops);
    gyre__pool_cleanup(&net->offers);
}

static ssize_t post_send(gyre__ofi_t *net, gyre__ofi_work_t *work)
{
    gyre__ofi_buffer_t *buffer = gyre__container(work, gyre__ofi_buffer_t, work);
    return fi_send(net->ep, buffer->data, buffer->length, buffer->desc, work->peer->addr,
                   &work->context);
}

static void sent(gyre__ofi_t *net, gyre__ofi_work_t *work, size_t length, gyre_status_t status)
{
    gyre__ofi_buffer_put(net, gyre__container(work, gyre__ofi_buffer_t, work));
}

static gyre__ofi_buffer_t *make(gyre__ofi_t *net, bool large)
{
    gyre__pool_t *pool = large ? &net->large : &net->small;
    gyre__ofi_buffer_t *buffer = gyre__pool_get(pool);
    if (!buffer)
        return NULL;
    buffer->large = large;
    buffer->desc = net->mr_local ? fi_mr_desc(gyre__pool_handle(pool, buffer)) : NULL;
    buffer->work.state = GYRE__OFI_IDLE;
    gyre__list_init(&buffer->work.link);
    return buffer;
}

gyre__ofi_buffer_t *gyre__ofi_buffer_get(gyre__ofi_t *net, gyre__net_peer_t *peer, size_t length)
{
    bool large = length > GYRE__OFI_SMALL;
    gyre__ofi_buffer_t *buffer = net->spare[large];
    if (buffer)
        net->spare[large] = buffer->next;
    else
        buffer = make(net, large);
    if (!buffer)
        return NULL;
    buffer->length = (uint32_t)length;
    buffer->work.post = post_send;
    buffer->work.done = sent;
    buffer->work.peer = peer;
    peer->refs++;
    return buffer;
}

void gyre__ofi_buffer_put(gyre__ofi_t *net, gyre__ofi_buffer_t *buffer)
{
    gyre__ofi_peer_release(buffer->work.peer);
    buffer->next = net->spare[buffer->large];
    net->spare[buffer->large] = buffer;
}

static ssize_t post_receive(gyre__ofi_t *net, gyre__ofi_receive_t *receive)
{
    return fi_recv(net->ep, receive->data, GYRE__OFI_EAGER,
                   net->slab_mr ? fi_mr_desc(net->slab_mr) : NULL, FI_ADDR_UNSPEC,
                   &receive->work.context);
}

static void post_again(gyre__ofi_t *net, gyre__ofi_receive_t *receive)
{
    receive->work.state = GYRE__OFI_POSTED;
    if (net->closing || post_receive(net, receive) != 0) {
        receive->work.state = GYRE__OFI_IDLE;
        net->unposted++;
    }
}

static void received(gyre__ofi_t *net, gyre__ofi_work_t *work, size_t length, gyre_status_t status)
{
    gyre__ofi_receive_t *receive = gyre__container(work, gyre__ofi_receive_t, work);
    if (net->holding && !net->closing && status == GYRE_OK) {
        receive->held = length;
        gyre__list_append(&net->held, &work->link);
        work->state = GYRE__OFI_QUEUED;
        return;
    }
    if (status == GYRE_OK && !net->closing)
        gyre__ofi_arrived(net, receive->data, length);
    post_again(net, receive);
}

unsigned gyre__ofi_receives_held(gyre__ofi_t *net)
{
    unsigned count = 0;
    for (gyre__link_t *link = gyre__list_pop(&net->held); link; link = gyre__list_pop(&net->held)) {
        gyre__ofi_receive_t *receive = gyre__container(link, gyre__ofi_receive_t, work.link);
        gyre__ofi_arrived(net, receive->data, receive->held);
        post_again(net, receive);
        count++;
    }
    return count;
}

void gyre__ofi_receives_post(gyre__ofi_t *net)
{
    for (unsigned i = 0; i < net->receive_count && net->unposted > 0; i++) {
        gyre__ofi_receive_t *receive = &net->receives[i];
        if (receive->work.state != GYRE__OFI_IDLE)
            continue;
        if (post_receive(net, receive) != 0)
            return;
        receive->work.state = GYRE__OFI_POSTED;
        net->unposted--;
    }
}

gyre_status_t gyre__ofi_receives_open(gyre__ofi_t *net)
{
    void *mr = NULL;
    size_t room = net->info->rx_attr->size;
    net->receive_count = room > 0 && room < RECEIVES ? (unsigned)room : RECEIVES;
    net->receives = calloc(net->receive_count, sizeof(*net->receives));
    if (!net->receives)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the receives");
    gyre_status_t status =
        source_alloc(net, (size_t)net->receive_count * GYRE__OFI_EAGER, &net->slab, &mr);
    if (status != GYRE_OK)
        return status;
    net->slab_mr = mr;
    for (unsigned i = 0; i < net->receive_count; i++) {
        net->receives[i].data = (unsigned char *)net->slab + (size_t)i * GYRE__OFI_EAGER;
        net->receives[i].work.done = received;
        gyre__list_init(&net->receives[i].work.link);
    }
    net->unposted = net->receive_count;
    gyre__ofi_receives_post(net);
    return GYRE_OK;
}

void gyre__ofi_receives_close(gyre__ofi_t *net)
{
    if (net->slab)
        source_release(net, net->slab, (size_t)net->receive_count * GYRE__OFI_EAGER, net->slab_mr);
    free(net->receives);
}
