/* SPDX-License-Identifier: Apache-2.0 */
/* What a target of sort keeps, or of a gather by key: rows, which it gets in order. Grouped, it
 * gets rows of one key at a time: batches are cut where keys change. */
#include "dataflow/operator.h"

#include "base/error.h"
#include "batch/compare.h"
#include "dataflow/sorter.h"

#include <stdlib.h>

typedef struct sorted {
    gyre__keep_t keep;
    gyre__sorter_t *sorter;
    const gyre_batch_t *batch, *before; /* that is being cut, and the one before it */
    size_t row;                         /* of the batch: those before have been given */
} sorted_t;

static gyre_status_t take(gyre__keep_t *keep, int side, int source, const gyre_batch_t *batch)
{
    (void)side;
    (void)source;
    return gyre__sorter_add(((sorted_t *)keep)->sorter, batch);
}

/* --- Groups --- */

static bool alike(const gyre_operator_t *op, const gyre_batch_t *left, size_t l,
                  const gyre_batch_t *right, size_t r)
{
    return gyre_batch_compare(left, l, right, r, op->order, op->opts.key_count) == 0;
}

static gyre_status_t next_uncut(sorted_t *sorted)
{
    gyre_batch_release(sorted->before);
    sorted->before = sorted->batch;
    sorted->batch = NULL;
    sorted->row = 0;
    return gyre__sorter_next(sorted->sorter, &sorted->batch);
}

/* 0: the batch begins a group; 1: it goes on with the one before. */
static int goes_on(const gyre_operator_t *op, const sorted_t *sorted)
{
    const gyre_batch_t *before = sorted->before;
    return sorted->row == 0 && before && alike(op, before, before->length - 1, sorted->batch, 0);
}

static gyre_status_t next_group(sorted_t *sorted, int *part, const gyre_batch_t **batch)
{
    const gyre_operator_t *op = sorted->keep.op;
    gyre_status_t status = GYRE_OK;
    if (!sorted->batch || sorted->row == sorted->batch->length)
        status = next_uncut(sorted);
    *batch = NULL;
    if (status != GYRE_OK || !sorted->batch)
        return status;
    size_t first = sorted->row, end = gyre__equal_end(sorted->batch, first, sorted->batch, first,
                                                      op->order, op->opts.key_count);
    *part = goes_on(op, sorted);
    sorted->row = end;
    return gyre_batch_slice(sorted->batch, first, end - first, batch);
}

static gyre_status_t next(gyre__keep_t *keep, int *source, const gyre_batch_t **batch)
{
    sorted_t *sorted = (sorted_t *)keep;
    *source = GYRE__MANY_SOURCES;
    return keep->op->opts.grouped ? next_group(sorted, source, batch)
                                  : gyre__sorter_next(sorted->sorter, batch);
}

static gyre_status_t lull(gyre__keep_t *keep)
{
    return gyre__sorter_lull(((sorted_t *)keep)->sorter);
}

/* --- Life --- */

static gyre_status_t clear(gyre__keep_t *keep)
{
    sorted_t *sorted = (sorted_t *)keep;
    gyre_batch_release(sorted->batch);
    gyre_batch_release(sorted->before);
    sorted->batch = sorted->before = NULL;
    gyre__sorter_clear(sorted->sorter);
    return GYRE_OK;
}

static void destroy(gyre__keep_t *keep)
{
    sorted_t *sorted = (sorted_t *)keep;
    gyre_batch_release(sorted->batch);
    gyre_batch_release(sorted->before);
    gyre__sorter_destroy(sorted->sorter);
    free(sorted);
}

gyre_status_t gyre__sorted_create(gyre_operator_t *op, gyre__keep_t **keep)
{
    static const gyre__keep_kind_t kind = {take, next, clear, destroy, lull};
    sorted_t *sorted = calloc(1, sizeof(*sorted));
    if (!sorted)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for what a target sorts");
    sorted->keep = (gyre__keep_t){.kind = &kind, .op = op};
    gyre_status_t status = gyre__sorter_create(&sorted->keep, op->sides[0].schema, op->order,
                                               op->order_count, &sorted->sorter);
    if (status == GYRE_OK)
        *keep = &sorted->keep;
    else
        free(sorted);
    return status;
}
