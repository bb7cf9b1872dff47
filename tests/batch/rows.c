/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/rows.h"

#include <criterion/criterion.h>
#include <string.h>

enum { BYTES_MAX = 40 };

uint64_t rows_key(uint64_t key, size_t i)
{
    random_plan_t plan = {key + 77 * i};
    return key == ROWS_NULL ? key : random_next(&plan) >> 1;
}

static bool is_null(const gyre_field_t *field, uint64_t key)
{
    return key == ROWS_NULL || (!field->required && key % 5 == 0);
}

/* What fills a value: the key's stream of bytes. */
static void fill(unsigned char *bytes, size_t length, uint64_t key)
{
    random_plan_t plan = {key};
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)random_next(&plan);
}

static size_t length_of(const gyre_field_t *field, uint64_t key)
{
    size_t width = gyre_field_width(field);
    switch (field->kind) {
    case GYRE_KIND_STRING:
    case GYRE_KIND_BINARY:
        return key % 7 == 0 ? 0 : key / 7 % BYTES_MAX;
    case GYRE_KIND_LIST:
        return key / 5 % 4;
    case GYRE_KIND_FIXED_SIZE_LIST:
        return (size_t)field->size;
    default:
        return width;
    }
}

static void put_value(gyre_builder_t *builder, uint64_t key)
{
    unsigned char bytes[BYTES_MAX + 64];
    size_t length = length_of(builder->field, key);
    if (builder->child_count == 0)
        fill(bytes, length + 1, key);
    switch (builder->kind) {
    case GYRE_KIND_BOOL:
        cr_assert_eq(gyre_builder_append_bool(builder, bytes[0] & 1), GYRE_OK);
        break;
    case GYRE_KIND_STRING:
    case GYRE_KIND_BINARY:
        cr_assert_eq(gyre_builder_append_bytes(builder, bytes, length), GYRE_OK);
        break;
    case GYRE_KIND_LIST:
    case GYRE_KIND_FIXED_SIZE_LIST:
        for (size_t i = 0; i < length; i++)
            rows_put(builder->children[0], rows_key(key, i));
        cr_assert_eq(gyre_builder_end(builder), GYRE_OK);
        break;
    case GYRE_KIND_STRUCT:
        for (size_t i = 0; i < builder->child_count; i++)
            rows_put(builder->children[i], rows_key(key, i));
        cr_assert_eq(gyre_builder_end(builder), GYRE_OK);
        break;
    default:
        cr_assert_eq(gyre_builder_append(builder, bytes, 1), GYRE_OK);
    }
}

void rows_put(gyre_builder_t *builder, uint64_t key)
{
    if (is_null(builder->field, key))
        cr_assert_eq(gyre_builder_append_null(builder, 1), GYRE_OK, "%s", gyre_last_error());
    else
        put_value(builder, key);
}

void rows_put_batch(gyre_builder_t *builder, uint64_t key)
{
    for (size_t i = 0; i < builder->child_count; i++)
        rows_put(builder->children[i], rows_key(key, i));
}

const gyre_batch_t *rows_batch(const gyre_schema_t *schema, const uint64_t *keys, size_t count)
{
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
    for (size_t i = 0; i < count; i++)
        rows_put_batch(builder, keys[i]);
    cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK, "%s", gyre_last_error());
    gyre_builder_destroy(builder);
    return batch;
}

static void check_row(const gyre_column_t *column, size_t row, uint64_t key);

static void check_bytes(const gyre_column_t *column, size_t row, uint64_t key)
{
    unsigned char expected[BYTES_MAX + 64];
    size_t wanted = length_of(column->field, key), length = wanted;
    const char *bytes = column->values;
    if (column->offsets)
        bytes = gyre_column_bytes(column, row, &length);
    else
        bytes += row * wanted;
    cr_assert_eq(length, wanted, "row %zu has %zu bytes, expected %zu", row, length, wanted);
    fill(expected, wanted, key);
    cr_assert(length == 0 || memcmp(bytes, expected, length) == 0, "row %zu", row);
}

static void check_value(const gyre_column_t *column, size_t row, uint64_t key)
{
    unsigned char expected;
    size_t length = length_of(column->field, key), first = (column->offset + row) * length;
    switch (column->field->kind) {
    case GYRE_KIND_BOOL:
        fill(&expected, 1, key);
        cr_assert_eq(gyre_column_bool(column, row), expected & 1, "row %zu", row);
        break;
    case GYRE_KIND_LIST:
        first = (size_t)column->offsets[row];
        cr_assert_eq((size_t)column->offsets[row + 1] - first, length, "row %zu", row);
        /* fall through */
    case GYRE_KIND_FIXED_SIZE_LIST:
        for (size_t i = 0; i < length; i++)
            check_row(column->children[0], first + i, rows_key(key, i));
        break;
    case GYRE_KIND_STRUCT:
        for (size_t i = 0; i < column->child_count; i++)
            check_row(column->children[i], column->offset + row, rows_key(key, i));
        break;
    default:
        check_bytes(column, row, key);
    }
}

static void check_row(const gyre_column_t *column, size_t row, uint64_t key)
{
    cr_assert_lt(row, column->length);
    cr_assert_eq(gyre_column_is_null(column, row), is_null(column->field, key),
                 "row %zu of a %s is%s null", row, gyre_kind_name(column->field->kind),
                 gyre_column_is_null(column, row) ? "" : " not");
    if (!is_null(column->field, key))
        check_value(column, row, key);
}

void rows_check_column(const gyre_column_t *column, const uint64_t *keys, size_t count)
{
    size_t nulls = 0;
    cr_assert_eq(column->length, count);
    for (size_t i = 0; i < count; i++) {
        check_row(column, i, keys[i]);
        nulls += is_null(column->field, keys[i]);
    }
    cr_assert_eq(column->null_count, nulls);
    cr_assert_eq(column->validity != NULL, nulls > 0);
}

void rows_check(const gyre_batch_t *batch, const uint64_t *keys, size_t count)
{
    uint64_t *own = malloc((count + 1) * sizeof(*own));
    cr_assert_not_null(own);
    cr_assert_eq(batch->length, count);
    for (size_t c = 0; c < batch->schema->field_count; c++) {
        for (size_t i = 0; i < count; i++)
            own[i] = rows_key(keys[i], c);
        rows_check_column(batch->columns[c], own, count);
    }
    free(own);
}

uint64_t *rows_keys(random_plan_t *random, size_t count)
{
    uint64_t *keys = malloc((count + 1) * sizeof(*keys));
    cr_assert_not_null(keys);
    for (size_t i = 0; i < count; i++)
        keys[i] = random_next(random) >> 1;
    return keys;
}

static const gyre_field_t inner[] = {
    {"flag", .kind = GYRE_KIND_BOOL},
    {"text", .kind = GYRE_KIND_STRING, .required = true},
    {"pair", .kind = GYRE_KIND_FIXED_SIZE_LIST, .size = 2, .child_count = 1,
     .children = &(const gyre_field_t){"item", .kind = GYRE_KIND_FLOAT32}},
};
static const gyre_field_t words = {"item", .kind = GYRE_KIND_LIST, .child_count = 1,
                                   .children =
                                       &(const gyre_field_t){"item", .kind = GYRE_KIND_STRING}};
static const gyre_field_t records = {"item", .kind = GYRE_KIND_STRUCT, .child_count = 3,
                                     .children = inner};
static const gyre_field_t all[] = {
    {"bool", .kind = GYRE_KIND_BOOL},
    {"int8", .kind = GYRE_KIND_INT8},
    {"int16", .kind = GYRE_KIND_INT16, .required = true},
    {"int32", .kind = GYRE_KIND_INT32},
    {"int64", .kind = GYRE_KIND_INT64},
    {"uint8", .kind = GYRE_KIND_UINT8},
    {"uint16", .kind = GYRE_KIND_UINT16},
    {"uint32", .kind = GYRE_KIND_UINT32},
    {"uint64", .kind = GYRE_KIND_UINT64, .required = true},
    {"float16", .kind = GYRE_KIND_FLOAT16},
    {"float32", .kind = GYRE_KIND_FLOAT32},
    {"float64", .kind = GYRE_KIND_FLOAT64},
    {"date", .kind = GYRE_KIND_DATE32},
    {"moment", .kind = GYRE_KIND_TIMESTAMP, .unit = GYRE_TIME_MICROSECOND, .zone = "Europe/Berlin"},
    {"amount", .kind = GYRE_KIND_DECIMAL128, .precision = 20, .scale = 2},
    {"key", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = 10},
    {"name", .kind = GYRE_KIND_STRING},
    {"blob", .kind = GYRE_KIND_BINARY, .required = true},
    {"empty", .kind = GYRE_KIND_STRUCT},
    {"record", .kind = GYRE_KIND_STRUCT, .child_count = 3, .children = inner},
    {"lists", .kind = GYRE_KIND_LIST, .child_count = 1, .children = &words},
    {"records", .kind = GYRE_KIND_LIST, .child_count = 1, .children = &records},
    {"flags", .kind = GYRE_KIND_FIXED_SIZE_LIST, .size = 3, .child_count = 1, .children = inner},
    {"matrix", .kind = GYRE_KIND_FIXED_SIZE_LIST, .size = 2, .child_count = 1, .children = &words},
};
enum { ALL = sizeof(all) / sizeof(*all), FEW = 6 };

const gyre_schema_t *rows_schema(random_plan_t *random)
{
    gyre_field_t few[FEW];
    const gyre_schema_t *schema;
    size_t count = 1 + random_below(random, FEW);
    for (size_t i = 0; i < count; i++)
        few[i] = all[random_below(random, ALL)];
    bool every = random_below(random, 4) == 0;
    cr_assert_eq(gyre_schema_create(every ? all : few, every ? ALL : count, &schema), GYRE_OK, "%s",
                 gyre_last_error());
    return schema;
}
