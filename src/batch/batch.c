/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: a schema and its columns. */
#include "base/error.h"

#include <gyre/batch.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct batch {
    gyre_batch_t view;
    atomic_uint refs;
    const gyre_column_t *columns[];
} batch_t;

static gyre_status_t check_columns(const gyre_schema_t *schema, size_t length,
                                   const gyre_column_t *const *columns)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const char *name = schema->fields[i].name;
        if (!columns || !columns[i])
            return gyre__error(GYRE_ERR_ARG, "no column %zu, \"%s\"", i, name);
        if (columns[i]->length != length)
            return gyre__error(GYRE_ERR_ARG, "column %zu, \"%s\", has %zu rows: expected %zu", i,
                               name, columns[i]->length, length);
        if (!gyre_field_alike(&schema->fields[i], columns[i]->field))
            return gyre__error(GYRE_ERR_ARG, "column %zu, \"%s\", is a %s of another type than %s",
                               i, name, gyre_kind_name(columns[i]->field->kind),
                               gyre_kind_name(schema->fields[i].kind));
    }
    return GYRE_OK;
}

/* Without references of its own to the columns. */
static gyre_status_t create(const gyre_schema_t *schema, size_t length, batch_t **batch)
{
    size_t count = schema->field_count;
    batch_t *made = malloc(sizeof(*made) + count * sizeof(const gyre_column_t *));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a batch of %zu columns", count);
    made->view = (gyre_batch_t){gyre_schema_retain(schema), length, made->columns};
    atomic_init(&made->refs, 1);
    *batch = made;
    return GYRE_OK;
}

gyre_status_t gyre_batch_create(const gyre_schema_t *schema, size_t length,
                                const gyre_column_t *const *columns, const gyre_batch_t **batch)
{
    batch_t *made;
    if (!schema || !batch)
        return gyre__error(GYRE_ERR_ARG, "no %s", schema ? "place for the batch" : "schema");
    gyre_status_t status = check_columns(schema, length, columns);
    if (status == GYRE_OK)
        status = create(schema, length, &made);
    if (status != GYRE_OK)
        return status;
    for (size_t i = 0; i < schema->field_count; i++)
        made->columns[i] = gyre_column_retain(columns[i]);
    *batch = &made->view;
    return GYRE_OK;
}

const gyre_batch_t *gyre_batch_retain(const gyre_batch_t *batch)
{
    if (batch)
        atomic_fetch_add_explicit(&((batch_t *)batch)->refs, 1, memory_order_relaxed);
    return batch;
}

static void destroy(batch_t *batch, size_t columns)
{
    for (size_t i = 0; i < columns; i++)
        gyre_column_release(batch->columns[i]);
    gyre_schema_release(batch->view.schema);
    free(batch);
}

void gyre_batch_release(const gyre_batch_t *batch)
{
    batch_t *made = (batch_t *)batch;
    if (made && atomic_fetch_sub_explicit(&made->refs, 1, memory_order_acq_rel) == 1)
        destroy(made, batch->schema->field_count);
}

gyre_status_t gyre_batch_slice(const gyre_batch_t *batch, size_t first, size_t length,
                               const gyre_batch_t **slice)
{
    batch_t *made;
    if (!batch || !slice)
        return gyre__error(GYRE_ERR_ARG, "no %s", batch ? "place for the slice" : "batch");
    if (first > batch->length || length > batch->length - first)
        return gyre__error(GYRE_ERR_RANGE, "%zu rows from row %zu of a batch of %zu", length, first,
                           batch->length);
    gyre_status_t status = create(batch->schema, length, &made);
    if (status != GYRE_OK)
        return status;
    for (size_t i = 0; i < batch->schema->field_count; i++) {
        status = gyre_column_slice(batch->columns[i], first, length, &made->columns[i]);
        if (status != GYRE_OK) {
            destroy(made, i);
            return status;
        }
    }
    *slice = &made->view;
    return GYRE_OK;
}

static gyre_status_t select_fields(const gyre_batch_t *batch, const size_t *columns, size_t count,
                                   gyre_field_t *fields, const gyre_column_t **selected)
{
    for (size_t i = 0; i < count; i++) {
        if (columns[i] >= batch->schema->field_count)
            return gyre__error(GYRE_ERR_RANGE, "column %zu of a batch of %zu", columns[i],
                               batch->schema->field_count);
        fields[i] = batch->schema->fields[columns[i]];
        selected[i] = batch->columns[columns[i]];
    }
    return GYRE_OK;
}

gyre_status_t gyre_batch_select(const gyre_batch_t *batch, const size_t *columns, size_t count,
                                const gyre_batch_t **selection)
{
    const gyre_schema_t *schema = NULL;
    if (!batch || !selection || (!columns && count > 0))
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !batch      ? "batch"
                           : selection ? "columns"
                                       : "place for the selection");
    gyre_field_t *fields = calloc(count + 1, sizeof(*fields));
    const gyre_column_t **selected = calloc(count + 1, sizeof(*selected));
    gyre_status_t status =
        fields && selected
            ? select_fields(batch, columns, count, fields, selected)
            : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a batch of %zu columns", count);
    if (status == GYRE_OK)
        status = gyre_schema_create_with(fields, count, batch->schema->metadata,
                                         batch->schema->metadata_count, &schema);
    if (status == GYRE_OK)
        status = gyre_batch_create(schema, batch->length, selected, selection);
    gyre_schema_release(schema);
    free(selected);
    free(fields);
    return status;
}
