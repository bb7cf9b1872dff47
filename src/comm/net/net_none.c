/* SPDX-License-Identifier: Apache-2.0 */
/* Stubs for what a provider lacks. */
#include "comm/net/net.h"

#include "base/error.h"

static gyre_status_t unsupported(const gyre__net_t *net, const char *what)
{
    return gyre__error(GYRE_ERR_NOT_SUPPORTED, "provider %s has no %s", net->ops->name, what);
}

gyre_status_t gyre__net_no_mem_map(gyre__net_t *net, void *addr, size_t length,
                                   gyre__net_mem_t **mem)
{
    return unsupported(net, "registered memory");
}

void gyre__net_no_mem_unmap(gyre__net_t *net, gyre__net_mem_t *mem)
{
}

gyre_status_t gyre__net_no_mem_key(gyre__net_t *net, gyre__net_mem_t *mem, const void **key,
                                   size_t *length)
{
    return unsupported(net, "registered memory");
}

gyre_status_t gyre__net_no_key_import(gyre__net_t *net, gyre__net_peer_t *peer, const void *bytes,
                                      size_t length, gyre__net_key_t **key)
{
    return unsupported(net, "remote memory");
}

void gyre__net_no_key_release(gyre__net_t *net, gyre__net_key_t *key)
{
}

gyre_status_t gyre__net_no_put(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                               uint64_t addr, const void *buffer, size_t length,
                               gyre__net_op_t *op)
{
    return unsupported(net, "put");
}

gyre_status_t gyre__net_no_get(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                               uint64_t addr, void *buffer, size_t length, gyre__net_op_t *op)
{
    return unsupported(net, "get");
}

gyre_status_t gyre__net_no_atomic(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                                  uint64_t addr, gyre_atomic_t op_code, int width,
                                  uint64_t operand, uint64_t compare, uint64_t *result,
                                  gyre__net_op_t *op)
{
    return unsupported(net, "atomics");
}
