/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of columns: of what is shown, whatever lies behind nulls and in between. Floating point
 * by its bits, or as keys are compared. */
#include "batch/equal.h"

#include "batch/bits.h"
#include "batch/column.h"
#include "batch/hash.h"

typedef bool (*equal_fn)(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r);

static bool equal_rows(const gyre_column_t *left, size_t left_row, const gyre_column_t *right,
                       size_t right_row, size_t count, equal_fn fixed);

static bool equal_bits(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r)
{
    size_t width = gyre_field_width(left->field);
    return memcmp((const char *)left->values + l * width, (const char *)right->values + r * width,
                  width) == 0;
}

static bool equal_numbers(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r)
{
    const void *a = left->values, *b = right->values;
    switch (left->field->kind) {
    case GYRE_KIND_FLOAT16:
        return gyre__word_of_float16(((const uint16_t *)a)[l]) ==
               gyre__word_of_float16(((const uint16_t *)b)[r]);
    case GYRE_KIND_FLOAT32:
        return gyre__word_of_float64(((const float *)a)[l]) ==
               gyre__word_of_float64(((const float *)b)[r]);
    case GYRE_KIND_FLOAT64:
        return gyre__word_of_float64(((const double *)a)[l]) ==
               gyre__word_of_float64(((const double *)b)[r]);
    default:
        return equal_bits(left, l, right, r);
    }
}

/* One value of each, neither null. */
static bool equal_value(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r,
                        equal_fn fixed)
{
    size_t length, right_length;
    const char *bytes, *right_bytes;
    switch (gyre__layout(left->field->kind)) {
    case GYRE__BITS:
        return gyre_column_bool(left, l) == gyre_column_bool(right, r);
    case GYRE__FIXED:
        return fixed(left, l, right, r);
    case GYRE__BYTES:
        bytes = gyre_column_bytes(left, l, &length);
        right_bytes = gyre_column_bytes(right, r, &right_length);
        return length == right_length && (length == 0 || memcmp(bytes, right_bytes, length) == 0);
    case GYRE__LIST:
        length = (size_t)(left->offsets[l + 1] - left->offsets[l]);
        return length == (size_t)(right->offsets[r + 1] - right->offsets[r]) &&
               equal_rows(left->children[0], gyre__child_row(left, l), right->children[0],
                          gyre__child_row(right, r), length, fixed);
    case GYRE__FIXED_LIST:
        return equal_rows(left->children[0], gyre__child_row(left, l), right->children[0],
                          gyre__child_row(right, r), (size_t)left->field->size, fixed);
    default:
        for (size_t i = 0; i < left->child_count; i++)
            if (!equal_rows(left->children[i], gyre__child_row(left, l), right->children[i],
                            gyre__child_row(right, r), 1, fixed))
                return false;
        return true;
    }
}

static bool equal_rows(const gyre_column_t *left, size_t left_row, const gyre_column_t *right,
                       size_t right_row, size_t count, equal_fn fixed)
{
    for (size_t i = 0; i < count; i++) {
        bool null = gyre_column_is_null(left, left_row + i);
        if (null != gyre_column_is_null(right, right_row + i) ||
            (!null && !equal_value(left, left_row + i, right, right_row + i, fixed)))
            return false;
    }
    return true;
}

bool gyre__keys_alike(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r)
{
    return equal_rows(left, l, right, r, 1, equal_numbers);
}

static uint64_t word_at(const char *bytes, size_t width)
{
    uint64_t word = 0;
    memcpy(&word, bytes, width);
    return word;
}

/* Keys are short, mostly: two words that may overlap, instead of a call. */
static bool same_bytes(const char *left, const char *right, size_t length)
{
    if (length >= 4 && length < 8)
        return word_at(left, 4) == word_at(right, 4) &&
               word_at(left + length - 4, 4) == word_at(right + length - 4, 4);
    if (length >= 8 && length <= 16)
        return word_at(left, 8) == word_at(right, 8) &&
               word_at(left + length - 8, 8) == word_at(right + length - 8, 8);
    if (length > 16)
        return memcmp(left, right, length) == 0;
    for (size_t i = 0; i < length; i++)
        if (left[i] != right[i])
            return false;
    return true;
}

static bool alike_bytes(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r)
{
    size_t length, right_length;
    const char *bytes = gyre_column_bytes(left, l, &length);
    const char *right_bytes = gyre_column_bytes(right, r, &right_length);
    return length == right_length && same_bytes(bytes, right_bytes, length);
}

size_t gyre__keys_keep(const gyre_column_t *left, uint32_t *numbers, const gyre_column_t *right,
                       size_t first, uint32_t *rows, size_t count)
{
    bool bytes =
        gyre__layout(left->field->kind) == GYRE__BYTES && !left->validity && !right->validity;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        if (bytes ? alike_bytes(left, numbers[row], right, first + row)
                  : gyre__keys_alike(left, numbers[row], right, first + row))
            rows[kept++] = row;
        else
            numbers[row] = GYRE__KEYS_NONE;
    }
    return kept;
}

bool gyre_column_equal(const gyre_column_t *left, const gyre_column_t *right)
{
    return left == right ||
           (gyre_field_alike(left->field, right->field) && left->length == right->length &&
            left->null_count == right->null_count &&
            equal_rows(left, 0, right, 0, left->length, equal_bits));
}

bool gyre_batch_equal(const gyre_batch_t *left, const gyre_batch_t *right)
{
    if (left == right)
        return true;
    if (left->length != right->length || !gyre_schema_equal(left->schema, right->schema))
        return false;
    for (size_t i = 0; i < left->schema->field_count; i++)
        if (!gyre_column_equal(left->columns[i], right->columns[i]))
            return false;
    return true;
}
