/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates by key, at the source. What sources of a worker insert is aggregated there first, in a
 * table that stays in the cache: when it has grown beyond that, or all is to leave, its groups go
 * to the targets of their keys as partial results, which those merge (groups.c). */
#include "base/error.h"
#include "dataflow/operator.h"

enum {
    COMBINER_GROUPS = 16384, /* about a MiB */
    BATCH_GROUPS = 8192      /* that are sent at a time */
};

gyre_status_t gyre__reduce_open(gyre_operator_t *op)
{
    gyre__side_t *side = &op->sides[0];
    gyre_status_t status =
        gyre_group_create(op->opts.schema, op->opts.keys, op->opts.key_count, op->opts.aggregates,
                          op->opts.aggregate_count, &op->combiner);
    if (status != GYRE_OK)
        return status;
    op->combined.side = side;
    op->received = gyre_schema_retain(gyre_group_schema(op->combiner, GYRE_GROUP_FINAL));
    gyre_schema_release(side->carried);
    side->carried = gyre_schema_retain(gyre_group_schema(op->combiner, GYRE_GROUP_PARTIAL));
    for (size_t i = 0; i < op->opts.key_count; i++)
        side->keys[i] = i; /* keys come first there */
    return GYRE_OK;
}

void gyre__reduce_close(gyre_operator_t *op)
{
    gyre_batch_release(op->combined.shipment.batch);
    gyre_group_destroy(op->combiner);
}

static gyre_status_t next_groups(gyre_operator_t *op)
{
    size_t left = gyre_group_count(op->combiner) - op->drained;
    size_t count = left < BATCH_GROUPS ? left : BATCH_GROUPS;
    const gyre_batch_t *batch;
    gyre_status_t status =
        gyre_group_result(op->combiner, GYRE_GROUP_PARTIAL, op->drained, count, NULL, &batch);
    if (status != GYRE_OK)
        return status;
    op->combined.shipment = (gyre__shipment_t){batch, 0};
    op->combined.side->row_bytes = gyre_batch_bytes(batch) / count + 1;
    op->drained += count;
    return GYRE_OK;
}

gyre_status_t gyre__reduce_drain(gyre_operator_t *op)
{
    if (gyre_group_count(op->combiner) == 0)
        return GYRE_OK;
    for (;;) {
        gyre_status_t status = gyre__partition_push(op, &op->combined);
        if (status == GYRE_OK && op->drained == gyre_group_count(op->combiner))
            break;
        if (status == GYRE_OK)
            status = next_groups(op);
        op->draining = true;
        if (status != GYRE_OK)
            return status;
    }
    gyre_group_clear(op->combiner);
    op->drained = 0;
    op->draining = false;
    return GYRE_OK;
}

static gyre_status_t combine(gyre_operator_t *op, gyre__shipment_t *shipment)
{
    size_t left = shipment->batch->length - shipment->row;
    size_t count = left < COMBINER_GROUPS ? left : COMBINER_GROUPS;
    const gyre_batch_t *slice;
    gyre_status_t status = gyre_batch_slice(shipment->batch, shipment->row, count, &slice);
    if (status != GYRE_OK)
        return status;
    status = gyre_group_insert(op->combiner, slice, NULL);
    gyre_batch_release(slice);
    if (status != GYRE_OK)
        return status;
    op->moved = true;
    shipment->row += count;
    if (left == count) {
        gyre_batch_release(shipment->batch);
        *shipment = (gyre__shipment_t){0};
    }
    return GYRE_OK;
}

gyre_status_t gyre__reduce_push(gyre_operator_t *op, gyre__source_t *source)
{
    gyre__shipment_t *shipment = &source->shipment;
    gyre_status_t status = op->draining ? gyre__reduce_drain(op) : GYRE_OK;
    while (status == GYRE_OK && shipment->batch) {
        status = combine(op, shipment);
        if (status == GYRE_OK && gyre_group_count(op->combiner) >= COMBINER_GROUPS)
            status = gyre__reduce_drain(op);
    }
    return status;
}
