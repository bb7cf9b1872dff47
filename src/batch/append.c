/* SPDX-License-Identifier: Apache-2.0 */
/* Appending values to builders, one or many at a time. */
#include "base/error.h"
#include "batch/bits.h"
#include "batch/builder.h"

#include <string.h>

static gyre_status_t wrong_kind(const gyre_builder_t *builder, const char *what)
{
    if (!builder)
        return gyre__error(GYRE_ERR_ARG, "no builder");
    return gyre__error(GYRE_ERR_ARG, "column \"%s\" is a %s: it takes no %s", builder->field->name,
                       gyre_kind_name(builder->kind), what);
}

gyre_status_t gyre_builder_extend(gyre_builder_t *builder, size_t count, void **values)
{
    if (!builder || gyre__layout(builder->kind) != GYRE__FIXED)
        return wrong_kind(builder, "values of fixed width");
    gyre_status_t status = gyre__builder_room(gyre__builder(builder), count);
    if (status != GYRE_OK)
        return status;
    *values = (char *)builder->values + builder->length * gyre_field_width(builder->field);
    builder->length += count;
    return GYRE_OK;
}

static gyre_status_t append_bools(gyre_builder_t *builder, const uint8_t *values, size_t count)
{
    gyre_status_t status = gyre__builder_room(gyre__builder(builder), count);
    if (status != GYRE_OK)
        return status;
    gyre__bits_pack(builder->values, builder->length, values, count);
    builder->length += count;
    return GYRE_OK;
}

gyre_status_t gyre_builder_append(gyre_builder_t *builder, const void *values, size_t count)
{
    void *place;
    if (builder && builder->kind == GYRE_KIND_BOOL)
        return append_bools(builder, values, count);
    gyre_status_t status = gyre_builder_extend(builder, count, &place);
    if (status == GYRE_OK && count > 0)
        memcpy(place, values, count * gyre_field_width(builder->field));
    return status;
}

gyre_status_t gyre_builder_append_slow(gyre_builder_t *builder, gyre_kind_t kind, const void *value)
{
    bool alike = builder->kind == kind ||
                 (kind == GYRE_KIND_INT32 && builder->kind == GYRE_KIND_DATE32) ||
                 (kind == GYRE_KIND_INT64 && builder->kind == GYRE_KIND_TIMESTAMP);
    return alike ? gyre_builder_append(builder, value, 1)
                 : wrong_kind(builder, gyre_kind_name(kind));
}

gyre_status_t gyre_builder_append_bytes(gyre_builder_t *view, const void *bytes, size_t length)
{
    gyre__builder_t *builder = gyre__builder(view);
    if (view && view->kind == GYRE_KIND_FIXED_SIZE_BINARY && (size_t)view->field->size == length)
        return gyre_builder_append(view, bytes, 1);
    if (!view || gyre__layout(view->kind) != GYRE__BYTES)
        return wrong_kind(view, "bytes of that length");
    if (view->length == view->room) {
        gyre_status_t status = gyre__builder_room(builder, 1);
        if (status != GYRE_OK)
            return status;
    }
    if (length > gyre_buffer_size(builder->values) - builder->bytes ||
        length > INT32_MAX - builder->bytes) {
        gyre_status_t status = gyre__builder_room_bytes(builder, length);
        if (status != GYRE_OK)
            return status;
    }
    if (length > 0)
        memcpy((char *)gyre_buffer_data(builder->values) + builder->bytes, bytes, length);
    builder->bytes += length;
    gyre__builder_offsets(builder)[++view->length] = (int32_t)builder->bytes;
    return GYRE_OK;
}

/* Room for rows that hold nothing, at all levels that have rows of their own for them. */
static gyre_status_t room_for_nothing(gyre_builder_t *builder, size_t count)
{
    gyre__layout_t layout = gyre__layout(builder->kind);
    gyre_status_t status = gyre__builder_room(gyre__builder(builder), count);
    if (layout == GYRE__FIXED_LIST && status == GYRE_OK)
        return room_for_nothing(builder->children[0], count * (size_t)builder->field->size);
    for (size_t i = 0; layout == GYRE__STRUCT && status == GYRE_OK && i < builder->child_count; i++)
        status = room_for_nothing(builder->children[i], count);
    return status;
}

static void put_nothing(gyre_builder_t *builder, size_t count)
{
    size_t width = gyre_field_width(builder->field);
    int32_t *offsets = gyre__builder_offsets(gyre__builder(builder));
    switch (gyre__layout(builder->kind)) {
    case GYRE__BITS:
        gyre__bits_fill(builder->values, builder->length, count, false);
        break;
    case GYRE__FIXED:
        memset((char *)builder->values + builder->length * width, 0, count * width);
        break;
    case GYRE__BYTES:
    case GYRE__LIST:
        for (size_t i = 0; i < count; i++)
            offsets[builder->length + i + 1] = offsets[builder->length];
        break;
    case GYRE__FIXED_LIST:
        put_nothing(builder->children[0], count * (size_t)builder->field->size);
        break;
    case GYRE__STRUCT:
        for (size_t i = 0; i < builder->child_count; i++)
            put_nothing(builder->children[i], count);
    }
    builder->length += count;
}

gyre_status_t gyre_builder_append_null(gyre_builder_t *builder, size_t count)
{
    if (!builder)
        return gyre__error(GYRE_ERR_ARG, "no builder");
    if (count == 0)
        return GYRE_OK;
    if (builder->field->required)
        return gyre__error(GYRE_ERR_ARG, "column \"%s\" is required: it takes no null",
                           builder->field->name);
    gyre_status_t status = room_for_nothing(builder, count);
    if (status == GYRE_OK)
        status = gyre__builder_room_nulls(gyre__builder(builder));
    if (status != GYRE_OK)
        return status;
    gyre__bits_fill(gyre_buffer_data(gyre__builder(builder)->validity), builder->length, count,
                    false);
    put_nothing(builder, count);
    return GYRE_OK;
}

static gyre_status_t end_list(gyre_builder_t *builder)
{
    size_t items = builder->children[0]->length;
    if (items > INT32_MAX)
        return gyre__error(GYRE_ERR_RANGE, "column \"%s\" has %zu items: at most 2^31 - 1 fit",
                           builder->field->name, items);
    gyre_status_t status = gyre__builder_room(gyre__builder(builder), 1);
    if (status == GYRE_OK)
        gyre__builder_offsets(gyre__builder(builder))[++builder->length] = (int32_t)items;
    return status;
}

/* One more row takes count rows of each child. */
static gyre_status_t end_row(gyre_builder_t *builder, size_t count)
{
    size_t expected = (builder->length + 1) * count;
    for (size_t i = 0; i < builder->child_count; i++)
        if (builder->children[i]->length != expected)
            return gyre__error(GYRE_ERR_STATE,
                               "column \"%s\" has %zu rows at the end of row %zu of \"%s\": "
                               "expected %zu",
                               builder->children[i]->field->name, builder->children[i]->length,
                               builder->length, builder->field->name, expected);
    gyre_status_t status = gyre__builder_room(gyre__builder(builder), 1);
    if (status == GYRE_OK)
        builder->length++;
    return status;
}

gyre_status_t gyre_builder_end(gyre_builder_t *builder)
{
    gyre__layout_t layout = builder ? gyre__layout(builder->kind) : GYRE__FIXED;
    if (layout == GYRE__LIST)
        return end_list(builder);
    if (layout == GYRE__FIXED_LIST)
        return end_row(builder, (size_t)builder->field->size);
    if (layout == GYRE__STRUCT)
        return end_row(builder, 1);
    return wrong_kind(builder, "end of a row");
}
