/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates at the source. What sources of a worker insert is aggregated there first, in a
 * table that stays in the cache: when it has grown beyond that, or all is to leave, its groups go
 * to the targets of their keys as partial results, which those merge (groups.c). Where some tables
 * in a row had hardly fewer groups than rows, rows go as they are for a while, each a partial
 * result of its own. */
#include "base/error.h"
#include "dataflow/conf.h"
#include "dataflow/operator.h"
#include "dataflow/table.h"

#include <stdlib.h>

enum {
    TABLE_GROUPS = 16384, /* about a MiB, in the core's own cache */
    TABLE_MOST = 65536,   /* in the cache that cores share */
    TABLES = 4,           /* that are looked at before rows pass */
    REST = 64             /* times as many rows pass before the next are */
};

struct gyre__combiner {
    gyre__table_t table;
    size_t room;        /* groups with which it is full */
    size_t taken;       /* rows, since it was empty */
    gyre__source_t out; /* groups, or rows, on their way */
    size_t drained;     /* of its groups */
    bool draining;
    int tables; /* that were full, since the last judgement; their rows and groups */
    uint64_t rows, groups;
    uint64_t passing; /* rows that still pass it by */
};

gyre_status_t gyre__reduce_open(gyre_operator_t *op)
{
    gyre__side_t *side = &op->sides[0];
    gyre__combiner_t *combiner = op->combiner = calloc(1, sizeof(*combiner));
    if (!combiner)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a table of groups");
    gyre_status_t status = gyre__table_open(&combiner->table, &op->opts);
    if (status != GYRE_OK)
        return status;
    combiner->room = TABLE_GROUPS;
    combiner->out.side = side;
    op->received = gyre_schema_retain(gyre_group_schema(combiner->table.groups, GYRE_GROUP_FINAL));
    gyre_schema_release(side->carried);
    side->carried =
        gyre_schema_retain(gyre_group_schema(combiner->table.groups, GYRE_GROUP_PARTIAL));
    for (size_t i = 0; i < op->opts.key_count; i++)
        side->keys[i] = i; /* keys come first there */
    return GYRE_OK;
}

void gyre__reduce_close(gyre_operator_t *op)
{
    gyre__combiner_t *combiner = op->combiner;
    if (!combiner)
        return;
    gyre_batch_release(combiner->out.shipment.batch);
    gyre__table_close(&combiner->table);
    free(combiner);
}

/* --- To the targets --- */

static void send_next(gyre__combiner_t *combiner, const gyre_batch_t *batch)
{
    combiner->out.shipment = (gyre__shipment_t){batch, 0};
    combiner->out.side->row_bytes = gyre_batch_bytes(batch) / batch->length + 1;
}

static gyre_status_t send_groups(gyre__combiner_t *combiner)
{
    const gyre_batch_t *batch;
    gyre_status_t status =
        gyre__table_some(&combiner->table, GYRE_GROUP_PARTIAL, combiner->drained, &batch);
    if (status != GYRE_OK)
        return status;
    combiner->drained += batch->length;
    send_next(combiner, batch);
    return GYRE_OK;
}

/* Without keys to all targets, who know it by the worker's first source. */
static gyre_status_t push(gyre_operator_t *op, gyre__combiner_t *combiner)
{
    gyre__source_t *out = &combiner->out;
    if (op->opts.key_count > 0)
        return gyre__partition_push(op, out);
    return gyre__ship(op, out->side, &out->shipment, op->receivers, op->receiver_count,
                      op->sources[0].task, GYRE__ALL_TARGETS);
}

gyre_status_t gyre__reduce_drain(gyre_operator_t *op)
{
    gyre__combiner_t *combiner = op->combiner;
    gyre_group_t *groups = combiner->table.groups;
    gyre_status_t status = push(op, combiner);
    combiner->draining = true;
    while (status == GYRE_OK && combiner->drained < gyre_group_count(groups)) {
        status = send_groups(combiner);
        if (status == GYRE_OK)
            status = push(op, combiner);
    }
    if (status != GYRE_OK)
        return status;
    if (combiner->drained > 0)
        gyre_group_clear(groups);
    combiner->taken = combiner->drained = 0;
    combiner->draining = false;
    return GYRE_OK;
}

/* --- What sources have inserted --- */

/* A table is full. */
static void judge(gyre__combiner_t *combiner)
{
    combiner->rows += combiner->taken;
    combiner->groups += gyre_group_count(combiner->table.groups);
    if (++combiner->tables < TABLES)
        return;
    if (combiner->groups > combiner->rows / 5 * 4)
        combiner->passing = combiner->rows * REST;
    combiner->tables = 0;
    combiner->groups = combiner->rows = 0;
}

/* A larger table is slower by row, and worth it where it finds more groups again: not where hardly
 * any two of so many rows have one. */
static bool is_full(gyre__combiner_t *combiner)
{
    size_t groups = gyre_group_count(combiner->table.groups);
    if (groups < combiner->room)
        return false;
    if (combiner->room == TABLE_MOST || combiner->taken - groups < groups / 16)
        return true;
    combiner->room *= 2;
    return false;
}

static size_t most_bytes(void)
{
    size_t part = gyre__memory_limit() / 16, least = 4 * gyre__dataflow_conf.page;
    return part < least ? least : part;
}

static gyre_status_t combine(gyre_operator_t *op, gyre__shipment_t *shipment)
{
    gyre__combiner_t *combiner = op->combiner;
    size_t left = shipment->batch->length - shipment->row;
    gyre__intake_t intake = {.batch = shipment->batch,
                             .first = shipment->row,
                             .count = left < TABLE_GROUPS ? left : TABLE_GROUPS};
    combiner->table.most = most_bytes();
    gyre_status_t status = gyre__table_take(&combiner->table, &intake, 0, false);
    if (status < 0)
        return status;
    combiner->taken += intake.first - shipment->row;
    op->moved = true;
    gyre__shipment_advance(shipment, intake.first - shipment->row);
    if (status == GYRE_OK && !is_full(combiner))
        return GYRE_OK;
    judge(combiner);
    return gyre__reduce_drain(op);
}

static gyre_status_t pass(gyre_operator_t *op, gyre__shipment_t *shipment)
{
    gyre__combiner_t *combiner = op->combiner;
    size_t count = shipment->batch->length - shipment->row;
    const gyre_batch_t *slice, *batch;
    count = count < TABLE_GROUPS ? count : TABLE_GROUPS;
    gyre_status_t status = gyre_batch_slice(shipment->batch, shipment->row, count, &slice);
    if (status != GYRE_OK)
        return status;
    status = gyre__group_single(combiner->table.groups, slice, &batch);
    gyre_batch_release(slice);
    if (status != GYRE_OK)
        return status;
    send_next(combiner, batch);
    combiner->passing -= count < combiner->passing ? count : combiner->passing;
    op->moved = true;
    gyre__shipment_advance(shipment, count);
    return gyre__reduce_drain(op);
}

gyre_status_t gyre__reduce_push(gyre_operator_t *op, gyre__source_t *source)
{
    gyre__combiner_t *combiner = op->combiner;
    gyre__shipment_t *shipment = &source->shipment;
    gyre_status_t status = combiner->draining ? gyre__reduce_drain(op) : GYRE_OK;
    while (status == GYRE_OK && shipment->batch)
        status = combiner->passing > 0 ? pass(op, shipment) : combine(op, shipment);
    return status;
}
