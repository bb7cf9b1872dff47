/* SPDX-License-Identifier: Apache-2.0 */
/* Keys: regions for other workers. A key has the provider's bytes for workers anywhere and a place
 * for those that can map the region. Its check makes sure that it is whole; that its numbers are
 * sound is checked where they are used. */
#include "base/error.h"
#include "comm/mem.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define KEY_MAGIC 0x6779726bu

/* An exported key: this, then the provider's bytes. The check covers both: a damaged key would
 * reach other memory than the owner meant. */
typedef struct key_head {
    uint64_t check; /* of all that follows */
    uint32_t magic;
    uint32_t wire; /* of the epoch */
    uint32_t worker;
    uint32_t provider_length;
    uint64_t addr, length;
    gyre__mem_place_t place; /* for peers on the worker's node */
} key_head_t;

static uint64_t check_of(const void *key, size_t key_length)
{
    size_t skip = sizeof(((key_head_t *)0)->check);
    return XXH64((const char *)key + skip, key_length - skip, 0);
}

static gyre_status_t export_key(const gyre_mem_t *mem, void *key, size_t *key_length)
{
    gyre_context_t *ctx = mem->ctx;
    const void *bytes;
    size_t length, room = *key_length;
    gyre__net_mem_t *registration = mem->parent ? mem->parent->registration : mem->registration;
    gyre_status_t status = ctx->net->ops->mem_key(ctx->net, registration, &bytes, &length);
    if (status != GYRE_OK)
        return status;
    key_head_t head = {.magic = KEY_MAGIC,
                       .wire = ctx->wire_id,
                       .worker = ctx->rank,
                       .provider_length = (uint32_t)length,
                       .addr = (uint64_t)(uintptr_t)mem->addr,
                       .length = mem->length};
    *key_length = sizeof(head) + length;
    gyre__mem_describe(ctx, mem->addr, mem->length, &head.place);
    if (room < *key_length)
        return gyre__error(GYRE_ERR_RANGE, "room for a key of %zu bytes, expected %zu", room,
                           *key_length);
    memcpy(key, &head, sizeof(head));
    memcpy((char *)key + sizeof(head), bytes, length);
    head.check = check_of(key, *key_length);
    memcpy(key, &head.check, sizeof(head.check));
    return GYRE_OK;
}

gyre_status_t gyre_mem_export(const gyre_mem_t *mem, void *key, size_t *key_length)
{
    if (!mem || !key || !key_length)
        return gyre__error(GYRE_ERR_ARG, "mem at %p, key at %p, length at %p", (const void *)mem,
                           key, (void *)key_length);
    gyre_status_t status = gyre__context_check(mem->ctx);
    if (status != GYRE_OK)
        return status;
    gyre__enter(mem->ctx);
    status = export_key(mem, key, key_length);
    gyre__leave(mem->ctx);
    return status;
}

static gyre_status_t check_key(gyre_comm_t *comm, int rank, const void *key, size_t key_length,
                               key_head_t *head)
{
    if (key_length < sizeof(*head))
        return gyre__error(GYRE_ERR_SYNTAX, "a key of %zu bytes, expected at least %zu", key_length,
                           sizeof(*head));
    memcpy(head, key, sizeof(*head));
    if (head->magic != KEY_MAGIC || head->provider_length != key_length - sizeof(*head) ||
        head->check != check_of(key, key_length))
        return gyre__error(GYRE_ERR_SYNTAX, "these %zu bytes are no exported key", key_length);
    if (head->wire != comm->ctx->wire_id)
        return gyre__error(GYRE_ERR_STALE, "the key was exported in another epoch");
    if (head->worker != gyre__comm_world(comm, rank))
        return gyre__error(GYRE_ERR_SYNTAX, "the key is of world rank %u, expected %u",
                           head->worker, gyre__comm_world(comm, rank));
    return GYRE_OK;
}

/* Its first byte, mapped here. */
static char *reach(gyre_context_t *ctx, const key_head_t *head)
{
    char *direct = NULL;
    if (head->place.nonce && gyre__place_holds(&head->place, head->length))
        direct = gyre__mem_reach(ctx, head->worker, &head->place);
    bool alike = ((uintptr_t)direct ^ head->addr) % sizeof(uint64_t) == 0; /* for atomics */
    return alike ? direct : NULL;
}

static gyre_status_t import_by_provider(gyre_remote_t *remote, const void *bytes, size_t length)
{
    gyre_context_t *ctx = remote->comm->ctx;
    gyre_status_t status = gyre__peer_net_link(ctx, remote->peer);
    if (status == GYRE_OK)
        status = ctx->net->ops->key_import(ctx->net, remote->peer->net_link, bytes, length,
                                           &remote->key);
    return status;
}

gyre_status_t gyre__remote_open(gyre_remote_t *remote)
{
    if (remote->key)
        return GYRE_OK;
    return import_by_provider(remote, remote->packed->bytes, remote->packed->length);
}

/* Keeps the provider's key for later: most regions see no atomics, and need no connection. */
static gyre_status_t keep(gyre_remote_t *remote, const void *bytes, size_t length)
{
    gyre__packed_t *packed = remote->packed = malloc(sizeof(*packed) + length);
    if (!packed)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a key of %zu bytes", length);
    packed->length = length;
    memcpy(packed->bytes, bytes, length);
    gyre__list_append(&remote->comm->ctx->packed, &packed->link);
    return GYRE_OK;
}

static void drop(gyre_remote_t *remote)
{
    gyre__net_t *net = remote->comm->ctx->net;
    if (remote->packed)
        gyre__list_remove(&remote->packed->link);
    free(remote->packed);
    if (remote->key)
        net->ops->key_release(net, remote->key);
}

void gyre__packed_free_all(gyre_context_t *ctx)
{
    gyre__link_t *link;
    while ((link = gyre__list_pop(&ctx->packed)))
        free(gyre__container(link, gyre__packed_t, link));
}

/* With workers on other nodes atomics are the provider's. */
static gyre_status_t import_key(gyre_comm_t *comm, const key_head_t *head, const void *bytes,
                                gyre_remote_t **out)
{
    gyre_context_t *ctx = comm->ctx;
    gyre_remote_t *remote = gyre__pool_get(&ctx->remote_pool);
    if (!remote)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a remote region");
    *remote = (gyre_remote_t){
        .comm = comm, .epoch = ctx->epoch, .addr = head->addr, .length = head->length};
    gyre_status_t status = gyre__peer_get(ctx, head->worker, &remote->peer);
    if (status == GYRE_OK)
        remote->direct = reach(ctx, head);
    if (status == GYRE_OK && !remote->direct)
        status = import_by_provider(remote, bytes, head->provider_length);
    else if (status == GYRE_OK && ctx->directory.node_count > 1)
        status = keep(remote, bytes, head->provider_length);
    if (status == GYRE_OK)
        *out = remote;
    else
        gyre__pool_put(&ctx->remote_pool, remote);
    return status;
}

gyre_status_t gyre_remote_import(gyre_comm_t *comm, int rank, const void *key, size_t key_length,
                                 gyre_remote_t **remote)
{
    key_head_t head;
    gyre_status_t status = gyre__comm_check_rank(comm, rank);
    if (status == GYRE_OK && (!key || !remote))
        status = gyre__error(GYRE_ERR_ARG, "key at %p, remote at %p", key, (void *)remote);
    if (status == GYRE_OK)
        status = check_key(comm, rank, key, key_length, &head);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = import_key(comm, &head, (const char *)key + sizeof(head), remote);
    gyre__leave(comm->ctx);
    return status;
}

void gyre_remote_release(gyre_remote_t *remote)
{
    if (!remote || !remote->comm)
        return;
    gyre_context_t *ctx = remote->comm->ctx;
    gyre__enter(ctx);
    if (remote->epoch == ctx->epoch && ctx->open)
        drop(remote);
    remote->comm = NULL;
    gyre__pool_put(&ctx->remote_pool, remote);
    gyre__leave(ctx);
}

size_t gyre_remote_length(const gyre_remote_t *remote)
{
    return remote ? remote->length : 0;
}
