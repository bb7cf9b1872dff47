/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/order.h"

#include <math.h>
#include <string.h>

static int sign(long double difference)
{
    return (difference > 0) - (difference < 0);
}

static int compare_numbers(double left, double right)
{
    if (isnan(left) || isnan(right))
        return !!isnan(left) - !!isnan(right);
    return (left > right) - (left < right);
}

static double half(const gyre_column_t *column, size_t row)
{
    uint16_t bits = ((const uint16_t *)column->values)[row];
    int exponent = (bits >> 10) & 31, fraction = bits & 1023;
    double value = exponent == 0    ? ldexp(fraction, -24)
                   : exponent == 31 ? (fraction ? NAN : INFINITY)
                                    : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -value : value;
}

static int compare_bytes(const void *left, size_t left_length, const void *right,
                         size_t right_length)
{
    const unsigned char *l = left, *r = right;
    for (size_t i = 0; i < left_length && i < right_length; i++)
        if (l[i] != r[i])
            return l[i] < r[i] ? -1 : 1;
    return (left_length > right_length) - (left_length < right_length);
}

static int compare_rows(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r);

static int compare_lists(const gyre_column_t *left, size_t l, size_t l_end,
                         const gyre_column_t *right, size_t r, size_t r_end)
{
    for (; l < l_end && r < r_end; l++, r++) {
        int order = compare_rows(left, l, right, r);
        if (order)
            return order;
    }
    return (l < l_end) - (r < r_end);
}

static int compare_structs(const gyre_column_t *left, size_t l, const gyre_column_t *right,
                           size_t r)
{
    int order = 0;
    for (size_t i = 0; i < left->child_count && order == 0; i++)
        order = compare_rows(left->children[i], left->offset + l, right->children[i],
                             right->offset + r);
    return order;
}

static int compare_decimals(const gyre_column_t *left, size_t l, const gyre_column_t *right,
                            size_t r)
{
    __int128 a, b;
    memcpy(&a, (const char *)left->values + l * sizeof(a), sizeof(a));
    memcpy(&b, (const char *)right->values + r * sizeof(b), sizeof(b));
    return (a > b) - (a < b);
}

#define NUMBERS(type) sign((long double)((const type *)a)[l] - (long double)((const type *)b)[r])
#define FLOATS(type)  compare_numbers(((const type *)a)[l], ((const type *)b)[r])

static int compare_values(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r)
{
    const char *a = left->values, *b = right->values;
    size_t l_size = (size_t)left->field->size, r_size = l_size;
    switch (left->field->kind) {
    case GYRE_KIND_BOOL:
        return gyre_column_bool(left, l) - gyre_column_bool(right, r);
    case GYRE_KIND_INT8:
        return NUMBERS(int8_t);
    case GYRE_KIND_INT16:
        return NUMBERS(int16_t);
    case GYRE_KIND_INT32:
    case GYRE_KIND_DATE32:
        return NUMBERS(int32_t);
    case GYRE_KIND_INT64:
    case GYRE_KIND_TIMESTAMP:
        return NUMBERS(int64_t);
    case GYRE_KIND_UINT8:
        return NUMBERS(uint8_t);
    case GYRE_KIND_UINT16:
        return NUMBERS(uint16_t);
    case GYRE_KIND_UINT32:
        return NUMBERS(uint32_t);
    case GYRE_KIND_UINT64:
        return NUMBERS(uint64_t);
    case GYRE_KIND_FLOAT16:
        return compare_numbers(half(left, l), half(right, r));
    case GYRE_KIND_FLOAT32:
        return FLOATS(float);
    case GYRE_KIND_FLOAT64:
        return FLOATS(double);
    case GYRE_KIND_DECIMAL128:
        return compare_decimals(left, l, right, r);
    case GYRE_KIND_FIXED_SIZE_BINARY:
        return compare_bytes(a + l * l_size, l_size, b + r * r_size, r_size);
    case GYRE_KIND_STRING:
    case GYRE_KIND_BINARY:
        a = gyre_column_bytes(left, l, &l_size);
        b = gyre_column_bytes(right, r, &r_size);
        return compare_bytes(a, l_size, b, r_size);
    case GYRE_KIND_LIST:
        return compare_lists(left->children[0], (size_t)left->offsets[l],
                             (size_t)left->offsets[l + 1], right->children[0],
                             (size_t)right->offsets[r], (size_t)right->offsets[r + 1]);
    case GYRE_KIND_FIXED_SIZE_LIST:
        l = (left->offset + l) * l_size;
        r = (right->offset + r) * r_size;
        return compare_lists(left->children[0], l, l + l_size, right->children[0], r, r + r_size);
    default:
        return compare_structs(left, l, right, r);
    }
}

static int compare_rows(const gyre_column_t *left, size_t l, const gyre_column_t *right, size_t r)
{
    bool left_null = gyre_column_is_null(left, l), right_null = gyre_column_is_null(right, r);
    return left_null || right_null ? right_null - left_null : compare_values(left, l, right, r);
}

int order_compare(const gyre_batch_t *left, size_t left_row, const gyre_batch_t *right,
                  size_t right_row, const gyre_sort_key_t *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const gyre_column_t *l = left->columns[keys[i].column], *r = right->columns[keys[i].column];
        int order = compare_rows(l, left_row, r, right_row);
        bool null = gyre_column_is_null(l, left_row) || gyre_column_is_null(r, right_row);
        if (order)
            return (null ? keys[i].nulls_last : keys[i].descending) ? -order : order;
    }
    return 0;
}

size_t order_keys(random_plan_t *random, const gyre_schema_t *schema, gyre_sort_key_t *keys)
{
    size_t count = 1 + random_below(random, ORDER_KEYS_MAX);
    for (size_t i = 0; i < count; i++)
        keys[i] = (gyre_sort_key_t){.column = random_below(random, schema->field_count),
                                    .descending = random_below(random, 2),
                                    .nulls_last = random_below(random, 2)};
    return count;
}
