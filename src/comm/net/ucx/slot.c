/* SPDX-License-Identifier: Apache-2.0 */
/* Slots: one per operation that UCX does not finish at once. UCX may call back from inside the
 * starting call (a rendezvous by CMA is over before ucp_am_recv_data_nbx returns), which our
 * contract forbids: starting tells the call-back to leave the news to gyre__ucx_started. */
#include "comm/net/ucx/ucx.h"

#include <string.h>

enum { SLOT_ALIGN = 64, SLOTS_PER_CHUNK = 64 };

void gyre__ucx_slots_init(gyre__ucx_t *ucx, size_t request_size)
{
    ucx->request_room = (request_size + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN;
    gyre__pool_init(&ucx->memory, ucx->request_room + sizeof(gyre__ucx_slot_t), SLOT_ALIGN,
                    SLOTS_PER_CHUNK, NULL);
    gyre__list_init(&ucx->slots);
    gyre__list_init(&ucx->pending);
}

void gyre__ucx_slots_cleanup(gyre__ucx_t *ucx)
{
    if (ucx->request_room > 0)
        gyre__pool_cleanup(&ucx->memory);
}

static gyre__ucx_slot_t *slot_get(gyre__ucx_t *ucx)
{
    gyre__link_t *link = gyre__list_pop(&ucx->slots);
    if (link)
        return gyre__container(link, gyre__ucx_slot_t, link);
    char *memory = gyre__pool_get(&ucx->memory);
    return memory ? (gyre__ucx_slot_t *)(memory + ucx->request_room) : NULL;
}

static void slot_put(gyre__ucx_slot_t *slot)
{
    gyre__list_remove(&slot->link);
    gyre__list_append(slot->ucx->slots.next, &slot->link);
}

static void store_result(const gyre__ucx_slot_t *slot)
{
    uint32_t narrow;
    memcpy(&narrow, &slot->reply, sizeof(narrow));
    *slot->result = slot->width == 4 ? narrow : slot->reply;
}

static gyre_status_t outcome(const gyre__ucx_slot_t *slot, ucs_status_t status, const char *what)
{
    if (status == UCS_OK && slot->result)
        store_result(slot);
    /* UCX cancels what was to be fetched when the sender's connection is gone. */
    if (status == UCS_ERR_CANCELED && slot->fetching && !slot->ucx->disconnecting)
        status = UCS_ERR_CONNECTION_RESET;
    if (slot->peer && !slot->ucx->disconnecting)
        status = gyre__ucx_judge(slot->peer, status);
    return gyre__ucx_error(status, what);
}

static void tell(gyre__ucx_slot_t *slot, gyre__net_op_t *op, gyre_status_t status)
{
    slot->ucx->calls++;
    op->done(op, status);
}

static void finish(gyre__ucx_slot_t *slot, ucs_status_t ucs)
{
    gyre__net_op_t *op = slot->op;
    gyre_status_t status = op ? outcome(slot, ucs, "operation ended") : GYRE_OK;
    slot_put(slot);
    if (op)
        tell(slot, op, status);
}

void gyre__ucx_ended(gyre__ucx_slot_t *slot, ucs_status_t status)
{
    slot->status = status;
    slot->finished = true;
    if (!slot->starting)
        finish(slot, status);
}

static void on_send(void *request, ucs_status_t status, void *slot)
{
    gyre__ucx_ended(slot, status);
}

gyre_status_t gyre__ucx_start_own(gyre__ucx_t *ucx, gyre__net_op_t *op, gyre__ucx_slot_t **out)
{
    gyre__ucx_slot_t *slot = slot_get(ucx);
    if (!slot)
        return GYRE_ERR_NO_MEMORY;
    slot->ucx = ucx;
    slot->peer = NULL;
    slot->op = op;
    slot->result = NULL;
    slot->starting = true;
    slot->finished = slot->fetching = false;
    gyre__list_append(&ucx->pending, &slot->link);
    op->provider = slot;
    *out = slot;
    return GYRE_OK;
}

gyre_status_t gyre__ucx_start(gyre__ucx_t *ucx, gyre__net_peer_t *peer, gyre__net_op_t *op,
                              gyre__ucx_slot_t **slot, ucp_request_param_t *param)
{
    gyre_status_t status = gyre__ucx_start_own(ucx, op, slot);
    if (status != GYRE_OK)
        return status;
    (*slot)->peer = peer;
    param->op_attr_mask = UCP_OP_ATTR_FIELD_REQUEST | UCP_OP_ATTR_FIELD_CALLBACK |
                          UCP_OP_ATTR_FIELD_USER_DATA | UCP_OP_ATTR_FIELD_MEMORY_TYPE;
    param->memory_type = UCS_MEMORY_TYPE_HOST;
    param->request = *slot;
    param->user_data = *slot;
    param->cb.send = on_send;
    return GYRE_OK;
}

gyre_status_t gyre__ucx_started(gyre__ucx_slot_t *slot, ucs_status_ptr_t returned, const char *what)
{
    slot->starting = false;
    if (UCS_PTR_IS_PTR(returned) && !slot->finished)
        return GYRE_IN_PROGRESS;
    ucs_status_t ucs = UCS_PTR_IS_PTR(returned) ? slot->status : UCS_PTR_STATUS(returned);
    gyre_status_t status = outcome(slot, ucs, what);
    slot_put(slot);
    return status;
}

void gyre__ucx_on_receive(void *request, ucs_status_t status, size_t length, void *slot)
{
    gyre__ucx_ended(slot, status);
}

static gyre__ucx_slot_t *first_of(const gyre__net_peer_t *peer)
{
    gyre__list_each(link, &peer->ucx->pending) {
        gyre__ucx_slot_t *slot = gyre__container(link, gyre__ucx_slot_t, link);
        if (slot->peer == peer)
            return slot;
    }
    return NULL;
}

void gyre__ucx_fail_all(gyre__net_peer_t *peer)
{
    gyre__ucx_slot_t *slot;
    while ((slot = first_of(peer))) {
        gyre__net_op_t *op = slot->op;
        gyre__list_remove(&slot->link);
        slot->op = NULL;
        tell(slot, op, gyre__ucx_broken(peer));
    }
}

void gyre__ucx_forget(gyre__net_peer_t *peer)
{
    gyre__ucx_slot_t *slot;
    while ((slot = first_of(peer)))
        slot->peer = NULL;
}

/* The last started first: the parts of a flush come after the whole, and end it. */
void gyre__ucx_cancel_all(gyre__ucx_t *ucx)
{
    while (!gyre__list_empty(&ucx->pending))
        finish(gyre__container(ucx->pending.prev, gyre__ucx_slot_t, link), UCS_ERR_CANCELED);
}
