/* SPDX-License-Identifier: Apache-2.0 */
/* Atomics: libfabric's where it has all that we need, else a request that the target executes.
 *
 * One of the two for everything, decided at open, for the same memory must never be changed by
 * both: a network card's atomics and the processor's do not exclude each other. */
#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <string.h>

#include <rdma/fi_atomic.h>

typedef struct request {
    uint64_t id, address, key, operand, compare;
    uint32_t code, width;
} request_t;

static enum fi_datatype type_of(int width)
{
    return width == 4 ? FI_UINT32 : FI_UINT64;
}

static bool has(struct fid_ep *ep, int width)
{
    size_t count;
    enum fi_datatype type = type_of(width);
    return fi_fetch_atomicvalid(ep, type, FI_SUM, &count) == 0 &&
           fi_fetch_atomicvalid(ep, type, FI_ATOMIC_WRITE, &count) == 0 &&
           fi_compare_atomicvalid(ep, type, FI_CSWAP, &count) == 0;
}

bool gyre__ofi_atomics_native(struct fid_ep *ep)
{
    return has(ep, 4) && has(ep, 8);
}

/* Little end first, a value of either width starts at the address of the 64-bit one. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "operands are read by width");

static ssize_t post(gyre__ofi_t *net, gyre__ofi_work_t *work)
{
    gyre__ofi_op_t *op = gyre__container(work, gyre__ofi_op_t, work);
    enum fi_datatype type = type_of(op->width);
    if (op->code == GYRE_ATOMIC_COMPARE_SWAP)
        return fi_compare_atomic(net->ep, &op->operand, 1, op->desc, &op->compare, op->desc,
                                 &op->old, op->desc, work->peer->addr, op->remote, op->key, type,
                                 FI_CSWAP, &work->context);
    return fi_fetch_atomic(net->ep, &op->operand, 1, op->desc, &op->old, op->desc, work->peer->addr,
                           op->remote, op->key, type,
                           op->code == GYRE_ATOMIC_SWAP ? FI_ATOMIC_WRITE : FI_SUM, &work->context);
}

static void done(gyre__ofi_t *net, gyre__ofi_work_t *work, size_t length, gyre_status_t status)
{
    gyre__ofi_op_t *op = gyre__container(work, gyre__ofi_op_t, work);
    if (op->orphan) {
        gyre__ofi_op_free(net, op);
        return;
    }
    if (status == GYRE_OK)
        *op->result = op->old;
    gyre__ofi_op_end(net, op, status);
}

static gyre_status_t start_native(gyre__ofi_t *net, gyre__ofi_op_t *op)
{
    op->work.post = post;
    op->work.done = done;
    if (net->mr_local)
        op->desc = fi_mr_desc(gyre__pool_handle(&net->ops, op));
    return gyre__ofi_start(net, &op->work);
}

static gyre_status_t start_request(gyre__ofi_t *net, gyre__ofi_op_t *op, uint64_t addr)
{
    gyre_status_t status = gyre__ofi_op_await(net, op);
    if (status != GYRE_OK)
        return status;
    request_t request = {op->id, addr, op->key, op->operand, op->compare, op->code, op->width};
    gyre__ofi_note_t note = {
        .kind = GYRE__OFI_ATOMIC, .body = &request, .body_length = sizeof(request), .sign = true};
    return gyre__ofi_note(net, op->work.peer, &note);
}

gyre_status_t gyre__ofi_atomic(gyre__net_t *base, gyre__net_peer_t *peer, gyre__net_key_t *key,
                               uint64_t addr, gyre_atomic_t code, int width, uint64_t operand,
                               uint64_t compare, uint64_t *result, gyre__net_op_t *user)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    gyre_status_t status = gyre__ofi_peer_usable(peer);
    if (status != GYRE_OK)
        return status;
    gyre__ofi_op_t *op = gyre__ofi_op_new(net, peer, user);
    if (!op)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an operation");
    op->code = (uint8_t)code;
    op->width = (uint8_t)width;
    op->operand = operand;
    op->compare = compare;
    op->result = result;
    op->remote = addr - key->base;
    op->key = key->key;
    status = net->atomics ? start_native(net, op) : start_request(net, op, addr);
    if (status == GYRE_OK)
        return GYRE_IN_PROGRESS;
    gyre__ofi_op_free(net, op);
    return status;
}

static uint64_t execute32(uint32_t *at, const request_t *request)
{
    uint32_t operand = (uint32_t)request->operand, compare = (uint32_t)request->compare;
    if (request->code == GYRE_ATOMIC_FETCH_ADD)
        return __atomic_fetch_add(at, operand, __ATOMIC_SEQ_CST);
    if (request->code == GYRE_ATOMIC_SWAP)
        return __atomic_exchange_n(at, operand, __ATOMIC_SEQ_CST);
    __atomic_compare_exchange_n(at, &compare, operand, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return compare;
}

static uint64_t execute64(uint64_t *at, const request_t *request)
{
    uint64_t compare = request->compare;
    if (request->code == GYRE_ATOMIC_FETCH_ADD)
        return __atomic_fetch_add(at, request->operand, __ATOMIC_SEQ_CST);
    if (request->code == GYRE_ATOMIC_SWAP)
        return __atomic_exchange_n(at, request->operand, __ATOMIC_SEQ_CST);
    __atomic_compare_exchange_n(at, &compare, request->operand, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return compare;
}

/* Only inside the region that the key names. */
static gyre_status_t execute(gyre__ofi_t *net, const request_t *request, uint64_t *old)
{
    gyre__ofi_mem_t *mem = gyre__map_get(&net->by_key, request->key);
    uint64_t offset = mem ? request->address - (uintptr_t)mem->base.addr : 0;
    size_t width = request->width;
    if (!mem || (width != 4 && width != 8) || offset > mem->base.length ||
        width > mem->base.length - offset || request->address % width != 0 ||
        request->code > GYRE_ATOMIC_COMPARE_SWAP)
        return GYRE_ERR_RANGE;
    void *at = (char *)mem->base.addr + offset;
    *old = width == 4 ? execute32(at, request) : execute64(at, request);
    return GYRE_OK;
}

void gyre__ofi_atomic_asked(gyre__ofi_t *net, const unsigned char *body, size_t length)
{
    request_t request;
    gyre__net_peer_t *peer;
    uint64_t old = 0;
    if (length < sizeof(request))
        return;
    memcpy(&request, body, sizeof(request));
    if (gyre__ofi_peer_back(net, body + sizeof(request), length - sizeof(request), &peer) !=
        GYRE_OK)
        return;
    gyre_status_t status = execute(net, &request, &old);
    gyre__ofi_reply(net, peer, request.id, status, old);
}
