/* SPDX-License-Identifier: Apache-2.0 */
/* Registered memory. A region inside a registered one shares its registration. Regions from
 * gyre_mem_alloc come from the store, which node peers can map, and stay registered after their
 * release, up to GYRE_REG_CACHE, for the next allocation of that length in the epoch; the
 * caller's own memory does not, for nothing would tell that it was unmapped. */
#include "comm/mem.h"

#include "base/error.h"
#include "comm/conf.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static gyre_mem_t *find_around(gyre_context_t *ctx, char *addr, size_t length)
{
    gyre__list_each(at, &ctx->mems)
    {
        gyre_mem_t *mem = gyre__container(at, gyre_mem_t, link);
        if (!mem->parent && addr >= mem->addr && length <= mem->length &&
            (size_t)(addr - mem->addr) <= mem->length - length)
            return mem;
    }
    return NULL;
}

static gyre_mem_t *find_idle(gyre_context_t *ctx, size_t length)
{
    gyre__list_each(at, &ctx->idle)
    {
        gyre_mem_t *mem = gyre__container(at, gyre_mem_t, link);
        if (mem->length == length)
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

/* Memory that peers can map, or, where there is none, private memory. */
static gyre_status_t pages_get(gyre_context_t *ctx, size_t length, gyre__span_t **span, void **addr)
{
    *span = NULL;
    gyre_status_t status =
        gyre__comm_conf.shm ? gyre__store_alloc(&ctx->store, length, span) : GYRE_ERR_NOT_SUPPORTED;
    if (status == GYRE_OK)
        *addr = gyre__span_address(*span);
    if (status != GYRE_ERR_NOT_SUPPORTED)
        return status;
    *addr = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (*addr == MAP_FAILED)
        return gyre__error_errno(errno, "cannot allocate %zu bytes", length);
    return GYRE_OK;
}

static void pages_put(gyre_context_t *ctx, gyre__span_t *span, void *addr, size_t length)
{
    if (span)
        gyre__store_release(&ctx->store, span);
    else
        munmap(addr, length);
}

static gyre_status_t alloc_fresh(gyre_context_t *ctx, size_t length, gyre_mem_t **mem)
{
    gyre__span_t *span;
    void *addr;
    gyre_status_t status = pages_get(ctx, length, &span, &addr);
    if (status != GYRE_OK)
        return status;
    status = mem_new(ctx, addr, length, false, mem);
    if (status != GYRE_OK) {
        pages_put(ctx, span, addr, length);
        return status;
    }
    (*mem)->allocated = true;
    (*mem)->span = span;
    return GYRE_OK;
}

/* A region of the next use, zeroed. */
static gyre_mem_t *wake(gyre_mem_t *mem)
{
    gyre_context_t *ctx = mem->ctx;
    gyre__list_remove(&mem->link);
    gyre__list_append(&ctx->mems, &mem->link);
    ctx->idle_bytes -= mem->length;
    mem->users = 1;
    memset(mem->addr, 0, mem->length);
    return mem;
}

gyre_status_t gyre_mem_alloc(gyre_context_t *ctx, size_t length, gyre_mem_t **mem)
{
    gyre_status_t status = check(ctx, length, mem);
    if (status != GYRE_OK)
        return status;
    gyre__enter(ctx);
    gyre_mem_t *idle = find_idle(ctx, length);
    if (idle)
        *mem = wake(idle);
    else
        status = alloc_fresh(ctx, length, mem);
    gyre__leave(ctx);
    return status;
}

static void mem_free(gyre_mem_t *mem)
{
    gyre_context_t *ctx = mem->ctx;
    if (mem->registration)
        ctx->net->ops->mem_unmap(ctx->net, mem->registration);
    if (mem->allocated)
        pages_put(ctx, mem->span, mem->addr, mem->length);
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
    if (mem->registration && mem->allocated && mem->length <= limit &&
        ctx->idle_bytes <= limit - mem->length) {
        gyre__list_remove(&mem->link);
        gyre__list_append(&ctx->idle, &mem->link);
        ctx->idle_bytes += mem->length;
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
    gyre__list_each(at, &ctx->mems)
    {
        gyre_mem_t *mem = gyre__container(at, gyre_mem_t, link);
        if (!mem->parent && status == GYRE_OK)
            status = ctx->net->ops->mem_map(ctx->net, mem->addr, mem->length, &mem->registration);
    }
    return status;
}

static void free_list(gyre__link_t *mems)
{
    gyre__list_each(at, mems) mem_free(gyre__container(at, gyre_mem_t, link));
}

void gyre__mem_unmap_all(gyre_context_t *ctx)
{
    gyre__packed_free_all(ctx);
    free_list(&ctx->idle);
    ctx->idle_bytes = 0;
    gyre__list_each(at, &ctx->mems)
    {
        gyre_mem_t *mem = gyre__container(at, gyre_mem_t, link);
        if (mem->registration)
            ctx->net->ops->mem_unmap(ctx->net, mem->registration);
        mem->registration = NULL;
    }
}

void gyre__mem_free_all(gyre_context_t *ctx)
{
    free_list(&ctx->idle);
    free_list(&ctx->mems);
}

void *gyre_mem_address(const gyre_mem_t *mem)
{
    return mem ? mem->addr : NULL;
}

size_t gyre_mem_length(const gyre_mem_t *mem)
{
    return mem ? mem->length : 0;
}
