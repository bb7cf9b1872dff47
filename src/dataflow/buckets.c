/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/buckets.h"

#include "base/error.h"
#include "dataflow/conf.h"
#include "dataflow/memory.h"
#include "dataflow/operator.h"

#include <stdlib.h>

enum {
    ROOM_MAX = 512 << 10, /* frames are no longer than twice that */
    PART = 16,            /* of the memory */
    GROWTH = 2            /* builders double */
};

typedef struct bucket {
    gyre_builder_t *builder;
    size_t filled; /* bytes, about */
    gyre__run_t *run;
} bucket_t;

struct gyre__buckets {
    gyre__keep_t *keep;
    const gyre__side_t *side;
    unsigned shift;
    bool stay;
    size_t room; /* bytes of rows that wait in a bucket */
    gyre__hold_t hold;
    gyre__recycle_t recycle;
    bucket_t buckets[GYRE__BUCKETS];
};

/* --- Memory --- */

static size_t bytes_for(size_t room)
{
    return room * GROWTH * GYRE__BUCKETS;
}

static size_t least_room(void)
{
    size_t room = gyre__dataflow_conf.page / bytes_for(1);
    return room < ROOM_MAX ? room : ROOM_MAX;
}

static size_t best_room(const gyre__keep_t *keep)
{
    size_t room = gyre__memory_limit() / PART / (size_t)keep->op->target_count / bytes_for(1);
    size_t least = least_room();
    return room < least ? least : room < ROOM_MAX ? room : ROOM_MAX;
}

size_t gyre__buckets_memory(const gyre__keep_t *keep)
{
    return bytes_for(best_room(keep));
}

static void take_memory(gyre__buckets_t *buckets)
{
    size_t least = least_room(), room = best_room(buckets->keep);
    while (room > least && !gyre__hold(&buckets->hold, bytes_for(room)))
        room /= 2;
    buckets->room = room > least ? room : least;
    gyre__hold_sure(&buckets->hold, bytes_for(buckets->room));
}

/* --- Life --- */

static void close_builders(gyre__buckets_t *buckets)
{
    for (int i = 0; i < GYRE__BUCKETS; i++) {
        gyre_builder_destroy(buckets->buckets[i].builder);
        buckets->buckets[i].builder = NULL;
    }
    gyre__recycle_cleanup(&buckets->recycle);
    (void)gyre__hold(&buckets->hold, 0);
}

/* What stays outlives the buckets. */
static gyre_status_t open_builders(gyre__buckets_t *buckets)
{
    const gyre_allocator_t *allocator = buckets->stay ? NULL : &buckets->recycle.allocator;
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < GYRE__BUCKETS && status == GYRE_OK; i++)
        status = gyre_builder_create_batch(buckets->side->carried, allocator,
                                           &buckets->buckets[i].builder);
    return status;
}

gyre_status_t gyre__buckets_create(gyre__keep_t *keep, const gyre__side_t *side, unsigned level,
                                   bool stay, gyre__buckets_t **out)
{
    gyre__buckets_t *buckets = calloc(1, sizeof(*buckets));
    if (!buckets)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d buckets", GYRE__BUCKETS);
    buckets->keep = keep;
    buckets->side = side;
    buckets->shift = level * GYRE__BUCKET_BITS;
    buckets->stay = stay;
    gyre__recycle_init(&buckets->recycle);
    take_memory(buckets);
    gyre_status_t status = open_builders(buckets);
    if (status == GYRE_OK)
        *out = buckets;
    else
        gyre__buckets_destroy(buckets);
    return status;
}

void gyre__buckets_destroy(gyre__buckets_t *buckets)
{
    if (!buckets)
        return;
    close_builders(buckets);
    for (int i = 0; i < GYRE__BUCKETS; i++)
        gyre__run_destroy(buckets->buckets[i].run);
    free(buckets);
}

/* --- Rows --- */

static gyre_status_t create_run(const gyre__buckets_t *buckets, gyre__run_t **run)
{
    const gyre_schema_t *schema = buckets->side->carried;
    return buckets->stay ? gyre__run_create(NULL, 0, schema, run)
                         : gyre__keep_run(buckets->keep, schema, run);
}

static gyre_status_t flush(gyre__buckets_t *buckets, bucket_t *bucket)
{
    const gyre_batch_t *batch;
    gyre_status_t status = GYRE_OK;
    if (bucket->filled == 0)
        return GYRE_OK;
    if (!bucket->run)
        status = create_run(buckets, &bucket->run);
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(bucket->builder, &batch);
    if (status != GYRE_OK)
        return status;
    status = gyre__run_append(bucket->run, batch);
    gyre_batch_release(batch);
    bucket->filled = 0;
    return status;
}

/* Builders double, so one that would grow beyond the room is full. */
static bool is_full(const gyre__buckets_t *buckets, const bucket_t *bucket, size_t rows)
{
    const gyre_builder_t *first = bucket->builder->children[0];
    bool grows = rows > first->room - first->length;
    return bucket->filled >= (grows ? buckets->room / GROWTH : buckets->room);
}

static gyre_status_t append_chunk(gyre__buckets_t *buckets, const gyre_batch_t *batch, size_t first,
                                  size_t count, size_t row_bytes)
{
    const gyre__deal_t *deal = &buckets->keep->op->deal;
    gyre_status_t status = gyre__deal_hash(deal, batch, buckets->side->keys,
                                           buckets->keep->op->opts.key_count, first, count);
    if (status != GYRE_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        deal->way_of[i] = (int32_t)(deal->hashes[i] >> buckets->shift) & (GYRE__BUCKETS - 1);
    gyre__deal_sort(deal, GYRE__BUCKETS, first, count);
    for (int i = 0; i < GYRE__BUCKETS && status == GYRE_OK; i++) {
        bucket_t *bucket = &buckets->buckets[i];
        size_t rows = deal->first[i + 1] - deal->first[i];
        if (rows == 0)
            continue;
        if (is_full(buckets, bucket, rows))
            status = flush(buckets, bucket);
        if (status == GYRE_OK)
            status =
                gyre_builder_append_rows(bucket->builder, batch, deal->rows + deal->first[i], rows);
        bucket->filled += rows * row_bytes;
    }
    return status;
}

gyre_status_t gyre__buckets_append(gyre__buckets_t *buckets, const gyre_batch_t *batch)
{
    gyre_status_t status = GYRE_OK;
    if (batch->length == 0)
        return GYRE_OK;
    /* All rows of a chunk may go to one bucket. */
    size_t row_bytes = gyre_batch_bytes(batch) / batch->length + 1;
    size_t chunk = 2 * buckets->room / row_bytes;
    chunk = chunk < 1 ? 1 : chunk < GYRE__CHUNK ? chunk : GYRE__CHUNK;
    for (size_t row = 0; row < batch->length && status == GYRE_OK; row += chunk) {
        size_t left = batch->length - row;
        status = append_chunk(buckets, batch, row, left < chunk ? left : chunk, row_bytes);
    }
    return status;
}

static gyre_status_t flush_all(gyre__buckets_t *buckets)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < GYRE__BUCKETS && status == GYRE_OK; i++)
        status = flush(buckets, &buckets->buckets[i]);
    return status;
}

gyre_status_t gyre__buckets_spill(gyre__buckets_t *buckets)
{
    gyre_status_t status = flush_all(buckets);
    buckets->stay = false;
    for (int i = 0; i < GYRE__BUCKETS && status == GYRE_OK; i++) {
        bucket_t *bucket = &buckets->buckets[i];
        gyre_builder_destroy(bucket->builder);
        bucket->builder = NULL;
        if (bucket->run)
            status = gyre__keep_spill_run(buckets->keep, &bucket->run);
    }
    return status == GYRE_OK ? open_builders(buckets) : status;
}

gyre_status_t gyre__buckets_seal(gyre__buckets_t *buckets)
{
    gyre_status_t status = flush_all(buckets);
    if (status == GYRE_OK)
        close_builders(buckets);
    return status;
}

gyre__run_t *gyre__buckets_take(gyre__buckets_t *buckets, int number)
{
    gyre__run_t *run = buckets->buckets[number].run;
    buckets->buckets[number].run = NULL;
    return run;
}
