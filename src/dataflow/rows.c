/* SPDX-License-Identifier: Apache-2.0 */
/* What a target keeps of an operator in bulk: rows as they come, in order. They are copied, so that
 * their senders get their pages back, into batches of some length, each of one source. */
#include "dataflow/operator.h"

#include "base/error.h"
#include "dataflow/memory.h"

#include <stdlib.h>

enum { BATCH_BYTES = 256 << 10 };

typedef struct rows {
    gyre__keep_t keep;
    gyre__hold_t hold;
    gyre_builder_t *builder; /* the last to come */
    size_t bytes, built;     /* of rows, and how many, there */
    int source;              /* that they are of */
    gyre__run_t *run;        /* what came before them, in memory or, from some time on, the spill */
    gyre__reader_t reader;
    int *sources; /* of its batches */
    size_t room;
} rows_t;

/* --- The run --- */

static gyre_status_t append(rows_t *rows, const gyre_batch_t *batch, int source)
{
    size_t before = rows->run->count;
    gyre_status_t status = gyre__run_append(rows->run, batch);
    if (rows->run->count > rows->room) {
        size_t room = rows->run->count * 2;
        int *sources = realloc(rows->sources, room * sizeof(*sources));
        if (!sources)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to keep %zu batches", room);
        rows->sources = sources;
        rows->room = room;
    }
    for (size_t i = before; i < rows->run->count; i++)
        rows->sources[i] = source;
    return status;
}

/* What the builder has goes into the run. */
static gyre_status_t seal(rows_t *rows)
{
    const gyre_batch_t *batch;
    if (rows->built == 0)
        return GYRE_OK;
    gyre_status_t status = gyre_builder_finish_batch(rows->builder, &batch);
    if (status != GYRE_OK)
        return status;
    status = append(rows, batch, rows->source);
    gyre_batch_release(batch);
    rows->bytes = rows->built = 0;
    return status;
}

/* Hands all batches of the run in memory on, first ones first. */
static gyre_status_t move_run(rows_t *rows, gyre__run_t *from, const int *sources)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < from->count && status == GYRE_OK; i++)
        status = append(rows, from->batches[i], sources[i]);
    return status;
}

static gyre_status_t spill(rows_t *rows)
{
    gyre__run_t *from = rows->run;
    int *sources = rows->sources;
    gyre_status_t status = gyre__keep_run(&rows->keep, from->schema, &rows->run);
    if (status != GYRE_OK) {
        rows->run = from;
        return status;
    }
    rows->sources = NULL;
    rows->room = 0;
    status = move_run(rows, from, sources);
    gyre__run_destroy(from);
    free(sources);
    return status;
}

/* --- A keep --- */

static gyre_status_t take(gyre__keep_t *keep, int side, int source, const gyre_batch_t *batch)
{
    rows_t *rows = (rows_t *)keep;
    size_t bytes = gyre_batch_bytes(batch);
    gyre_status_t status = GYRE_OK;
    (void)side;
    if (source != rows->source || rows->bytes + bytes > BATCH_BYTES)
        status = seal(rows);
    if (status == GYRE_OK && !rows->run->spill &&
        !gyre__hold(&rows->hold, rows->hold.bytes + bytes)) {
        status = spill(rows);
        gyre__hold_sure(&rows->hold, BATCH_BYTES);
    }
    if (status == GYRE_OK)
        status = gyre_builder_append_batch(rows->builder, batch, 0, batch->length);
    if (status != GYRE_OK)
        return status;
    rows->source = source;
    rows->bytes += bytes;
    rows->built += batch->length;
    return GYRE_OK;
}

static gyre_status_t next(gyre__keep_t *keep, int *source, const gyre_batch_t **batch)
{
    rows_t *rows = (rows_t *)keep;
    gyre_status_t status = seal(rows);
    rows->reader.run = rows->run;
    if (status == GYRE_OK && rows->reader.next < rows->run->count)
        *source = rows->sources[rows->reader.next];
    return status == GYRE_OK ? gyre__run_read(&rows->reader, batch) : status;
}

static gyre_status_t clear(gyre__keep_t *keep)
{
    rows_t *rows = (rows_t *)keep;
    gyre__run_destroy(rows->run);
    rows->run = NULL;
    rows->reader.next = 0;
    gyre__hold(&rows->hold, 0);
    return gyre__run_create(NULL, 0, keep->op->sides[0].schema, &rows->run);
}

static void destroy(gyre__keep_t *keep)
{
    rows_t *rows = (rows_t *)keep;
    gyre__hold(&rows->hold, 0);
    gyre__run_destroy(rows->run);
    gyre_builder_destroy(rows->builder);
    free(rows->sources);
    free(rows);
}

gyre_status_t gyre__rows_create(gyre_operator_t *op, gyre__keep_t **keep)
{
    static const gyre__keep_kind_t kind = {take, next, clear, destroy, NULL};
    rows_t *rows = calloc(1, sizeof(*rows));
    if (!rows)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the rows of a target");
    rows->keep = (gyre__keep_t){.kind = &kind, .op = op};
    gyre_status_t status = gyre_builder_create_batch(op->sides[0].schema, NULL, &rows->builder);
    if (status == GYRE_OK)
        status = clear(&rows->keep);
    if (status == GYRE_OK)
        *keep = &rows->keep;
    else
        destroy(&rows->keep);
    return status;
}
