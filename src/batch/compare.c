/* SPDX-License-Identifier: Apache-2.0 */
/* The order of two rows. */
#include "batch/compare.h"

#include "base/error.h"
#include "batch/column.h"
#include "batch/word.h"

static int compare_words(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r)
{
    gyre_kind_t kind = left->field->kind;
    for (size_t depth = 0;; depth++) {
        uint64_t left_word = gyre__word(left, kind, l, depth);
        uint64_t right_word = gyre__word(right, kind, r, depth);
        if (left_word != right_word)
            return left_word < right_word ? -1 : 1;
        if (!gyre__word_goes_on(left->field, left_word, depth))
            return 0;
    }
}

static int compare_size(size_t left, size_t right)
{
    return (left > right) - (left < right);
}

static int compare_bytes(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r)
{
    size_t left_length, right_length;
    const char *left_bytes = gyre_column_bytes(left, l, &left_length);
    const char *right_bytes = gyre_column_bytes(right, r, &right_length);
    size_t common = left_length < right_length ? left_length : right_length;
    int order = common > 0 ? memcmp(left_bytes, right_bytes, common) : 0;
    return order ? order : compare_size(left_length, right_length);
}

static int compare_value(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r);

static int compare_items(const gyre_column_t *left, size_t l, size_t left_count,
                         const gyre_column_t *right, size_t r, size_t right_count)
{
    for (size_t i = 0; i < left_count && i < right_count; i++) {
        bool left_null = gyre_column_is_null(left, l + i);
        bool right_null = gyre_column_is_null(right, r + i);
        int order = left_null || right_null ? right_null - left_null
                                            : compare_value(left, l + i, right, r + i);
        if (order)
            return order;
    }
    return compare_size(left_count, right_count);
}

static size_t item_count(const gyre_column_t *column, size_t row)
{
    switch (gyre__layout(column->field->kind)) {
    case GYRE__LIST:
        return (size_t)(column->offsets[row + 1] - column->offsets[row]);
    case GYRE__FIXED_LIST:
        return (size_t)column->field->size;
    default:
        return 1;
    }
}

/* One value of each, neither null. */
static int compare_value(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r)
{
    if (gyre__layout(left->field->kind) == GYRE__BYTES)
        return compare_bytes(left, l, right, r);
    if (gyre__has_words(left->field->kind))
        return compare_words(left, l, right, r);
    int order = 0;
    for (size_t i = 0; order == 0 && i < left->child_count; i++)
        order = compare_items(left->children[i], gyre__child_row(left, l), item_count(left, l),
                              right->children[i], gyre__child_row(right, r), item_count(right, r));
    return order;
}

static int compare_key(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r,
                       const gyre_sort_key_t *key)
{
    bool left_null = gyre_column_is_null(left, l), right_null = gyre_column_is_null(right, r);
    if (left_null || right_null)
        return key->nulls_last ? left_null - right_null : right_null - left_null;
    int order = compare_value(left, l, right, r);
    return key->descending ? -order : order;
}

int gyre_batch_compare(const gyre_batch_t *left, size_t left_row, const gyre_batch_t *right,
                       size_t right_row, const gyre_sort_key_t *keys, size_t count)
{
    int order = 0;
    for (size_t i = 0; order == 0 && i < count; i++)
        order = compare_key(left->columns[keys[i].column], left_row, right->columns[keys[i].column],
                            right_row, &keys[i]);
    return order;
}

gyre_status_t gyre__sort_keys_check(const gyre_schema_t *schema, const gyre_sort_key_t *keys,
                                    size_t count)
{
    if (!keys || count == 0)
        return gyre__error(GYRE_ERR_ARG, "no keys to sort by");
    for (size_t i = 0; i < count; i++)
        if (keys[i].column >= schema->field_count)
            return gyre__error(GYRE_ERR_RANGE, "sort key %zu is column %zu of %zu", i,
                               keys[i].column, schema->field_count);
    return GYRE_OK;
}

uint64_t gyre__first_word(const gyre_batch_t *batch, size_t row, const gyre_sort_key_t *key)
{
    const gyre_column_t *column = batch->columns[key->column];
    if (gyre_column_is_null(column, row))
        return key->nulls_last ? UINT64_MAX : 0;
    if (!gyre__has_words(column->field->kind))
        return 0;
    uint64_t word = gyre__word(column, column->field->kind, row, 0);
    return key->descending ? ~word : word;
}

/* Looks ever further, then halves. */
size_t gyre__equal_end(const gyre_batch_t *batch, size_t first, const gyre_batch_t *other,
                       size_t row, const gyre_sort_key_t *keys, size_t count)
{
    size_t low = first, high, step = 1;
    while (step <= batch->length - low &&
           gyre_batch_compare(batch, low + step - 1, other, row, keys, count) == 0) {
        low += step;
        step = low - first;
    }
    high = step <= batch->length - low ? low + step - 1 : batch->length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (gyre_batch_compare(batch, middle, other, row, keys, count) == 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
