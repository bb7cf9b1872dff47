/* SPDX-License-Identifier: Apache-2.0 */
/* Batches from Arrow's C Data Interface. The array is moved to where references to it are counted:
 * one buffer, its owner, of which every buffer of the columns is a part. */
#include "base/error.h"
#include "batch/bits.h"
#include "batch/column.h"

#include <gyre/arrow.h>
#include <stdlib.h>

static void release_array(void *context, void *data, size_t size)
{
    struct ArrowArray *array = data;
    array->release(array);
    free(array);
}

static void release_part(void *owner, void *data, size_t size)
{
    gyre_buffer_release(owner);
}

static gyre_status_t take_buffer(gyre_buffer_t *owner, const void *data, size_t size,
                                 gyre_buffer_t **buffer)
{
    if (!data)
        return GYRE_OK;
    gyre_status_t status = gyre_buffer_adopt((void *)data, size, release_part, owner, buffer);
    if (status == GYRE_OK)
        gyre_buffer_retain(owner);
    return status;
}

static gyre_status_t check_shape(const gyre_field_t *field, const struct ArrowArray *in)
{
    gyre__layout_t layout = gyre__layout(field->kind);
    int64_t buffers = 1 + gyre__has_offsets(field->kind) + (layout <= GYRE__BYTES);
    if (in->dictionary)
        return gyre__error(GYRE_ERR_NOT_SUPPORTED, "column \"%s\" has a dictionary", field->name);
    if (in->length < 0 || in->offset < 0 || in->length > PTRDIFF_MAX - in->offset)
        return gyre__error(GYRE_ERR_SYNTAX, "column \"%s\" has %lld rows from %lld", field->name,
                           (long long)in->length, (long long)in->offset);
    if (in->n_buffers != buffers || !in->buffers || (uint64_t)in->n_children != field->child_count)
        return gyre__error(
            GYRE_ERR_SYNTAX, "column \"%s\", a %s, has %lld buffers and %lld children", field->name,
            gyre_kind_name(field->kind), (long long)in->n_buffers, (long long)in->n_children);
    return GYRE_OK;
}

/* Arrays do not say how long their buffers are: what the rows need is taken to be there. */
static gyre_status_t take_buffers(gyre_buffer_t *owner, const gyre_field_t *field,
                                  const struct ArrowArray *in, gyre_column_parts_t *parts)
{
    size_t rows = parts->offset + parts->length, size = 0;
    gyre__layout_t layout = gyre__layout(field->kind);
    const int32_t *offsets = gyre__has_offsets(field->kind) ? in->buffers[1] : NULL;
    gyre_status_t status =
        take_buffer(owner, in->buffers[0], gyre__bits_bytes(rows), &parts->validity);
    if (status == GYRE_OK)
        status = take_buffer(owner, offsets, (rows + 1) * sizeof(int32_t), &parts->offsets);
    if (layout == GYRE__BITS)
        size = gyre__bits_bytes(rows);
    else if (layout == GYRE__FIXED && __builtin_mul_overflow(rows, gyre_field_width(field), &size))
        size = 0;
    else if (layout == GYRE__BYTES && offsets && rows > 0 && offsets[rows] > 0)
        size = (size_t)offsets[rows];
    if (status == GYRE_OK && layout <= GYRE__BYTES)
        status = take_buffer(owner, in->buffers[in->n_buffers - 1], size, &parts->values);
    return status;
}

static gyre_status_t read_column(gyre_buffer_t *owner, const gyre_schema_t *schema,
                                 const gyre_field_t *field, const struct ArrowArray *in,
                                 const gyre_column_t **column);

static gyre_status_t read_parts(gyre_buffer_t *owner, const gyre_schema_t *schema,
                                const gyre_field_t *field, const struct ArrowArray *in,
                                gyre_column_parts_t *parts, const gyre_column_t **children)
{
    gyre_status_t status = take_buffers(owner, field, in, parts);
    for (size_t i = 0; status == GYRE_OK && i < field->child_count; i++)
        status = read_column(owner, schema, &field->children[i], in->children[i], &children[i]);
    return status == GYRE_OK ? gyre__parts_check(field, parts) : status;
}

static gyre_status_t read_column(gyre_buffer_t *owner, const gyre_schema_t *schema,
                                 const gyre_field_t *field, const struct ArrowArray *in,
                                 const gyre_column_t **column)
{
    gyre_status_t status = check_shape(field, in);
    if (status != GYRE_OK)
        return status;
    const gyre_column_t **children = calloc(field->child_count + 1, sizeof(*children));
    gyre_column_parts_t parts = {
        .length = (size_t)in->length, .offset = (size_t)in->offset, .children = children};
    if (!children)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for column \"%s\"", field->name);
    status = read_parts(owner, schema, field, in, &parts, children);
    if (status == GYRE_OK)
        status = gyre__column_make(schema, field, &parts, column);
    for (size_t i = 0; i < field->child_count; i++)
        gyre_column_release(children[i]);
    free(children);
    gyre_buffer_release(parts.validity);
    gyre_buffer_release(parts.offsets);
    gyre_buffer_release(parts.values);
    return status;
}

/* Moves it to the heap; releases it if that fails. */
static gyre_status_t own(struct ArrowArray *in, gyre_buffer_t **owner)
{
    gyre_status_t status = GYRE_ERR_NO_MEMORY;
    struct ArrowArray *array = malloc(sizeof(*array));
    if (array) {
        *array = *in;
        status = gyre_buffer_adopt(array, sizeof(*array), release_array, NULL, owner);
    }
    if (status == GYRE_OK) {
        in->release = NULL;
        return GYRE_OK;
    }
    in->release(in);
    free(array);
    return gyre__error(status, "no memory to import an array");
}

/* The array's own offset is that of its children's rows. */
static gyre_status_t read_row_columns(gyre_buffer_t *owner, const gyre_schema_t *schema,
                                      const gyre_column_t **columns)
{
    const struct ArrowArray *in = gyre_buffer_data(owner);
    for (size_t i = 0; i < schema->field_count; i++) {
        const gyre_column_t *whole;
        gyre_status_t status =
            read_column(owner, schema, &schema->fields[i], in->children[i], &whole);
        if (status != GYRE_OK)
            return status;
        status = gyre_column_slice(whole, (size_t)in->offset, (size_t)in->length, &columns[i]);
        gyre_column_release(whole);
        if (status != GYRE_OK)
            return GYRE_ERR_SYNTAX;
    }
    return GYRE_OK;
}

static gyre_status_t read_batch(gyre_buffer_t *owner, const gyre_schema_t *schema,
                                const gyre_batch_t **batch)
{
    const struct ArrowArray *in = gyre_buffer_data(owner);
    const gyre_field_t root = {.name = "",
                               .kind = GYRE_KIND_STRUCT,
                               .child_count = schema->field_count,
                               .children = schema->fields};
    gyre_status_t status = check_shape(&root, in);
    if (status == GYRE_OK && in->null_count > 0)
        status = gyre__error(GYRE_ERR_NOT_SUPPORTED, "%lld rows of a batch are null as a whole",
                             (long long)in->null_count);
    if (status != GYRE_OK)
        return status;
    const gyre_column_t **columns = calloc(schema->field_count + 1, sizeof(*columns));
    if (!columns)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a batch of %zu columns",
                           schema->field_count);
    status = read_row_columns(owner, schema, columns);
    if (status == GYRE_OK)
        status = gyre_batch_create(schema, (size_t)in->length, columns, batch);
    for (size_t i = 0; i < schema->field_count; i++)
        gyre_column_release(columns[i]);
    free(columns);
    return status;
}

gyre_status_t gyre_batch_import(const gyre_schema_t *schema, struct ArrowArray *in,
                                const gyre_batch_t **batch)
{
    gyre_buffer_t *owner;
    if (!in || !in->release)
        return gyre__error(GYRE_ERR_ARG, "no array to import, or one that has been released");
    gyre_status_t status = own(in, &owner);
    if (status != GYRE_OK)
        return status;
    status = schema && batch
                 ? read_batch(owner, schema, batch)
                 : gyre__error(GYRE_ERR_ARG, "no %s", schema ? "place for the batch" : "schema");
    gyre_buffer_release(owner);
    return status;
}
