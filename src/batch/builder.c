/* SPDX-License-Identifier: Apache-2.0 */
/* Builders: buffers that double. The bitmap of nulls is made at the first null and is 1 throughout,
 * so that appending a value need not touch it. */
#include "batch/builder.h"

#include "base/error.h"
#include "batch/bits.h"
#include "batch/buffer.h"
#include "batch/column.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 64 }; /* rows */

static gyre_status_t create(const gyre_schema_t *owner, const gyre_field_t *field,
                            const gyre_allocator_t *allocator, gyre__builder_t **builder);

static gyre_status_t create_children(gyre__builder_t *builder, const gyre_allocator_t *allocator)
{
    const gyre_field_t *field = builder->view.field;
    for (size_t i = 0; i < field->child_count; i++) {
        gyre__builder_t *child;
        gyre_status_t status = create(builder->owner, &field->children[i], allocator, &child);
        if (status != GYRE_OK)
            return status;
        child->nested = field != &builder->root;
        builder->children[builder->view.child_count++] = &child->view;
    }
    return GYRE_OK;
}

/* field NULL: rows of the schema. */
static gyre_status_t create(const gyre_schema_t *owner, const gyre_field_t *field,
                            const gyre_allocator_t *allocator, gyre__builder_t **builder)
{
    const gyre_field_t root = {.name = "",
                               .kind = GYRE_KIND_STRUCT,
                               .required = true,
                               .child_count = owner->field_count,
                               .children = owner->fields};
    size_t children = field ? field->child_count : root.child_count;
    gyre__builder_t *made = calloc(1, sizeof(*made) + children * sizeof(gyre_builder_t *));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a builder");
    made->owner = gyre_schema_retain(owner);
    made->root = root;
    made->view.field = field ? field : &made->root;
    made->view.kind = made->view.field->kind;
    made->view.children = made->children;
    if (allocator) {
        made->own = *allocator;
        made->allocator = &made->own;
    }
    gyre_status_t status = create_children(made, allocator);
    if (status == GYRE_OK)
        *builder = made;
    else
        gyre_builder_destroy(&made->view);
    return status;
}

static gyre_status_t create_view(const gyre_schema_t *owner, const gyre_field_t *field,
                                 const gyre_allocator_t *allocator, gyre_builder_t **builder)
{
    gyre__builder_t *made;
    gyre_status_t status = create(owner, field, allocator, &made);
    if (status == GYRE_OK)
        *builder = &made->view;
    return status;
}

gyre_status_t gyre_builder_create(const gyre_field_t *field, const gyre_allocator_t *allocator,
                                  gyre_builder_t **builder)
{
    const gyre_schema_t *owner;
    if (!field || !builder)
        return gyre__error(GYRE_ERR_ARG, "no %s", field ? "place for the builder" : "field");
    gyre_status_t status = gyre_schema_create(field, 1, &owner);
    if (status != GYRE_OK)
        return status;
    status = create_view(owner, owner->fields, allocator, builder);
    gyre_schema_release(owner);
    return status;
}

gyre_status_t gyre_builder_create_batch(const gyre_schema_t *schema,
                                        const gyre_allocator_t *allocator, gyre_builder_t **builder)
{
    if (!schema || !builder)
        return gyre__error(GYRE_ERR_ARG, "no %s", schema ? "place for the builder" : "schema");
    return create_view(schema, NULL, allocator, builder);
}

static void drop_buffers(gyre__builder_t *builder)
{
    gyre_buffer_release(builder->validity);
    gyre_buffer_release(builder->offsets);
    gyre_buffer_release(builder->values);
    builder->validity = builder->offsets = builder->values = NULL;
}

void gyre_builder_destroy(gyre_builder_t *builder)
{
    if (!builder)
        return;
    for (size_t i = 0; i < builder->child_count; i++)
        gyre_builder_destroy(builder->children[i]);
    drop_buffers(gyre__builder(builder));
    gyre_schema_release(gyre__builder(builder)->owner);
    free(builder);
}

static gyre_status_t grow_validity(gyre__builder_t *builder, size_t room)
{
    size_t used = builder->validity ? gyre_buffer_size(builder->validity) : 0;
    if (builder->validity && used * 8 >= room)
        return GYRE_OK;
    gyre_status_t status =
        gyre__buffer_grow(&builder->validity, builder->allocator, used, gyre__bits_bytes(room));
    if (status != GYRE_OK)
        return status;
    size_t size = gyre_buffer_size(builder->validity);
    gyre__bits_fill(gyre_buffer_data(builder->validity), used * 8, (size - used) * 8, true);
    return GYRE_OK;
}

static gyre_status_t grow_offsets(gyre__builder_t *builder, size_t room)
{
    size_t rows = builder->view.length;
    gyre_status_t status = gyre__buffer_grow(&builder->offsets, builder->allocator,
                                             builder->offsets ? (rows + 1) * sizeof(int32_t) : 0,
                                             (room + 1) * sizeof(int32_t));
    if (status == GYRE_OK && rows == 0)
        gyre__builder_offsets(builder)[0] = 0;
    return status;
}

static gyre_status_t grow_values(gyre__builder_t *builder, size_t room)
{
    size_t width = gyre_field_width(builder->view.field), rows = builder->view.length;
    gyre__layout_t layout = gyre__layout(builder->view.kind);
    gyre_status_t status;
    if (layout == GYRE__BITS)
        status = gyre__buffer_grow(&builder->values, builder->allocator, gyre__bits_bytes(rows),
                                   gyre__bits_bytes(room));
    else
        status =
            gyre__buffer_grow(&builder->values, builder->allocator, rows * width, room * width);
    builder->view.values = gyre_buffer_data(builder->values);
    return status;
}

/* Rows that there is room for when there is room for so many more. */
static size_t room_with(const gyre_builder_t *view, size_t rows)
{
    size_t room = view->length + rows;
    if (room <= view->room)
        return view->room;
    if (room < 2 * view->room)
        room = 2 * view->room;
    return room < ROOM_MIN ? ROOM_MIN : room;
}

gyre_status_t gyre__builder_room(gyre__builder_t *builder, size_t rows)
{
    gyre_builder_t *view = &builder->view;
    gyre__layout_t layout = gyre__layout(view->kind);
    size_t width = layout == GYRE__FIXED ? gyre_field_width(view->field) : sizeof(int32_t);
    if (rows <= view->room - view->length)
        return GYRE_OK;
    if (rows > PTRDIFF_MAX / width / 2 - view->length)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu more rows of column \"%s\"", rows,
                           view->field->name);
    size_t room = room_with(view, rows);
    gyre_status_t status = GYRE_OK;
    if (gyre__has_offsets(view->kind))
        status = grow_offsets(builder, room);
    else if (layout == GYRE__BITS || layout == GYRE__FIXED)
        status = grow_values(builder, room);
    if (status == GYRE_OK && builder->validity)
        status = grow_validity(builder, room);
    if (status == GYRE_OK)
        view->room = room;
    return status;
}

gyre_status_t gyre__builder_room_bytes(gyre__builder_t *builder, size_t bytes)
{
    size_t size = gyre_buffer_size(builder->values), limit = INT32_MAX;
    if (bytes > limit - builder->bytes)
        return gyre__error(GYRE_ERR_RANGE,
                           "column \"%s\" has %zu bytes: %zu more would exceed 2^31 - 1",
                           builder->view.field->name, builder->bytes, bytes);
    size_t needed = builder->bytes + bytes;
    if (needed <= size)
        return GYRE_OK;
    return gyre__buffer_grow(&builder->values, builder->allocator, builder->bytes,
                             needed < 2 * size ? 2 * size : needed);
}

gyre_status_t gyre__builder_room_nulls(gyre__builder_t *builder)
{
    return grow_validity(builder, builder->view.room);
}

gyre_status_t gyre_builder_reserve(gyre_builder_t *builder, size_t rows, size_t bytes)
{
    if (!builder)
        return gyre__error(GYRE_ERR_ARG, "no builder");
    gyre_status_t status = gyre__builder_room(gyre__builder(builder), rows);
    if (status == GYRE_OK && gyre__layout(builder->kind) == GYRE__BYTES)
        status = gyre__builder_room_bytes(gyre__builder(builder), bytes);
    return status;
}

/* Rows that the field's children must have for length rows of it. */
static size_t items_ended(const gyre__builder_t *builder, size_t length)
{
    switch (gyre__layout(builder->view.kind)) {
    case GYRE__LIST:
        return length > 0 ? (size_t)gyre__builder_offsets(builder)[length] : 0;
    case GYRE__FIXED_LIST:
        return length * (size_t)builder->view.field->size;
    default:
        return length;
    }
}

static gyre_status_t check_ended(const gyre_builder_t *builder, size_t length)
{
    size_t expected = items_ended(gyre__builder(builder), length);
    for (size_t i = 0; i < builder->child_count; i++) {
        const gyre_builder_t *child = builder->children[i];
        if (child->length != expected)
            return gyre__error(GYRE_ERR_STATE, "column \"%s\" has %zu rows: expected %zu",
                               child->field->name, child->length, expected);
        gyre_status_t status = check_ended(child, expected);
        if (status != GYRE_OK)
            return status;
    }
    return GYRE_OK;
}

static gyre_status_t make_columns(const gyre_builder_t *builder, const gyre_column_t **columns);

static void release_columns(const gyre_column_t **columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gyre_column_release(columns[i]);
    free(columns);
}

/* A column of what is there; the builder stays as it is. */
static gyre_status_t make_column(const gyre_builder_t *view, const gyre_column_t **column)
{
    const gyre__builder_t *builder = gyre__builder(view);
    const gyre_column_t **children = calloc(view->child_count + 1, sizeof(*children));
    if (!children)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for column \"%s\"", view->field->name);
    gyre_status_t status = make_columns(view, children);
    const gyre_column_parts_t parts = {
        view->length, 0, builder->validity, builder->offsets, builder->values, children};
    if (status == GYRE_OK)
        status = gyre__column_make(builder->owner, view->field, &parts, column);
    release_columns(children, view->child_count);
    return status;
}

static gyre_status_t make_columns(const gyre_builder_t *builder, const gyre_column_t **columns)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < builder->child_count; i++)
        status = make_column(builder->children[i], &columns[i]);
    return status;
}

/* Zeros after the last bit, so that what travels is determined by the rows alone. */
static void clear_bits(gyre_buffer_t *buffer, size_t used)
{
    if (buffer)
        gyre__bits_fill(gyre_buffer_data(buffer), used, gyre_buffer_size(buffer) * 8 - used, false);
}

static void clear_tail(gyre_buffer_t *buffer, size_t used)
{
    size_t end = (used + GYRE_BUFFER_ALIGN - 1) / GYRE_BUFFER_ALIGN * GYRE_BUFFER_ALIGN;
    if (buffer)
        memset((char *)gyre_buffer_data(buffer) + used, 0, end - used);
}

/* The columns have their references: seals the buffers and begins anew. */
static void restart(gyre_builder_t *view)
{
    gyre__builder_t *builder = gyre__builder(view);
    gyre__layout_t layout = gyre__layout(view->kind);
    clear_bits(builder->validity, view->length);
    clear_tail(builder->offsets, (view->length + 1) * sizeof(int32_t));
    if (layout == GYRE__BITS)
        clear_bits(builder->values, view->length);
    else
        clear_tail(builder->values, layout == GYRE__BYTES
                                        ? builder->bytes
                                        : view->length * gyre_field_width(view->field));
    drop_buffers(builder);
    view->length = view->room = builder->bytes = 0;
    view->values = NULL;
    for (size_t i = 0; i < view->child_count; i++)
        restart(view->children[i]);
}

gyre_status_t gyre_builder_finish(gyre_builder_t *builder, const gyre_column_t **column)
{
    if (!builder || !column)
        return gyre__error(GYRE_ERR_ARG, "no %s", builder ? "place for the column" : "builder");
    gyre_status_t status = check_ended(builder, builder->length);
    if (status == GYRE_OK)
        status = make_column(builder, column);
    if (status == GYRE_OK)
        restart(builder);
    return status;
}

static gyre_status_t make_batch(const gyre_builder_t *builder, size_t length,
                                const gyre_batch_t **batch)
{
    const gyre_column_t **columns = calloc(builder->child_count + 1, sizeof(*columns));
    if (!columns)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a batch of %zu columns",
                           builder->child_count);
    gyre_status_t status = make_columns(builder, columns);
    if (status == GYRE_OK)
        status = gyre_batch_create(gyre__builder(builder)->owner, length, columns, batch);
    release_columns(columns, builder->child_count);
    return status;
}

gyre_status_t gyre_builder_finish_batch(gyre_builder_t *builder, const gyre_batch_t **batch)
{
    if (!builder || !batch)
        return gyre__error(GYRE_ERR_ARG, "no %s", builder ? "place for the batch" : "builder");
    if (builder->field != &gyre__builder(builder)->root)
        return gyre__error(GYRE_ERR_ARG, "the builder is of column \"%s\", not of batches",
                           builder->field->name);
    size_t length = builder->child_count > 0 ? builder->children[0]->length : builder->length;
    gyre_status_t status = check_ended(builder, length);
    if (status == GYRE_OK)
        status = make_batch(builder, length, batch);
    if (status == GYRE_OK)
        restart(builder);
    return status;
}

void gyre__builder_clear(gyre_builder_t *view)
{
    gyre__builder_t *builder = gyre__builder(view);
    gyre_buffer_release(builder->validity);
    builder->validity = NULL;
    view->length = builder->bytes = 0;
    for (size_t i = 0; i < view->child_count; i++)
        gyre__builder_clear(view->children[i]);
}

size_t gyre__builder_bytes(const gyre_builder_t *view)
{
    const gyre__builder_t *builder = gyre__builder(view);
    size_t bytes = gyre_buffer_size(builder->validity) + gyre_buffer_size(builder->offsets) +
                   gyre_buffer_size(builder->values);
    for (size_t i = 0; i < view->child_count; i++)
        bytes += gyre__builder_bytes(view->children[i]);
    return bytes;
}

size_t gyre__builder_used(const gyre_builder_t *view)
{
    size_t bytes = gyre__builder(view)->bytes;
    if (gyre__has_offsets(view->kind))
        bytes += view->length * sizeof(int32_t);
    else if (gyre__layout(view->kind) == GYRE__FIXED)
        bytes += view->length * gyre_field_width(view->field);
    for (size_t i = 0; i < view->child_count; i++)
        bytes += gyre__builder_used(view->children[i]);
    return bytes;
}

/* To hold room rows, without their bytes. */
static size_t growth(const gyre__builder_t *builder, size_t room)
{
    const gyre_builder_t *view = &builder->view;
    switch (gyre__layout(view->kind)) {
    case GYRE__BITS:
        return gyre__buffer_growth(builder->values, gyre__bits_bytes(room));
    case GYRE__FIXED:
        return gyre__buffer_growth(builder->values, room * gyre_field_width(view->field));
    default:
        return gyre__has_offsets(view->kind)
                   ? gyre__buffer_growth(builder->offsets, (room + 1) * sizeof(int32_t))
                   : 0;
    }
}

size_t gyre__builder_growth(gyre_builder_t *view)
{
    gyre__builder_t *builder = gyre__builder(view);
    const gyre__wanted_t wanted = builder->wanted;
    size_t room = room_with(view, wanted.rows), size = gyre_buffer_size(builder->values);
    size_t needed = builder->bytes + wanted.bytes;
    size_t bytes = room > view->room ? growth(builder, room) : 0;
    if (builder->validity ? room > view->room : wanted.nulls)
        bytes += gyre__buffer_growth(builder->validity, gyre__bits_bytes(room));
    if (wanted.bytes > 0 && needed > size)
        bytes += gyre__buffer_growth(builder->values, needed < 2 * size ? 2 * size : needed);
    builder->wanted = (gyre__wanted_t){0};
    for (size_t i = 0; i < view->child_count; i++)
        bytes += gyre__builder_growth(view->children[i]);
    return bytes;
}
