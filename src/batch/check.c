/* SPDX-License-Identifier: Apache-2.0 */
/* Whether parts from outside make a column: after this nobody checks again. */
#include "base/clones.h"
#include "base/error.h"
#include "batch/bits.h"
#include "batch/column.h"

static gyre_status_t too_short(const gyre_field_t *field, const char *what,
                               const gyre_buffer_t *buffer, size_t rows)
{
    return gyre__error(GYRE_ERR_SYNTAX, "column \"%s\": %zu bytes of %s are too few for %zu rows",
                       field->name, gyre_buffer_size(buffer), what, rows);
}

static gyre_status_t check_aligned(const gyre_field_t *field, const char *what,
                                   const gyre_buffer_t *buffer, size_t align)
{
    if ((uintptr_t)gyre_buffer_data(buffer) % align == 0)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_SYNTAX, "column \"%s\": %s at %p: expected a multiple of %zu",
                       field->name, what, gyre_buffer_data(buffer), align);
}

/* Of numbers their width, at most 8; of what is read byte by byte 1. */
static size_t alignment(const gyre_field_t *field)
{
    size_t width = gyre_field_width(field);
    return field->kind == GYRE_KIND_FIXED_SIZE_BINARY ? 1 : width < 8 ? width : 8;
}

static gyre_status_t check_values(const gyre_field_t *field, const gyre_column_parts_t *parts,
                                  size_t rows)
{
    size_t size;
    if (__builtin_mul_overflow(rows, gyre_field_width(field), &size) ||
        gyre_buffer_size(parts->values) < size)
        return too_short(field, "values", parts->values, rows);
    return check_aligned(field, "values", parts->values, alignment(field));
}

GYRE__OPTIMIZE static bool any_falls(const int32_t *offsets, size_t count)
{
    int falls = 0;
    for (size_t i = 0; i < count; i++)
        falls |= offsets[i + 1] < offsets[i];
    return falls;
}

/* Offsets that never fall, from 0 or more, and end at or before end. */
static gyre_status_t check_offsets(const gyre_field_t *field, const gyre_column_parts_t *parts,
                                   size_t rows, size_t end)
{
    const int32_t *offsets = gyre_buffer_data(parts->offsets);
    size_t size = gyre_buffer_size(parts->offsets);
    if (rows == 0 && size == 0)
        return GYRE_OK;
    if (rows >= size / sizeof(int32_t))
        return too_short(field, "offsets", parts->offsets, rows);
    gyre_status_t status = check_aligned(field, "offsets", parts->offsets, sizeof(int32_t));
    if (status != GYRE_OK)
        return status;
    if (any_falls(offsets + parts->offset, parts->length) || offsets[parts->offset] < 0)
        return gyre__error(GYRE_ERR_SYNTAX, "column \"%s\": its offsets fall, or start below 0",
                           field->name);
    if ((size_t)offsets[rows] > end)
        return gyre__error(GYRE_ERR_SYNTAX,
                           "column \"%s\": its offsets end at %d, what they point into at %zu",
                           field->name, (int)offsets[rows], end);
    return GYRE_OK;
}

static gyre_status_t check_children(const gyre_field_t *field, const gyre_column_parts_t *parts,
                                    size_t rows)
{
    size_t needed = 0;
    if (field->child_count > 0 && !parts->children)
        return gyre__error(GYRE_ERR_ARG, "column \"%s\" needs %zu children", field->name,
                           field->child_count);
    if (field->kind == GYRE_KIND_STRUCT)
        needed = rows;
    if (field->kind == GYRE_KIND_FIXED_SIZE_LIST &&
        __builtin_mul_overflow(rows, (size_t)field->size, &needed))
        needed = SIZE_MAX;
    for (size_t i = 0; i < field->child_count; i++) {
        const gyre_column_t *child = parts->children[i];
        if (!child || !gyre_field_alike(child->field, &field->children[i]))
            return gyre__error(GYRE_ERR_ARG, "column \"%s\": child %zu is %s", field->name, i,
                               child ? "of another type than its field" : "NULL");
        if (child->length < needed)
            return gyre__error(GYRE_ERR_SYNTAX,
                               "column \"%s\": child %zu has %zu rows: expected %zu", field->name,
                               i, child->length, needed);
    }
    return GYRE_OK;
}

gyre_status_t gyre__parts_check(const gyre_field_t *field, const gyre_column_parts_t *parts)
{
    size_t rows;
    if (__builtin_add_overflow(parts->offset, parts->length, &rows) || rows > PTRDIFF_MAX)
        return gyre__error(GYRE_ERR_SYNTAX, "column \"%s\": %zu rows from row %zu", field->name,
                           parts->length, parts->offset);
    if (parts->validity && gyre_buffer_size(parts->validity) < gyre__bits_bytes(rows))
        return too_short(field, "validity", parts->validity, rows);
    gyre_status_t status = check_children(field, parts, rows);
    if (status != GYRE_OK)
        return status;
    switch (gyre__layout(field->kind)) {
    case GYRE__BITS:
        return gyre_buffer_size(parts->values) < gyre__bits_bytes(rows)
                   ? too_short(field, "values", parts->values, rows)
                   : GYRE_OK;
    case GYRE__FIXED:
        return check_values(field, parts, rows);
    case GYRE__BYTES:
        return check_offsets(field, parts, rows, gyre_buffer_size(parts->values));
    case GYRE__LIST:
        return check_offsets(field, parts, rows, parts->children[0]->length);
    default:
        return GYRE_OK;
    }
}
