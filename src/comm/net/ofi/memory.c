/* SPDX-License-Identifier: Apache-2.0 */
/* Registered memory and keys.
 *
 * libfabric addresses a peer's region either by virtual address or by offset, as the provider
 * likes; a key says what must be taken off an address of the peer to get what libfabric wants:
 * nothing, or the region's start. */
#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

gyre_status_t gyre__ofi_register(gyre__ofi_t *net, const void *addr, size_t length, uint64_t access,
                                 struct fid_mr **mr)
{
    uint64_t key = net->mr_own_key ? ++net->next_key : 0;
    int rc = fi_mr_reg(net->domain, addr, length, access, 0, key, 0, mr, NULL);
    if (rc == 0 && net->mr_endpoint) {
        rc = fi_mr_bind(*mr, &net->ep->fid, 0);
        rc = rc == 0 ? fi_mr_enable(*mr) : rc;
        if (rc != 0)
            fi_close(&(*mr)->fid);
    }
    if (rc == 0)
        return GYRE_OK;
    *mr = NULL;
    return gyre__error(rc == -FI_ENOMEM ? GYRE_ERR_NO_RESOURCE : GYRE_ERR_NET,
                       "libfabric does not register %zu bytes: %s", length,
                       gyre__ofi_lib.text(-rc));
}

gyre__ofi_mem_t *gyre__ofi_mem_find(gyre__ofi_t *net, const void *addr, size_t length)
{
    gyre__list_each(link, &net->mems)
    {
        gyre__ofi_mem_t *mem = gyre__container(link, gyre__ofi_mem_t, link);
        uintptr_t offset = (uintptr_t)addr - (uintptr_t)mem->base.addr;
        if (offset <= mem->base.length && length <= mem->base.length - offset)
            return mem;
    }
    return NULL;
}

gyre_status_t gyre__ofi_local(gyre__ofi_t *net, gyre__ofi_op_t *op, const void *addr, size_t length)
{
    if (!net->mr_local)
        return GYRE_OK;
    gyre__ofi_mem_t *mem = gyre__ofi_mem_find(net, addr, length);
    if (!mem) {
        gyre_status_t status = gyre__ofi_register(net, addr, length, FI_READ | FI_WRITE, &op->mr);
        if (status != GYRE_OK)
            return status;
    }
    op->desc = fi_mr_desc(mem ? mem->mr : op->mr);
    return GYRE_OK;
}

static gyre_status_t take_memory(gyre__ofi_mem_t *mem, void *addr, size_t length)
{
    mem->own = !addr;
    if (!addr)
        addr = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (addr == MAP_FAILED)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a region of %zu bytes", length);
    mem->base = (gyre__net_mem_t){addr, length};
    return GYRE_OK;
}

static void release(gyre__ofi_t *net, gyre__ofi_mem_t *mem)
{
    if (mem->mr) {
        gyre__map_remove(&net->by_key, mem->exported.key);
        fi_close(&mem->mr->fid);
    }
    if (mem->own && mem->base.addr)
        munmap(mem->base.addr, mem->base.length);
    gyre__list_remove(&mem->link);
    free(mem);
}

static gyre_status_t export(gyre__ofi_t *net, gyre__ofi_mem_t *mem)
{
    gyre_status_t status = gyre__ofi_register(
        net, mem->base.addr, mem->base.length,
        FI_SEND | FI_RECV | FI_READ | FI_WRITE | FI_REMOTE_READ | FI_REMOTE_WRITE, &mem->mr);
    if (status != GYRE_OK)
        return status;
    mem->exported.key = fi_mr_key(mem->mr);
    mem->exported.base = net->mr_virtual ? 0 : (uintptr_t)mem->base.addr;
    return gyre__map_put(&net->by_key, mem->exported.key, mem);
}

gyre_status_t gyre__ofi_mem_map(gyre__net_t *base, void *addr, size_t length, gyre__net_mem_t **out)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    gyre__ofi_mem_t *mem = calloc(1, sizeof(*mem));
    if (!mem)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a region");
    gyre__list_append(&net->mems, &mem->link);
    gyre_status_t status = take_memory(mem, addr, length);
    if (status == GYRE_OK)
        status = export(net, mem);
    if (status == GYRE_OK)
        *out = &mem->base;
    else
        release(net, mem);
    return status;
}

void gyre__ofi_mem_unmap(gyre__net_t *base, gyre__net_mem_t *mem)
{
    release(gyre__ofi_of(base), gyre__container(mem, gyre__ofi_mem_t, base));
}

gyre_status_t gyre__ofi_mem_key(gyre__net_t *base, gyre__net_mem_t *mem, const void **key,
                                size_t *length)
{
    gyre__ofi_mem_t *mine = gyre__container(mem, gyre__ofi_mem_t, base);
    *key = &mine->exported;
    *length = sizeof(mine->exported);
    return GYRE_OK;
}

gyre_status_t gyre__ofi_key_import(gyre__net_t *base, gyre__net_peer_t *peer, const void *bytes,
                                   size_t length, gyre__net_key_t **out)
{
    if (length != sizeof(gyre__net_key_t))
        return gyre__error(GYRE_ERR_SYNTAX, "a key of libfabric has %zu bytes, not %zu", length,
                           sizeof(gyre__net_key_t));
    gyre__net_key_t *key = malloc(sizeof(*key));
    if (!key)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a key");
    memcpy(key, bytes, sizeof(*key));
    *out = key;
    return GYRE_OK;
}

void gyre__ofi_key_release(gyre__net_t *base, gyre__net_key_t *key)
{
    free(key);
}
