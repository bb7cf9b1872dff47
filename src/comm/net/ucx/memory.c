/* SPDX-License-Identifier: Apache-2.0 */
/* Registered memory and the keys to it. A key belongs to one peer's endpoint in UCX, but may
 * outlive it: releasing it then is still right. */
#include "comm/net/ucx/ucx.h"

#include "base/error.h"

#include <stdlib.h>

typedef struct region {
    gyre__net_mem_t mem;
    gyre__link_t link;
    ucp_mem_h handle;
    gyre__buf_t key; /* sealed; empty until asked for */
} region_t;

struct gyre__net_key {
    gyre__link_t link;
    ucp_rkey_h rkey;
};

static ucs_status_t region_open(gyre__ucx_t *ucx, region_t *region, void *addr, size_t length)
{
    ucp_mem_map_params_t params = {
        .field_mask = UCP_MEM_MAP_PARAM_FIELD_ADDRESS | UCP_MEM_MAP_PARAM_FIELD_LENGTH |
                      UCP_MEM_MAP_PARAM_FIELD_FLAGS,
        .address = addr,
        .length = length,
        .flags = addr ? 0 : UCP_MEM_MAP_ALLOCATE,
    };
    ucs_status_t status = ucp_mem_map(ucx->context, &params, &region->handle);
    if (status != UCS_OK)
        return status;
    ucp_mem_attr_t attr = {.field_mask = UCP_MEM_ATTR_FIELD_ADDRESS};
    status = ucp_mem_query(region->handle, &attr);
    if (status != UCS_OK)
        ucp_mem_unmap(ucx->context, region->handle);
    region->mem = (gyre__net_mem_t){addr ? addr : attr.address, length};
    return status;
}

gyre_status_t gyre__ucx_mem_map(gyre__net_t *net, void *addr, size_t length, gyre__net_mem_t **mem)
{
    gyre__ucx_t *ucx = gyre__ucx_of(net);
    if (length == 0)
        return gyre__error(GYRE_ERR_ARG, "a memory region of 0 bytes");
    region_t *region = calloc(1, sizeof(*region));
    if (!region)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a memory region");
    gyre__buf_init(&region->key);
    ucs_status_t status = region_open(ucx, region, addr, length);
    if (status != UCS_OK) {
        free(region);
        return gyre__ucx_error(status, "cannot register memory");
    }
    gyre__list_append(&ucx->mems, &region->link);
    *mem = &region->mem;
    return GYRE_OK;
}

void gyre__ucx_mem_unmap(gyre__net_t *net, gyre__net_mem_t *mem)
{
    region_t *region = (region_t *)mem;
    gyre__list_remove(&region->link);
    ucp_mem_unmap(gyre__ucx_of(net)->context, region->handle);
    gyre__buf_cleanup(&region->key);
    free(region);
}

gyre_status_t gyre__ucx_mem_key(gyre__net_t *net, gyre__net_mem_t *mem, const void **key,
                                size_t *length)
{
    region_t *region = (region_t *)mem;
    gyre_status_t status = GYRE_OK;
    if (region->key.length == 0) {
        void *packed;
        size_t size;
        ucs_status_t ucs =
            ucp_rkey_pack(gyre__ucx_of(net)->context, region->handle, &packed, &size);
        if (ucs != UCS_OK)
            return gyre__ucx_error(ucs, "cannot export memory");
        status = gyre__ucx_seal(&region->key, packed, size);
        ucp_rkey_buffer_release(packed);
    }
    *key = region->key.data;
    *length = region->key.length;
    return status;
}

gyre_status_t gyre__ucx_key_import(gyre__net_t *net, gyre__net_peer_t *peer, const void *bytes,
                                   size_t length, gyre__net_key_t **out)
{
    const void *packed = gyre__ucx_unseal(bytes, length, "memory key");
    if (!packed)
        return GYRE_ERR_ARG;
    if (peer->broken)
        return gyre__ucx_broken(peer);
    gyre__net_key_t *key = malloc(sizeof(*key));
    if (!key)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a memory key");
    ucs_status_t status = ucp_ep_rkey_unpack(peer->ep, packed, &key->rkey);
    if (status != UCS_OK) {
        free(key);
        return gyre__ucx_error(status, "memory key");
    }
    gyre__list_append(&gyre__ucx_of(net)->keys, &key->link);
    *out = key;
    return GYRE_OK;
}

void gyre__ucx_key_release(gyre__net_t *net, gyre__net_key_t *key)
{
    gyre__list_remove(&key->link);
    ucp_rkey_destroy(key->rkey);
    free(key);
}

ucp_rkey_h gyre__ucx_rkey(const gyre__net_key_t *key)
{
    return key->rkey;
}

void gyre__ucx_memory_cleanup(gyre__ucx_t *ucx)
{
    while (!gyre__list_empty(&ucx->keys))
        gyre__ucx_key_release(&ucx->net, gyre__container(ucx->keys.next, gyre__net_key_t, link));
    while (!gyre__list_empty(&ucx->mems))
        gyre__ucx_mem_unmap(&ucx->net, &gyre__container(ucx->mems.next, region_t, link)->mem);
}
