/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to the targets that a partitioner names: chunk by chunk, so that targets and row numbers
 * stay in the cache, into one page or builder per side and target, so that pages go out full.
 * Sources of a worker share those. */
#include "base/clones.h"
#include "base/error.h"
#include "dataflow/range.h"

#include <stdlib.h>

static gyre_status_t no_memory(const gyre_operator_t *op)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to partition among %d targets",
                       op->opts.targets);
}

/* Where no other outlet leads to the same worker: so no page that the window had room for finds it
 * full when it goes. */
static bool is_direct(const gyre_operator_t *op, int target)
{
    int outlets = 0;
    for (int i = 0; i < op->opts.targets; i++)
        outlets += op->target_ranks[i] == op->target_ranks[target] ? op->side_count : 0;
    return outlets == 1;
}

static gyre_status_t open_outlets(gyre_operator_t *op, gyre__side_t *side)
{
    gyre_status_t status = GYRE_OK;
    side->outlets = calloc((size_t)op->opts.targets + 1, sizeof(*side->outlets));
    if (!side->outlets)
        return no_memory(op);
    for (int i = 0; i < op->opts.targets && status == GYRE_OK; i++) {
        side->outlets[i].direct = is_direct(op, i);
        status = gyre_builder_create_batch(side->carried, &op->recycle.allocator,
                                           &side->outlets[i].builder);
    }
    return status;
}

gyre_status_t gyre__partition_open(gyre_operator_t *op)
{
    int ways = op->opts.targets > GYRE__BUCKETS ? op->opts.targets : GYRE__BUCKETS;
    gyre__recycle_init(&op->recycle);
    gyre_status_t status = gyre__deal_init(&op->deal, (size_t)ways);
    for (int i = 0; i < op->side_count && status == GYRE_OK; i++)
        status = open_outlets(op, &op->sides[i]);
    return status;
}

static void close_outlets(const gyre_operator_t *op, gyre__side_t *side)
{
    for (int i = 0; side->outlets && i < op->opts.targets; i++) {
        if (side->outlets[i].page)
            gyre__channel_give_back(op->channel, side->outlets[i].page);
        gyre_builder_destroy(side->outlets[i].builder);
        gyre_batch_release(side->outlets[i].shipment.batch);
    }
    free(side->outlets);
}

void gyre__partition_close(gyre_operator_t *op)
{
    for (int i = 0; i < op->side_count; i++)
        close_outlets(op, &op->sides[i]);
    gyre__recycle_cleanup(&op->recycle);
    gyre__deal_cleanup(&op->deal);
}

/* --- Partitioners --- */

/* The upper half of a hash decides: buckets at the targets go by the lower one. */
GYRE__CLONES GYRE__OPTIMIZE static void targets_of(int32_t *restrict target_of,
                                                   const uint64_t *restrict hashes, size_t count,
                                                   uint64_t targets)
{
    for (size_t i = 0; i < count; i++)
        target_of[i] = (int32_t)((hashes[i] >> 32) * targets >> 32);
}

static gyre_status_t by_hash(gyre_operator_t *op, const gyre__source_t *source, size_t first,
                             size_t count)
{
    const gyre__deal_t *deal = &op->deal;
    gyre_status_t status = gyre__deal_hash(deal, source->shipment.batch, source->side->keys,
                                           op->opts.key_count, first, count);
    if (status == GYRE_OK)
        targets_of(deal->way_of, deal->hashes, count, (uint64_t)op->opts.targets);
    return status;
}

/* Rows of a batch that go to one target. */
static size_t run_of(const gyre_operator_t *op, const gyre_batch_t *batch)
{
    size_t targets = (size_t)op->opts.targets;
    return (batch->length + targets - 1) / targets;
}

static void by_turns(gyre_operator_t *op, const gyre__source_t *source, size_t first, size_t count)
{
    size_t run = run_of(op, source->shipment.batch), targets = (size_t)op->opts.targets;
    size_t start = (size_t)source->task + source->runs;
    for (size_t i = 0; i < count; i++)
        op->deal.way_of[i] = (int32_t)((start + (first + i) / run) % targets);
}

static gyre_status_t by_user(gyre_operator_t *op, const gyre__source_t *source, size_t first,
                             size_t count)
{
    gyre__error_forget();
    gyre_status_t status = op->opts.partition(op->opts.arg, source->task, source->shipment.batch,
                                              first, count, op->opts.targets, op->deal.way_of);
    if (status != GYRE_OK)
        return gyre__error_by(status, "the partitioner of source", source->task);
    for (size_t i = 0; i < count; i++)
        if (op->deal.way_of[i] < 0 || op->deal.way_of[i] >= op->opts.targets)
            return gyre__error(GYRE_ERR_RANGE,
                               "the partitioner names target %d for row %zu, expected 0 to %d",
                               op->deal.way_of[i], first + i, op->opts.targets - 1);
    return status;
}

static gyre_status_t choose(gyre_operator_t *op, const gyre__source_t *source, size_t first,
                            size_t count)
{
    switch (op->opts.partitioner) {
    case GYRE_PARTITIONER_HASH:
        return by_hash(op, source, first, count);
    case GYRE_PARTITIONER_RANGE:
        return gyre__range_choose(op, source->shipment.batch, first, count);
    case GYRE_PARTITIONER_SOURCE:
        for (size_t i = 0; i < count; i++)
            op->deal.way_of[i] = source->task % op->opts.targets;
        return GYRE_OK;
    case GYRE_PARTITIONER_USER:
        return by_user(op, source, first, count);
    default:
        by_turns(op, source, first, count);
        return GYRE_OK;
    }
}

/* --- Outlets --- */

static gyre_status_t ship(gyre_operator_t *op, gyre__side_t *side, int target)
{
    return gyre__ship(op, side, &side->outlets[target].shipment, &op->target_ranks[target], 1,
                      GYRE__MANY_SOURCES, target);
}

static gyre_status_t send_page(gyre_operator_t *op, gyre__side_t *side, int target)
{
    gyre__outlet_t *outlet = &side->outlets[target];
    const gyre__label_t label = {.kind = GYRE__PARCEL_ROWS,
                                 .source = GYRE__MANY_SOURCES,
                                 .target = target,
                                 .value = (uint64_t)side->number};
    gyre__page_t *page = outlet->page;
    if (!page)
        return GYRE_OK;
    outlet->page = NULL;
    op->moved = true;
    return gyre__channel_send(op->channel, &op->target_ranks[target], 1, &label, page,
                              gyre__sheet_end(&outlet->sheet));
}

static gyre_status_t take_page(gyre_operator_t *op, const gyre__side_t *side, int target)
{
    gyre__outlet_t *outlet = &side->outlets[target];
    size_t length = gyre__channel_room(op->channel);
    size_t room = gyre__sheet_room(side->carried, length);
    if (room == 0)
        return GYRE_IN_PROGRESS;
    gyre_status_t status =
        gyre__channel_page(op->channel, &op->target_ranks[target], 1, length, &outlet->page);
    if (status == GYRE_OK)
        outlet->sheet =
            (gyre__sheet_t){.schema = side->carried, .data = outlet->page->data, .room = room};
    return status;
}

/* All columns have as many. */
static size_t rows_in(const gyre__outlet_t *outlet)
{
    return outlet->builder->children[0]->length;
}

/* GYRE_IN_PROGRESS: what was sealed before has not left yet. */
static gyre_status_t seal(gyre_operator_t *op, gyre__side_t *side, int target)
{
    gyre__outlet_t *outlet = &side->outlets[target];
    gyre_status_t status = send_page(op, side, target);
    if (status == GYRE_OK)
        status = ship(op, side, target);
    if (status == GYRE_OK && rows_in(outlet) > 0)
        status = gyre_builder_finish_batch(outlet->builder, &outlet->shipment.batch);
    return status == GYRE_OK ? ship(op, side, target) : status;
}

static bool is_full(const gyre_operator_t *op, const gyre__side_t *side, int target)
{
    return rows_in(&side->outlets[target]) * side->row_bytes >= gyre__channel_room(op->channel);
}

/* Rows where they will be read; *put of them, fewer where there is no page for all. */
static gyre_status_t put_in_pages(gyre_operator_t *op, const gyre__source_t *source, int target,
                                  const uint32_t *rows, size_t count, size_t *put)
{
    gyre__outlet_t *outlet = &source->side->outlets[target];
    gyre__sheet_t *sheet = &outlet->sheet;
    gyre_status_t status = GYRE_OK;
    for (*put = 0; *put < count && status == GYRE_OK;) {
        status = outlet->page ? GYRE_OK : take_page(op, source->side, target);
        if (status != GYRE_OK)
            break;
        size_t left = count - *put, room = sheet->room - sheet->rows;
        size_t part = left < room ? left : room;
        gyre__sheet_put(sheet, source->shipment.batch, rows + *put, part);
        *put += part;
        if (part == room)
            status = send_page(op, source->side, target);
    }
    return status < 0 ? status : GYRE_OK;
}

static gyre_status_t append(gyre_operator_t *op, const gyre__source_t *source, int target)
{
    const gyre__outlet_t *outlet = &source->side->outlets[target];
    const gyre_batch_t *batch = source->shipment.batch;
    const uint32_t *rows = op->deal.rows + op->deal.first[target];
    size_t count = op->deal.first[target + 1] - op->deal.first[target], put = 0;
    gyre_status_t status = GYRE_OK;
    if (outlet->direct && !outlet->shipment.batch && rows_in(outlet) == 0 &&
        gyre__sheet_takes(batch))
        status = put_in_pages(op, source, target, rows, count, &put);
    if (status != GYRE_OK || put == count)
        return status;
    return gyre_builder_append_rows(outlet->builder, batch, rows + put, count - put);
}

/* Pages that are being filled may be all that there are. */
static gyre_status_t send_pages(gyre_operator_t *op, gyre__side_t *side)
{
    gyre_status_t status = GYRE_OK;
    for (int target = 0; target < op->opts.targets && status == GYRE_OK; target++)
        status = send_page(op, side, target);
    return status;
}

static gyre_status_t flush_side(gyre_operator_t *op, gyre__side_t *side, gyre__flush_t flush)
{
    gyre_status_t status = GYRE_OK;
    /* Everybody begins with another one, the next. */
    for (int i = 0; i < op->opts.targets && status >= 0; i++) {
        int target = (op->first_target + i) % op->opts.targets;
        bool due = flush == GYRE__FLUSH_ALL || is_full(op, side, target) ||
                   (flush == GYRE__FLUSH_IDLE &&
                    gyre__channel_idle_to(op->channel, op->target_ranks[target]));
        gyre_status_t sent = due ? seal(op, side, target) : ship(op, side, target);
        status = sent == GYRE_OK ? status : sent;
    }
    if (status != GYRE_IN_PROGRESS || !gyre__channel_idle(op->channel))
        return status;
    gyre_status_t sent = send_pages(op, side);
    return sent == GYRE_OK ? status : sent;
}

gyre_status_t gyre__partition_flush(gyre_operator_t *op, gyre__flush_t flush)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < op->side_count && status >= 0; i++) {
        gyre_status_t flushed = flush_side(op, &op->sides[i], flush);
        status = flushed == GYRE_OK ? status : flushed;
    }
    return status;
}

/* Rows that are partitioned at a time: not more than some pages are worth. */
static size_t chunk_of(const gyre_operator_t *op, const gyre__side_t *side)
{
    size_t rows = 8 * gyre__channel_room(op->channel) / side->row_bytes;
    return rows < 1 ? 1 : rows < GYRE__CHUNK ? rows : GYRE__CHUNK;
}

/* By all rows of a batch. */
static void count_runs(const gyre_operator_t *op, gyre__source_t *source)
{
    const gyre_batch_t *batch = source->shipment.batch;
    size_t run = run_of(op, batch);
    source->runs = (source->runs + (batch->length + run - 1) / run) % (size_t)op->opts.targets;
}

gyre_status_t gyre__partition_push(gyre_operator_t *op, gyre__source_t *source)
{
    gyre__shipment_t *shipment = &source->shipment;
    while (shipment->batch) {
        gyre_status_t status = gyre__partition_flush(op, GYRE__FLUSH_FULL);
        if (status != GYRE_OK)
            return status;
        size_t left = shipment->batch->length - shipment->row;
        size_t chunk = chunk_of(op, source->side), count = left < chunk ? left : chunk;
        status = choose(op, source, shipment->row, count);
        if (status != GYRE_OK)
            return status;
        gyre__deal_sort(&op->deal, (size_t)op->opts.targets, shipment->row, count);
        for (int target = 0; target < op->opts.targets && status == GYRE_OK; target++)
            status = append(op, source, target);
        if (status != GYRE_OK)
            return status;
        op->moved = true;
        if (count == left)
            count_runs(op, source);
        gyre__shipment_advance(shipment, count);
    }
    gyre_status_t status = gyre__partition_flush(op, GYRE__FLUSH_FULL);
    return status < 0 ? status : GYRE_OK;
}
