/* SPDX-License-Identifier: Apache-2.0 */
/* Registered memory. A region inside a registered one shares its registration. Regions from
 * gyre_mem_alloc stay registered after their release, up to GYRE_REG_CACHE, for the next
 * allocation of that length; the caller's own memory does not, for nothing would tell that it was
 * unmapped. */
#include "comm/mem.h"

#include "base/error.h"
#include "comm/conf.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
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
} key_head_t;

static uint64_t check_of(const void *key, size_t key_length)
{
    size_t skip = sizeof(((key_head_t *)0)->check);
    return XXH64((const char *)key + skip, key_length - skip, 0);
}

static gyre_mem_t *find_around(gyre_context_t *ctx, char *addr, size_t length)
{
    gyre__list_each(at, &ctx->mems) {
        gyre_mem_t *mem = gyre__container(at, gyre_mem_t, link);
        if (!mem->parent && !mem->idle && addr >= mem->addr && length <= mem->length &&
            (size_t)(addr - mem->addr) <= mem->length - length)
            return mem;
    }
    return NULL;
}

static gyre_mem_t *find_idle(gyre_context_t *ctx, size_t length)
{
    gyre__list_each(at, &ctx->mems) {
        gyre_mem_t *mem = gyre__container(at, gyre_mem_t, link);
        if (mem->idle && mem->length == length)
            return mem;
    }
    return NULL;
}

static gyre_status_t mem_new(gyre_context_t *ctx, void *addr, size_t length, bool share,
                             gyre_mem_t **out)
{
    gyre_mem_t *mem = gyre__pool_get(&ctx->mem_pool);
    if (!mem)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a region");
    *mem = (gyre_mem_t){.ctx = ctx, .addr = addr, .length = length, .users = 1};
    mem->parent = share ? find_around(ctx, addr, length) : NULL;
    gyre_status_t status = GYRE_OK;
    if (mem->parent)
        mem->parent->users++;
    else
        status = ctx->net->ops->mem_map(ctx->net, addr, length, &mem->registration);
    if (status != GYRE_OK) {
        gyre__pool_put(&ctx->mem_pool, mem);
        return status;
    }
    gyre__list_append(&ctx->mems, &mem->link);
    *out = mem;
    return GYRE_OK;
}

static gyre_status_t check(gyre_context_t *ctx, size_t length, gyre_mem_t **mem)
{
    if (!ctx || !mem)
        return gyre__error(GYRE_ERR_ARG, "context at %p, mem at %p", (void *)ctx, (void *)mem);
    if (length == 0 || length > GYRE__LENGTH_MAX)
        return gyre__error(GYRE_ERR_RANGE, "a region of %zu bytes", length);
    return gyre__context_check(ctx);
}

gyre_status_t gyre_mem_register(gyre_context_t *ctx, void *addr, size_t length, gyre_mem_t **mem)
{
    gyre_status_t status = check(ctx, length, mem);
    if (status == GYRE_OK && !addr)
        status = gyre__error(GYRE_ERR_ARG, "a region at NULL");
    if (status != GYRE_OK)
        return status;
    gyre__enter(ctx);
    status = mem_new(ctx, addr, length, true, mem);
    gyre__leave(ctx);
    return status;
}

static gyre_status_t alloc_fresh(gyre_context_t *ctx, size_t length, gyre_mem_t **mem)
{
    void *addr = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (addr == MAP_FAILED)
        return gyre__error_errno(errno, "cannot allocate %zu bytes", length);
    gyre_status_t status = mem_new(ctx, addr, length, false, mem);
    if (status == GYRE_OK)
        (*mem)->allocated = true;
    else
        munmap(addr, length);
    return status;
}

gyre_status_t gyre_mem_alloc(gyre_context_t *ctx, size_t length, gyre_mem_t **mem)
{
    gyre_status_t status = check(ctx, length, mem);
    if (status != GYRE_OK)
        return status;
    gyre__enter(ctx);
    gyre_mem_t *idle = find_idle(ctx, length);
    if (idle) {
        idle->idle = false;
        idle->users = 1;
        ctx->mems_idle -= length;
        memset(idle->addr, 0, length);
        *mem = idle;
    } else {
        status = alloc_fresh(ctx, length, mem);
    }
    gyre__leave(ctx);
    return status;
}

static void mem_free(gyre_mem_t *mem)
{
    gyre_context_t *ctx = mem->ctx;
    if (mem->registration)
        ctx->net->ops->mem_unmap(ctx->net, mem->registration);
    if (mem->allocated)
        munmap(mem->addr, mem->length);
    gyre__list_remove(&mem->link);
    gyre__pool_put(&ctx->mem_pool, mem);
}

static void mem_leave(gyre_mem_t *mem)
{
    gyre_context_t *ctx = mem->ctx;
    if (--mem->users > 0)
        return;
    if (mem->parent)
        mem_leave(mem->parent);
    size_t limit = gyre__comm_conf.reg_cache;
    if (mem->allocated && mem->length <= limit && ctx->mems_idle <= limit - mem->length) {
        mem->idle = true;
        ctx->mems_idle += mem->length;
    } else {
        mem_free(mem);
    }
}

void gyre_mem_release(gyre_mem_t *mem)
{
    if (!mem || mem->users == 0)
        return;
    gyre_context_t *ctx = mem->ctx;
    gyre__enter(ctx);
    mem_leave(mem);
    gyre__leave(ctx);
}

gyre_status_t gyre__mem_map_all(gyre_context_t *ctx)
{
    gyre_status_t status = GYRE_OK;
    gyre__list_each(at, &ctx->mems) {
        gyre_mem_t *mem = gyre__container(at, gyre_mem_t, link);
        if (!mem->parent && status == GYRE_OK)
            status =
                ctx->net->ops->mem_map(ctx->net, mem->addr, mem->length, &mem->registration);
    }
    return status;
}

void gyre__mem_unmap_all(gyre_context_t *ctx)
{
    gyre__list_each(at, &ctx->mems) {
        gyre_mem_t *mem = gyre__container(at, gyre_mem_t, link);
        if (mem->registration)
            ctx->net->ops->mem_unmap(ctx->net, mem->registration);
        mem->registration = NULL;
    }
}

void gyre__mem_free_all(gyre_context_t *ctx)
{
    gyre__list_each(at, &ctx->mems)
        mem_free(gyre__container(at, gyre_mem_t, link));
}

void *gyre_mem_address(const gyre_mem_t *mem)
{
    return mem ? mem->addr : NULL;
}

size_t gyre_mem_length(const gyre_mem_t *mem)
{
    return mem ? mem->length : 0;
}

static gyre_status_t export_key(const gyre_mem_t *mem, void *key, size_t *key_length)
{
    const gyre_context_t *ctx = mem->ctx;
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
        return gyre__error(GYRE_ERR_SYNTAX, "a key of %zu bytes, expected at least %zu",
                           key_length, sizeof(*head));
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
        status = gyre__peer_net_link(ctx, remote->peer);
    if (status == GYRE_OK)
        status = ctx->net->ops->key_import(ctx->net, remote->peer->net_link, bytes,
                                           head->provider_length, &remote->key);
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
        ctx->net->ops->key_release(ctx->net, remote->key);
    remote->comm = NULL;
    gyre__pool_put(&ctx->remote_pool, remote);
    gyre__leave(ctx);
}

size_t gyre_remote_length(const gyre_remote_t *remote)
{
    return remote ? remote->length : 0;
}
