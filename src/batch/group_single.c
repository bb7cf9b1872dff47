/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as partial results, without a table: columns as they lie, where values are states. */
#include "base/error.h"
#include "batch/bits.h"
#include "batch/group.h"

#include <stdlib.h>

/* A column of another field of the same type. */
static gyre_status_t as_field(const gyre_schema_t *schema, size_t at, const gyre_column_t *column,
                              const gyre_column_t **made)
{
    const gyre__column_t *whole = gyre__column(column);
    const gyre_column_parts_t parts = {column->length, column->offset, whole->validity,
                                       whole->offsets, whole->values,  whole->children};
    return gyre__column_make(schema, &schema->fields[at], &parts, made);
}

static void count_values(int64_t *counts, const gyre_column_t *column, size_t length)
{
    for (size_t i = 0; i < length; i++)
        counts[i] = !column || !gyre_column_is_null(column, i);
}

/* States that have to be made: counts, and values in a wider form. */
static gyre_status_t make_states(const gyre_schema_t *schema, size_t at, const gyre__part_t *part,
                                 const gyre_column_t *column, size_t length,
                                 const gyre_column_t **made)
{
    gyre_column_parts_t parts = {.length = length};
    bool counts = part->fold == GYRE_FOLD_COUNT;
    gyre_status_t status = gyre_buffer_create(NULL, length * sizeof(uint64_t), &parts.values);
    if (status == GYRE_OK && !counts && column->validity)
        status = gyre_buffer_create(NULL, gyre__bits_bytes(length), &parts.validity);
    if (status == GYRE_OK) {
        if (counts)
            count_values(gyre_buffer_data(parts.values), column, length);
        else
            gyre__part_widen(part, column, gyre_buffer_data(parts.values));
        if (parts.validity)
            gyre__bits_copy(gyre_buffer_data(parts.validity), 0, column->validity, column->offset,
                            length);
        status = gyre__column_make(schema, &schema->fields[at], &parts, made);
    }
    gyre_buffer_release(parts.values);
    gyre_buffer_release(parts.validity);
    return status;
}

static gyre_status_t make_part(const gyre_schema_t *schema, size_t at, const gyre__part_t *part,
                               const gyre_batch_t *batch, const gyre_column_t **made)
{
    const gyre_column_t *column =
        part->column == GYRE_GROUP_ROWS ? NULL : batch->columns[part->column];
    if (part->fold != GYRE_FOLD_COUNT && column->field->kind == schema->fields[at].kind)
        return as_field(schema, at, column, made);
    return make_states(schema, at, part, column, batch->length, made);
}

gyre_status_t gyre__group_single(const gyre_group_t *group, const gyre_batch_t *batch,
                                 const gyre_batch_t **partial)
{
    const gyre_schema_t *schema = group->forms[GYRE_GROUP_PARTIAL];
    const gyre_column_t **columns = calloc(schema->field_count, sizeof(*columns));
    gyre_status_t status = GYRE_OK;
    if (!columns)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu columns", schema->field_count);
    for (size_t i = 0; i < schema->field_count && status == GYRE_OK; i++)
        status =
            i < group->keys.count
                ? as_field(schema, i, batch->columns[group->key_columns[i]], &columns[i])
                : make_part(schema, i, &group->parts[i - group->keys.count], batch, &columns[i]);
    if (status == GYRE_OK)
        status = gyre_batch_create(schema, batch->length, columns, partial);
    for (size_t i = 0; i < schema->field_count; i++)
        gyre_column_release(columns[i]);
    free(columns);
    return status;
}
