/* SPDX-License-Identifier: Apache-2.0 */
/* Functions over rows: a tight loop for each form, over a slice that stays in the cache. */
#include "base/error.h"
#include "batch/builder.h"
#include "tset/stage.h"

#include <stdlib.h>

enum { CRUMB = 32 << 10 /* bytes below which a batch is one */ };

static size_t slice_of(const gyre__cell_t *cell)
{
    size_t left = cell->in->length - cell->at;
    return left < GYRE__SLICE ? left : GYRE__SLICE;
}

gyre_status_t gyre__cell_seal(gyre__cell_t *cell)
{
    return gyre__cell_rows(cell) ? gyre_builder_finish_batch(cell->builder, &cell->out) : GYRE_OK;
}

bool gyre__cell_full(const gyre__cell_t *cell)
{
    return gyre__cell_rows(cell) >= GYRE__SLICE ||
           gyre__builder_used(cell->builder) >= GYRE__SLICE_BYTES;
}

static gyre_status_t seal_full(gyre__cell_t *cell)
{
    return gyre__cell_full(cell) ? gyre__cell_seal(cell) : GYRE_OK;
}

/* --- Row by row --- */

static gyre_status_t each_row(gyre__cell_t *cell, size_t end)
{
    gyre_status_t (*function)(gyre_partition_t *, const gyre_row_t *, gyre_builder_t *) =
        cell->function->row;
    gyre_row_t row = {cell->in, cell->at};
    gyre_status_t status = GYRE_OK;
    for (; row.at < end && status == GYRE_OK; row.at++)
        status = function(&cell->part, &row, cell->builder);
    cell->at = row.at;
    return status;
}

/* Until the builder is full. */
static gyre_status_t any_rows(gyre__cell_t *cell, size_t end)
{
    gyre_status_t (*function)(gyre_partition_t *, const gyre_row_t *, gyre_builder_t *) =
        cell->function->row;
    const gyre_builder_t *first = cell->builder->children[0];
    gyre_row_t row = {cell->in, cell->at};
    gyre_status_t status = GYRE_OK;
    for (; row.at < end && status == GYRE_OK && first->length < GYRE__SLICE; row.at++)
        status = function(&cell->part, &row, cell->builder);
    cell->at = row.at;
    return status;
}

static gyre_status_t rows(gyre__cell_t *cell)
{
    size_t count = slice_of(cell), end = cell->at + count;
    gyre__form_t form = cell->step->set->form;
    if (form == GYRE__FORM_EACH)
        return each_row(cell, end);
    size_t before = gyre__cell_rows(cell);
    gyre_status_t status = GYRE_OK;
    if (before == 0 && form != GYRE__FORM_COMPUTE)
        status = gyre_builder_reserve(cell->builder, GYRE__SLICE, 0);
    if (status == GYRE_OK)
        status = form == GYRE__FORM_FLATMAP ? any_rows(cell, end) : each_row(cell, end);
    if (status != GYRE_OK)
        return status;
    size_t given = gyre__cell_rows(cell) - before;
    if (form == GYRE__FORM_MAP && given != count)
        return gyre__error(GYRE_ERR_STATE, "%zu rows for %zu, expected as many of a map", given,
                           count);
    if (form == GYRE__FORM_COMPUTE && given)
        return gyre__error(GYRE_ERR_STATE, "a compute gives its row at finish");
    return seal_full(cell);
}

/* --- By batches --- */

/* The rows that come next, and how many; a reference for the caller. */
static gyre_status_t next_slice(gyre__cell_t *cell, const gyre_batch_t **slice)
{
    size_t count = slice_of(cell);
    if (count < cell->in->length)
        return gyre_batch_slice(cell->in, cell->at, count, slice);
    *slice = gyre_batch_retain(cell->in);
    return GYRE_OK;
}

gyre_status_t gyre__cell_check(const gyre__cell_t *cell)
{
    const gyre_batch_t *out = cell->out;
    return !out || out->schema == cell->part.out || gyre_schema_equal(out->schema, cell->part.out)
               ? GYRE_OK
               : gyre__error(GYRE_ERR_STATE, "a batch of another schema than the set's");
}

static gyre_status_t check_given(const gyre__cell_t *cell, const gyre_batch_t *slice)
{
    size_t given = cell->out ? cell->out->length : 0;
    gyre__form_t form = cell->step->set->form;
    if (form == GYRE__FORM_MAP && given != slice->length)
        return gyre__error(GYRE_ERR_STATE, "%zu rows for %zu, expected as many of a map", given,
                           slice->length);
    if ((form == GYRE__FORM_COMPUTE || form == GYRE__FORM_EACH) && given)
        return gyre__error(GYRE_ERR_STATE, "%zu rows where none are expected", given);
    return gyre__cell_check(cell);
}

static gyre_status_t batch(gyre__cell_t *cell, const gyre_batch_t *slice)
{
    gyre_status_t status = cell->function->batch(&cell->part, slice, &cell->out);
    return status == GYRE_OK ? check_given(cell, slice) : status;
}

static gyre_status_t filter(gyre__cell_t *cell, const gyre_batch_t *slice)
{
    const gyre_function_t *function = cell->function;
    gyre_row_t row = {slice, 0};
    size_t kept = 0;
    if (function->keep_batch) {
        gyre_status_t status = function->keep_batch(&cell->part, slice, cell->keep);
        if (status != GYRE_OK)
            return status;
    } else
        for (; row.at < slice->length; row.at++)
            cell->keep[row.at] = function->keep(&cell->part, &row);
    for (size_t i = 0; i < slice->length; i++)
        kept += cell->keep[i];
    if (kept == slice->length)
        cell->out = gyre_batch_retain(slice);
    if (kept == 0 || kept == slice->length)
        return GYRE_OK;
    return gyre_batch_filter(slice, cell->keep, NULL, &cell->out);
}

static gyre_status_t sliced(gyre__cell_t *cell,
                            gyre_status_t (*function)(gyre__cell_t *, const gyre_batch_t *))
{
    const gyre_batch_t *slice;
    gyre_status_t status = next_slice(cell, &slice);
    if (status != GYRE_OK)
        return status;
    status = function(cell, slice);
    cell->at += slice->length;
    gyre_batch_release(slice);
    return status;
}

/* --- As they come --- */

static gyre_status_t pass(gyre__cell_t *cell)
{
    cell->out = gyre_batch_retain(cell->in);
    cell->at = cell->in->length;
    return GYRE_OK;
}

static gyre_status_t copy(gyre__cell_t *cell)
{
    size_t count = slice_of(cell);
    gyre_status_t status = gyre_builder_append_batch(cell->builder, cell->in, cell->at, count);
    cell->at += count;
    return status == GYRE_OK ? seal_full(cell) : status;
}

/* A store copies what lies in others' memory, and crumbs: each would cost whoever reads the store,
 * perhaps many times, as much as a slice. */
static gyre_status_t store(gyre__cell_t *cell)
{
    if (cell->step->copies || gyre_batch_bytes(cell->in) < CRUMB)
        return copy(cell);
    return gyre__cell_rows(cell) ? gyre__cell_seal(cell) : pass(cell);
}

gyre_status_t gyre__cell_work(gyre__cell_t *cell)
{
    const gyre_function_t *function = cell->function;
    if (function->row)
        return rows(cell);
    if (function->batch)
        return sliced(cell, batch);
    if (function->keep || function->keep_batch)
        return sliced(cell, filter);
    return cell->step->set->kind == GYRE__SET_STORE ? store(cell) : pass(cell);
}

gyre_status_t gyre__cell_finish(gyre__cell_t *cell)
{
    const gyre_function_t *function = cell->function;
    size_t before = cell->builder ? gyre__cell_rows(cell) : 0;
    gyre_status_t status =
        function->finish ? function->finish(&cell->part, cell->builder) : GYRE_OK;
    if (status != GYRE_OK || cell->step->set->kind != GYRE__SET_NARROW ||
        cell->step->set->form != GYRE__FORM_COMPUTE)
        return status;
    size_t given = gyre__cell_rows(cell) - before;
    return given == 1 ? GYRE_OK
                      : gyre__error(GYRE_ERR_STATE, "%zu rows at finish, expected one of a compute",
                                    given);
}
