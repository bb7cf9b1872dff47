/* SPDX-License-Identifier: Apache-2.0 */
/* Batches into pages: as many rows as fit, packed where their receivers will read them. */
#include "dataflow/operator.h"

gyre_status_t gyre__ship_packed(gyre_operator_t *op, const gyre_packed_t *packed, const int *ranks,
                                int count, const gyre__label_t *label)
{
    gyre__page_t *page;
    gyre_status_t status = gyre__channel_page(op->channel, ranks, count, packed->length, &page);
    if (status != GYRE_OK)
        return status;
    gyre_packed_write(packed, page->data);
    return gyre__channel_send(op->channel, ranks, count, label, page, packed->length);
}

/* Packs rows of the batch, fewer where they would not fit into a page; one is packed however long
 * it is. */
static gyre_status_t pack(gyre_operator_t *op, gyre__side_t *side, const gyre__shipment_t *shipment,
                          size_t *rows, const gyre_packed_t **packed)
{
    size_t room = gyre__channel_room(op->channel);
    for (;;) {
        const gyre_batch_t *slice;
        gyre_status_t status = gyre_batch_slice(shipment->batch, shipment->row, *rows, &slice);
        if (status != GYRE_OK)
            return status;
        status = gyre_batch_pack(slice, 0, NULL, packed);
        gyre_batch_release(slice);
        if (status != GYRE_OK)
            return status;
        side->row_bytes = (*packed)->length / *rows + 1;
        if ((*packed)->length <= room || *rows == 1)
            return GYRE_OK;
        size_t fewer = *rows * (room / 16 * 15) / (*packed)->length;
        gyre_packed_destroy(*packed);
        *rows = fewer ? fewer : 1;
    }
}

gyre_status_t gyre__ship(gyre_operator_t *op, gyre__side_t *side, gyre__shipment_t *shipment,
                         const int *ranks, int count, int source, int target)
{
    gyre__label_t label = {.kind = GYRE__PARCEL_ROWS,
                           .source = source,
                           .target = target,
                           .value = (uint64_t)side->number};
    while (shipment->batch) {
        const gyre_packed_t *packed;
        size_t left = shipment->batch->length - shipment->row;
        size_t rows = gyre__channel_room(op->channel) / side->row_bytes + 1;
        rows = rows < left ? rows : left;
        gyre_status_t status = pack(op, side, shipment, &rows, &packed);
        if (status != GYRE_OK)
            return status;
        status = gyre__ship_packed(op, packed, ranks, count, &label);
        gyre_packed_destroy(packed);
        if (status != GYRE_OK)
            return status;
        op->moved = true;
        gyre__shipment_advance(shipment, rows);
    }
    return GYRE_OK;
}
