/* SPDX-License-Identifier: Apache-2.0 */
/* The provider of a worker's messages to itself, and of all one-sided operations in a job of one
 * worker. A message waits in a queue until progress shows it; small ones are copied there, large
 * ones stay in the sender's buffer until they are fetched. */
#include "comm/net/net.h"

#include "base/error.h"
#include "base/list.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define COPY_MAX 8192

typedef struct self {
    gyre__net_t net;
    gyre__net_params_t params;
    gyre__link_t queue; /* sent, not yet shown */
    gyre__link_t shown; /* large, not yet fetched or dropped */
    int fd;             /* never readable: there is nothing to wait for */
} self_t;

typedef struct region {
    gyre__net_mem_t mem;
    bool ours; /* mapped here, not the caller's */
} region_t;

typedef struct parcel {
    gyre__link_t link;
    char header[GYRE__NET_HEADER_MAX];
    size_t header_length;
    const void *data;
    size_t length;
    gyre__net_op_t *op; /* of a large one */
    char copy[];
} parcel_t;

static gyre_status_t self_open(const gyre__net_params_t *params, gyre__net_t **net)
{
    self_t *self = calloc(1, sizeof(*self));
    if (!self)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for provider self");
    self->net.ops = &gyre__net_self;
    self->params = *params;
    self->fd = eventfd(0, EFD_CLOEXEC);
    gyre__list_init(&self->queue);
    gyre__list_init(&self->shown);
    *net = &self->net;
    return GYRE_OK;
}

static void finish(parcel_t *parcel, gyre_status_t status)
{
    gyre__net_op_t *op = parcel->op;
    gyre__list_remove(&parcel->link);
    free(parcel);
    if (op)
        op->done(op, status);
}

static void cancel_all(gyre__link_t *list)
{
    while (!gyre__list_empty(list))
        finish(gyre__container(list->next, parcel_t, link), GYRE_ERR_CANCELED);
}

static void self_close(gyre__net_t *net)
{
    self_t *self = (self_t *)net;
    cancel_all(&self->queue);
    cancel_all(&self->shown);
    if (self->fd >= 0)
        close(self->fd);
    free(self);
}

static gyre_status_t self_address(gyre__net_t *net, const void **address, size_t *length)
{
    *address = "";
    *length = 0;
    return GYRE_OK;
}

static gyre_status_t self_connect(gyre__net_t *net, uint32_t worker, const void *address,
                                  size_t length, gyre__net_peer_t **peer)
{
    *peer = (gyre__net_peer_t *)net;
    return GYRE_OK;
}

static void self_disconnect(gyre__net_t *net, gyre__net_peer_t *peer)
{
    self_t *self = (self_t *)net;
    cancel_all(&self->queue);
}

static gyre_status_t self_send(gyre__net_t *net, gyre__net_peer_t *peer, const void *header,
                               size_t header_length, const void *data, size_t length,
                               gyre__net_op_t *op)
{
    self_t *self = (self_t *)net;
    size_t copied = length <= COPY_MAX ? length : 0;
    parcel_t *parcel = malloc(sizeof(*parcel) + copied);
    if (!parcel || header_length > sizeof(parcel->header)) {
        free(parcel);
        return gyre__error(parcel ? GYRE_ERR_RANGE : GYRE_ERR_NO_MEMORY,
                           "cannot send a message of %zu bytes with a header of %zu to itself",
                           length, header_length);
    }
    if (header_length)
        memcpy(parcel->header, header, header_length);
    if (copied)
        memcpy(parcel->copy, data, copied);
    parcel->header_length = header_length;
    parcel->data = copied ? parcel->copy : data;
    parcel->length = length;
    parcel->op = copied == length ? NULL : op;
    gyre__list_append(&self->queue, &parcel->link);
    return parcel->op ? GYRE_IN_PROGRESS : GYRE_OK;
}

static gyre_status_t self_fetch(gyre__net_t *net, gyre__net_peer_t *peer, void *desc, void *buffer,
                                size_t length, gyre__net_op_t *op)
{
    parcel_t *parcel = desc;
    memcpy(buffer, parcel->data, length);
    finish(parcel, GYRE_OK);
    return GYRE_OK;
}

static void self_drop(gyre__net_t *net, void *desc)
{
    finish(desc, GYRE_OK);
}

static unsigned self_progress(gyre__net_t *net)
{
    self_t *self = (self_t *)net;
    unsigned events = 0;
    gyre__link_t now, *link;
    gyre__list_init(&now);
    while ((link = gyre__list_pop(&self->queue)))
        gyre__list_append(&now, link);
    while ((link = gyre__list_pop(&now))) {
        parcel_t *parcel = gyre__container(link, parcel_t, link);
        gyre__net_message_t message = {parcel->header, parcel->header_length, parcel->data,
                                       parcel->length, parcel->op ? parcel : NULL};
        events++;
        if (parcel->op)
            gyre__list_append(&self->shown, link);
        self->params.received(self->params.arg, &message);
        if (!message.desc)
            free(parcel);
    }
    return events;
}

static gyre_status_t self_arm(gyre__net_t *net, int *fd)
{
    self_t *self = (self_t *)net;
    *fd = self->fd;
    return gyre__list_empty(&self->queue) ? GYRE_OK : GYRE_IN_PROGRESS;
}

static gyre_status_t self_mem_map(gyre__net_t *net, void *addr, size_t length,
                                  gyre__net_mem_t **out)
{
    region_t *region = malloc(sizeof(*region));
    bool ours = !addr;
    if (ours)
        addr = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!region || addr == MAP_FAILED) {
        free(region);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a region of %zu bytes", length);
    }
    *region = (region_t){{addr, length}, ours};
    *out = &region->mem;
    return GYRE_OK;
}

static void self_mem_unmap(gyre__net_t *net, gyre__net_mem_t *mem)
{
    region_t *region = (region_t *)mem;
    if (region->ours)
        munmap(mem->addr, mem->length);
    free(region);
}

static gyre_status_t self_mem_key(gyre__net_t *net, gyre__net_mem_t *mem, const void **key,
                                  size_t *length)
{
    *key = mem;
    *length = sizeof(*mem);
    return GYRE_OK;
}

/* A key says which of this process's memory it opens: it must be the region's own bytes. */
static gyre_status_t self_key_import(gyre__net_t *net, gyre__net_peer_t *peer, const void *bytes,
                                     size_t length, gyre__net_key_t **out)
{
    gyre__net_mem_t *key;
    if (length != sizeof(*key))
        return gyre__error(GYRE_ERR_SYNTAX, "a key of %zu bytes, expected %zu", length,
                           sizeof(*key));
    key = malloc(sizeof(*key));
    if (!key)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a key");
    memcpy(key, bytes, sizeof(*key));
    *out = (gyre__net_key_t *)key;
    return GYRE_OK;
}

static void self_key_release(gyre__net_t *net, gyre__net_key_t *key)
{
    free(key);
}

static gyre_status_t check_range(const gyre__net_key_t *key, uint64_t addr, size_t length)
{
    const gyre__net_mem_t *region = (const gyre__net_mem_t *)key;
    uint64_t start = (uint64_t)(uintptr_t)region->addr;
    if (addr >= start && length <= region->length && addr - start <= region->length - length)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_RANGE, "the key does not cover %zu bytes at 0x%llx", length,
                       (unsigned long long)addr);
}

static gyre_status_t self_put(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                              uint64_t addr, const void *buffer, size_t length,
                              gyre__net_op_t *op)
{
    gyre_status_t status = check_range(key, addr, length);
    if (status == GYRE_OK)
        memmove((void *)(uintptr_t)addr, buffer, length);
    return status;
}

static gyre_status_t self_get(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                              uint64_t addr, void *buffer, size_t length, gyre__net_op_t *op)
{
    gyre_status_t status = check_range(key, addr, length);
    if (status == GYRE_OK)
        memmove(buffer, (void *)(uintptr_t)addr, length);
    return status;
}

static uint64_t atomic32(uint32_t *at, gyre_atomic_t code, uint32_t operand, uint32_t compare)
{
    if (code == GYRE_ATOMIC_FETCH_ADD)
        return __atomic_fetch_add(at, operand, __ATOMIC_SEQ_CST);
    if (code == GYRE_ATOMIC_SWAP)
        return __atomic_exchange_n(at, operand, __ATOMIC_SEQ_CST);
    __atomic_compare_exchange_n(at, &compare, operand, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return compare;
}

static uint64_t atomic64(uint64_t *at, gyre_atomic_t code, uint64_t operand, uint64_t compare)
{
    if (code == GYRE_ATOMIC_FETCH_ADD)
        return __atomic_fetch_add(at, operand, __ATOMIC_SEQ_CST);
    if (code == GYRE_ATOMIC_SWAP)
        return __atomic_exchange_n(at, operand, __ATOMIC_SEQ_CST);
    __atomic_compare_exchange_n(at, &compare, operand, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return compare;
}

static gyre_status_t self_atomic(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                                 uint64_t addr, gyre_atomic_t op_code, int width, uint64_t operand,
                                 uint64_t compare, uint64_t *result, gyre__net_op_t *op)
{
    gyre_status_t status = check_range(key, addr, (size_t)width);
    void *at = (void *)(uintptr_t)addr;
    if (status == GYRE_OK)
        *result = width == 4 ? atomic32(at, op_code, (uint32_t)operand, (uint32_t)compare)
                             : atomic64(at, op_code, operand, compare);
    return status;
}

static gyre_status_t self_flush(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_op_t *op)
{
    return GYRE_OK;
}

static void self_describe(FILE *out)
{
    fprintf(out, "memory of one process");
}

const gyre__net_ops_t gyre__net_self = {
    .size = sizeof(gyre__net_ops_t),
    .name = "self",
    .open = self_open,
    .close = self_close,
    .address = self_address,
    .connect = self_connect,
    .disconnect = self_disconnect,
    .send = self_send,
    .fetch = self_fetch,
    .drop = self_drop,
    .mem_map = self_mem_map,
    .mem_unmap = self_mem_unmap,
    .mem_key = self_mem_key,
    .key_import = self_key_import,
    .key_release = self_key_release,
    .put = self_put,
    .get = self_get,
    .atomic = self_atomic,
    .flush = self_flush,
    .progress = self_progress,
    .arm = self_arm,
    .describe = self_describe,
};
