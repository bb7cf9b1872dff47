/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/sorter.h"

#include "base/error.h"
#include "batch/merge.h"
#include "dataflow/memory.h"
#include "dataflow/operator.h"

#include <stdlib.h>

enum {
    ROW_BYTES = 40,    /* beside each row, to sort it */
    PIECE = 256 << 10, /* bytes of rows that are given, or written, at a time, about */
    RUN_MAX = 1 << 30, /* bytes of rows in memory: offsets in columns have 32 bits */
    PIECE_ROWS_MAX = 1 << 16,
    RUN_PART = 3 /* of a target's memory, worth a run */
};

struct gyre__sorter {
    gyre__keep_t *keep;
    const gyre_schema_t *schema;
    const gyre_sort_key_t *keys;
    size_t key_count;
    gyre__hold_t hold;
    gyre_builder_t *builder;   /* rows as they came */
    size_t rows, bytes;        /* there */
    const gyre_batch_t *batch; /* the same, when they are sorted, in that order */
    uint32_t *order;
    size_t given;
    gyre__merge_t *merge; /* of sorted runs; NULL: there are none */
    size_t sealed;        /* bytes of those in memory */
};

gyre_status_t gyre__sorter_create(gyre__keep_t *keep, const gyre_schema_t *schema,
                                  const gyre_sort_key_t *keys, size_t key_count,
                                  gyre__sorter_t **sorter)
{
    gyre__sorter_t *made = calloc(1, sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to sort");
    *made = (gyre__sorter_t){
        .keep = keep, .schema = gyre_schema_retain(schema), .keys = keys, .key_count = key_count};
    gyre_status_t status = gyre_builder_create_batch(schema, NULL, &made->builder);
    if (status == GYRE_OK)
        *sorter = made;
    else
        gyre__sorter_destroy(made);
    return status;
}

void gyre__sorter_destroy(gyre__sorter_t *sorter)
{
    if (!sorter)
        return;
    if (sorter->builder)
        gyre__sorter_clear(sorter);
    gyre_builder_destroy(sorter->builder);
    gyre_schema_release(sorter->schema);
    free(sorter);
}

/* --- Rows in memory --- */

static size_t piece_rows(const gyre__sorter_t *sorter)
{
    size_t rows = PIECE / (sorter->bytes / sorter->rows + 1);
    return rows < 1 ? 1 : rows < PIECE_ROWS_MAX ? rows : PIECE_ROWS_MAX;
}

static void forget_rows(gyre__sorter_t *sorter)
{
    gyre_batch_release(sorter->batch);
    free(sorter->order);
    sorter->batch = NULL;
    sorter->order = NULL;
    sorter->rows = sorter->bytes = sorter->given = 0;
}

static gyre_status_t sort(gyre__sorter_t *sorter)
{
    gyre_status_t status = gyre_builder_finish_batch(sorter->builder, &sorter->batch);
    if (status != GYRE_OK)
        return status;
    sorter->order = malloc(sorter->rows * sizeof(*sorter->order));
    if (!sorter->order)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to sort %zu rows", sorter->rows);
    return gyre_batch_sort_indices(sorter->batch, sorter->keys, sorter->key_count, sorter->order);
}

/* The next of the sorted rows; NULL: there are no more. */
static gyre_status_t take(gyre__sorter_t *sorter, const gyre_batch_t **batch)
{
    size_t left = sorter->rows - sorter->given;
    *batch = NULL;
    if (left == 0)
        return GYRE_OK;
    size_t count = piece_rows(sorter) < left ? piece_rows(sorter) : left;
    gyre_status_t status =
        gyre_batch_take(sorter->batch, sorter->order + sorter->given, count, NULL, batch);
    sorter->given += count;
    return status;
}

/* --- Runs --- */

/* The first run says how long rows are. */
static gyre_status_t create_merge(gyre__sorter_t *sorter)
{
    gyre__merge_opts_t opts = {.keys = sorter->keys,
                               .key_count = sorter->key_count,
                               .fan_in = gyre__keep_fan_in(sorter->keep),
                               .rows = piece_rows(sorter)};
    gyre_status_t status = gyre__keep_spill(sorter->keep, &opts.spill);
    return status == GYRE_OK ? gyre__merge_create(sorter->schema, &opts, &sorter->merge) : status;
}

static gyre_status_t create_run(gyre__sorter_t *sorter, bool stays, gyre__run_t **run)
{
    gyre_status_t status = sorter->merge ? GYRE_OK : create_merge(sorter);
    if (status == GYRE_OK)
        status = stays ? gyre__run_create(NULL, 0, sorter->schema, run)
                       : gyre__keep_run(sorter->keep, sorter->schema, run);
    if (status != GYRE_OK)
        return status;
    status = gyre__merge_add(sorter->merge, *run);
    if (status != GYRE_OK)
        gyre__run_destroy(*run);
    return status;
}

/* The rows become a run, which stays in memory or not. */
static gyre_status_t make_run(gyre__sorter_t *sorter, bool stays)
{
    gyre__run_t *run;
    const gyre_batch_t *piece = NULL;
    gyre_status_t status = sort(sorter);
    if (status == GYRE_OK)
        status = create_run(sorter, stays, &run);
    while (status == GYRE_OK && (status = take(sorter, &piece)) == GYRE_OK && piece) {
        status = gyre__run_append(run, piece);
        gyre_batch_release(piece);
    }
    sorter->sealed += stays ? sorter->bytes : 0;
    forget_rows(sorter);
    gyre__hold(&sorter->hold, sorter->sealed);
    return status;
}

/* It stays where there is room for the rows twice. */
static gyre_status_t seal(gyre__sorter_t *sorter)
{
    size_t twice = sorter->sealed + 2 * sorter->bytes + sorter->rows * ROW_BYTES;
    return make_run(sorter, gyre__hold(&sorter->hold, twice));
}

gyre_status_t gyre__sorter_spill(gyre__sorter_t *sorter)
{
    return sorter->rows > 0 ? make_run(sorter, false) : GYRE_OK;
}

/* Memory of all workers is full at about the same time. Whoever is first goes to the spill, and the
 * others wait for it; they would go there when it waits for them, so they do it now. But what has
 * not spilled before may never have to. */
gyre_status_t gyre__sorter_lull(gyre__sorter_t *sorter)
{
    size_t share = gyre__memory_limit() / (size_t)sorter->keep->op->target_count;
    bool spills = sorter->merge && !sorter->batch && sorter->bytes > share / RUN_PART;
    return spills ? gyre__sorter_spill(sorter) : GYRE_OK;
}

size_t gyre__sorter_bytes(const gyre__sorter_t *sorter)
{
    return sorter->bytes;
}

static size_t bytes_to_sort(const gyre_batch_t *batch)
{
    return gyre_batch_bytes(batch) + batch->length * ROW_BYTES;
}

bool gyre__sorter_room(gyre__sorter_t *sorter, const gyre_batch_t *batch)
{
    size_t now = sorter->sealed + sorter->bytes + sorter->rows * ROW_BYTES;
    return gyre__hold(&sorter->hold, now + bytes_to_sort(batch));
}

gyre_status_t gyre__sorter_add(gyre__sorter_t *sorter, const gyre_batch_t *batch)
{
    size_t bytes = gyre_batch_bytes(batch), rows = batch->length;
    gyre_status_t status = GYRE_OK;
    if (sorter->bytes + bytes > RUN_MAX || !gyre__sorter_room(sorter, batch)) {
        status = sorter->rows > 0 ? seal(sorter) : GYRE_OK;
        gyre__hold_sure(&sorter->hold, sorter->sealed + bytes_to_sort(batch));
    }
    if (status == GYRE_OK)
        status = gyre_builder_append_batch(sorter->builder, batch, 0, rows);
    if (status != GYRE_OK)
        return status;
    sorter->rows += rows;
    sorter->bytes += bytes;
    return GYRE_OK;
}

/* --- The end --- */

gyre_status_t gyre__sorter_next(gyre__sorter_t *sorter, const gyre_batch_t **batch)
{
    gyre_status_t status = GYRE_OK;
    if (sorter->rows > 0 && !sorter->order) {
        status = sorter->merge ? seal(sorter) : sort(sorter);
        if (sorter->merge)
            gyre__hold_sure(&sorter->hold, sorter->sealed + gyre__merge_memory(sorter->merge));
    }
    if (status != GYRE_OK)
        return status;
    return sorter->merge ? gyre__merge_next(sorter->merge, batch) : take(sorter, batch);
}

void gyre__sorter_clear(gyre__sorter_t *sorter)
{
    const gyre_batch_t *unsorted = NULL;
    if (sorter->rows > 0 && !sorter->batch &&
        gyre_builder_finish_batch(sorter->builder, &unsorted) == GYRE_OK)
        gyre_batch_release(unsorted);
    forget_rows(sorter);
    gyre__merge_destroy(sorter->merge);
    sorter->merge = NULL;
    sorter->sealed = 0;
    gyre__hold(&sorter->hold, 0);
}
