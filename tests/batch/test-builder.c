/* SPDX-License-Identifier: Apache-2.0 */
/* Builders against keys: value by value, in bulk, by rows of other columns; what is refused. */
#include "batch/rows.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(builder, .timeout = 60);

enum { PLANS = 60, ROWS_MAX = 700 };

Test(builder, rows_are_what_was_appended)
{
    random_plan_t random = random_start("builder");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        size_t count = random_below(&random, ROWS_MAX);
        uint64_t *keys = rows_keys(&random, count);
        const gyre_batch_t *batch = rows_batch(schema, keys, count);
        rows_check(batch, keys, count);
        gyre_batch_release(batch);
        gyre_schema_release(schema);
        free(keys);
    }
}

Test(builder, rows_of_batches_and_of_keys_mix)
{
    random_plan_t random = random_start("builder append");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        uint64_t *source_keys = rows_keys(&random, ROWS_MAX), *keys = rows_keys(&random, ROWS_MAX);
        const gyre_batch_t *source = rows_batch(schema, source_keys, ROWS_MAX), *slice, *batch;
        gyre_builder_t *builder;
        cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
        size_t start = random_below(&random, ROWS_MAX), rows = 0;
        cr_assert_eq(gyre_batch_slice(source, start, ROWS_MAX - start, &slice), GYRE_OK);
        while (rows < ROWS_MAX) {
            size_t first = random_below(&random, slice->length);
            size_t count = random_below(&random, slice->length - first + 1);
            if (count > ROWS_MAX - rows)
                count = ROWS_MAX - rows;
            cr_assert_eq(gyre_builder_append_batch(builder, slice, first, count), GYRE_OK, "%s",
                         gyre_last_error());
            memcpy(keys + rows, source_keys + start + first, count * sizeof(*keys));
            rows += count;
            if (rows < ROWS_MAX)
                rows_put_batch(builder, keys[rows]);
            rows += rows < ROWS_MAX;
        }
        cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
        rows_check(batch, keys, rows);
        gyre_builder_destroy(builder);
        gyre_batch_release(batch);
        gyre_batch_release(slice);
        gyre_batch_release(source);
        gyre_schema_release(schema);
        free(keys);
        free(source_keys);
    }
}

/* What a partitioner does: each row to one of several builders; some rows several times. */
Test(builder, rows_are_scattered)
{
    enum { PARTS = 3 };
    random_plan_t random = random_start("builder rows");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        uint64_t *source_keys = rows_keys(&random, ROWS_MAX), *keys[PARTS];
        const gyre_batch_t *source = rows_batch(schema, source_keys, ROWS_MAX), *slice, *batch;
        gyre_builder_t *builders[PARTS];
        uint32_t rows[ROWS_MAX];
        size_t start = random_below(&random, ROWS_MAX), lengths[PARTS] = {0};
        cr_assert_eq(gyre_batch_slice(source, start, ROWS_MAX - start, &slice), GYRE_OK);
        for (int part = 0; part < PARTS; part++) {
            cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builders[part]), GYRE_OK);
            keys[part] = rows_keys(&random, 8 * ROWS_MAX);
        }
        for (int turn = 0; turn < 8; turn++) {
            size_t part = random_below(&random, PARTS), count = random_below(&random, ROWS_MAX);
            for (size_t i = 0; i < count; i++) {
                rows[i] = (uint32_t)random_below(&random, slice->length);
                keys[part][lengths[part]++] = source_keys[start + rows[i]];
            }
            cr_assert_eq(gyre_builder_append_rows(builders[part], slice, rows, count), GYRE_OK,
                         "%s", gyre_last_error());
        }
        rows[0] = (uint32_t)slice->length;
        cr_assert_eq(gyre_builder_append_rows(builders[0], slice, rows, 1), GYRE_ERR_RANGE);
        for (int part = 0; part < PARTS; part++) {
            cr_assert_eq(gyre_builder_finish_batch(builders[part], &batch), GYRE_OK);
            rows_check(batch, keys[part], lengths[part]);
            gyre_batch_release(batch);
            gyre_builder_destroy(builders[part]);
            free(keys[part]);
        }
        gyre_batch_release(slice);
        gyre_batch_release(source);
        gyre_schema_release(schema);
        free(source_keys);
    }
}

static gyre_builder_t *builder_of(gyre_field_t field)
{
    gyre_builder_t *builder;
    cr_assert_eq(gyre_builder_create(&field, NULL, &builder), GYRE_OK, "%s", gyre_last_error());
    return builder;
}

Test(builder, values_in_bulk_and_one_by_one)
{
    gyre_builder_t *builder = builder_of((gyre_field_t){"n", .kind = GYRE_KIND_INT64});
    const int64_t some[] = {1, 2, 3};
    const gyre_column_t *column;
    void *place;
    cr_assert_eq(gyre_builder_reserve(builder, 1000, 0), GYRE_OK);
    const void *values = builder->values;
    for (int64_t i = 0; i < 300; i++)
        cr_assert_eq(gyre_builder_append_int64(builder, i), GYRE_OK);
    cr_assert_eq(gyre_builder_append(builder, some, 3), GYRE_OK);
    cr_assert_eq(gyre_builder_append_null(builder, 2), GYRE_OK);
    cr_assert_eq(gyre_builder_extend(builder, 2, &place), GYRE_OK);
    memcpy(place, some, 2 * sizeof(*some));
    cr_assert_eq(builder->values, values, "reserved room does not move");
    cr_assert_eq(gyre_builder_finish(builder, &column), GYRE_OK);
    cr_assert_eq(column->values, values, "finishing does not copy");
    cr_assert_eq((uintptr_t)values % GYRE_BUFFER_ALIGN, 0);
    const int64_t *numbers = column->values;
    cr_assert_eq(column->length, 307);
    cr_assert_eq(column->null_count, 2);
    cr_assert(numbers[299] == 299 && numbers[302] == 3 && numbers[306] == 2);
    cr_assert(!gyre_column_is_null(column, 302) && gyre_column_is_null(column, 303) &&
              gyre_column_is_null(column, 304) && !gyre_column_is_null(column, 305));
    gyre_column_release(column);
    cr_assert_eq(builder->length, 0);
    cr_assert_eq(gyre_builder_append_int64(builder, 9), GYRE_OK);
    cr_assert_eq(gyre_builder_finish(builder, &column), GYRE_OK);
    cr_assert(column->length == 1 && !column->validity);
    gyre_column_release(column);
    gyre_builder_destroy(builder);
}

Test(builder, kinds_are_not_mixed_up)
{
    gyre_builder_t *text = builder_of((gyre_field_t){"text", .kind = GYRE_KIND_STRING});
    gyre_builder_t *day =
        builder_of((gyre_field_t){"day", .kind = GYRE_KIND_DATE32, .required = true});
    gyre_builder_t *key =
        builder_of((gyre_field_t){"key", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = 4});
    const gyre_column_t *column;
    cr_expect_eq(gyre_builder_append_int64(text, 1), GYRE_ERR_ARG);
    cr_expect_str_eq(gyre_last_error(), "column \"text\" is a string: it takes no int64");
    cr_expect_eq(gyre_builder_append_int32(day, 1), GYRE_OK);
    cr_expect_eq(gyre_builder_append_int64(day, 1), GYRE_ERR_ARG);
    cr_expect_eq(gyre_builder_append_null(day, 1), GYRE_ERR_ARG);
    cr_expect_eq(gyre_builder_append_bytes(day, "x", 1), GYRE_ERR_ARG);
    cr_expect_eq(gyre_builder_append_bytes(key, "1234", 4), GYRE_OK);
    cr_expect_eq(gyre_builder_append_bytes(key, "12345", 5), GYRE_ERR_ARG);
    cr_expect_eq(gyre_builder_end(day), GYRE_ERR_ARG);
    cr_expect_eq(gyre_builder_finish(text, &column), GYRE_OK);
    cr_expect_eq(gyre_builder_append_column(day, column, 0, 0), GYRE_ERR_ARG);
    cr_expect_eq(day->length, 1);
    gyre_column_release(column);
    gyre_builder_destroy(text);
    gyre_builder_destroy(day);
    gyre_builder_destroy(key);
}

Test(builder, rows_must_be_whole)
{
    const gyre_field_t parts[] = {{"a", .kind = GYRE_KIND_INT32}, {"b", .kind = GYRE_KIND_STRING}};
    gyre_builder_t *record = builder_of(
        (gyre_field_t){"r", .kind = GYRE_KIND_STRUCT, .child_count = 2, .children = parts});
    gyre_builder_t *list = builder_of(
        (gyre_field_t){"l", .kind = GYRE_KIND_LIST, .child_count = 1, .children = parts});
    const gyre_column_t *column = NULL;
    cr_expect_eq(gyre_builder_append_int32(record->children[0], 1), GYRE_OK);
    cr_expect_eq(gyre_builder_end(record), GYRE_ERR_STATE);
    cr_expect_eq(gyre_builder_finish(record, &column), GYRE_ERR_STATE);
    cr_expect_eq(gyre_builder_append_bytes(record->children[1], "x", 1), GYRE_OK);
    cr_expect_eq(gyre_builder_end(record), GYRE_OK);
    cr_expect_eq(gyre_builder_finish(record, &column), GYRE_OK);
    cr_expect_eq(column->length, 1);
    gyre_column_release(column);
    cr_expect_eq(gyre_builder_append_int32(list->children[0], 1), GYRE_OK);
    cr_expect_eq(gyre_builder_finish(list, &column), GYRE_ERR_STATE);
    cr_expect_not_null(strstr(gyre_last_error(), "expected 0"));
    gyre_builder_destroy(record);
    gyre_builder_destroy(list);
}

Test(builder, columns_of_a_batch_are_equally_long)
{
    const gyre_field_t fields[] = {{"a", .kind = GYRE_KIND_INT32}, {"b", .kind = GYRE_KIND_INT8}};
    const gyre_schema_t *schema;
    const gyre_batch_t *batch;
    gyre_builder_t *builder;
    cr_assert_eq(gyre_schema_create(fields, 2, &schema), GYRE_OK);
    cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
    cr_expect_eq(gyre_builder_append_int32(builder->children[0], 1), GYRE_OK);
    cr_expect_eq(gyre_builder_finish_batch(builder, &batch), GYRE_ERR_STATE);
    cr_expect_eq(gyre_builder_finish_batch(builder->children[0], &batch), GYRE_ERR_ARG);
    cr_expect_eq(gyre_builder_append_int8(builder->children[1], 1), GYRE_OK);
    cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
    cr_expect_eq(batch->length, 1);
    gyre_batch_release(batch);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
}

Test(builder, nulls_do_not_come_to_required_columns)
{
    gyre_builder_t *any = builder_of((gyre_field_t){"n", .kind = GYRE_KIND_INT8});
    gyre_builder_t *none =
        builder_of((gyre_field_t){"n", .kind = GYRE_KIND_INT8, .required = true});
    const gyre_column_t *column;
    cr_expect_eq(gyre_builder_append_int8(any, 1), GYRE_OK);
    cr_expect_eq(gyre_builder_append_null(any, 1), GYRE_OK);
    cr_assert_eq(gyre_builder_finish(any, &column), GYRE_OK);
    cr_expect_eq(gyre_builder_append_column(none, column, 0, 2), GYRE_ERR_ARG);
    cr_expect_eq(none->length, 0);
    cr_expect_eq(gyre_builder_append_column(none, column, 0, 1), GYRE_OK);
    gyre_column_release(column);
    gyre_builder_destroy(any);
    gyre_builder_destroy(none);
}

/* Bytes that are there in the address space only. */
Test(builder, text_beyond_32_bits_is_refused)
{
    gyre_builder_t *text = builder_of((gyre_field_t){"text", .kind = GYRE_KIND_STRING});
    cr_expect_eq(gyre_builder_append_bytes(text, "abc", 3), GYRE_OK);
    cr_expect_eq(gyre_builder_append_bytes(text, "", (size_t)INT32_MAX - 2), GYRE_ERR_RANGE);
    cr_expect_str_eq(gyre_last_error(), "column \"text\" has 3 bytes: 2147483645 more would exceed "
                                        "2^31 - 1");
    cr_expect_eq(gyre_builder_reserve(text, 0, SIZE_MAX), GYRE_ERR_RANGE);
    cr_expect_eq(gyre_builder_reserve(text, SIZE_MAX / 2, 0), GYRE_ERR_NO_MEMORY);
    cr_expect_eq(text->length, 1);
    gyre_builder_destroy(text);
}

typedef struct purse {
    int blocks, left; /* allocated; that may still be */
} purse_t;

static gyre_status_t purse_alloc(void *arg, size_t size, void **data, void **context)
{
    purse_t *purse = arg;
    if (purse->left == 0)
        return GYRE_ERR_NO_RESOURCE;
    purse->left--;
    purse->blocks++;
    *data = aligned_alloc(GYRE_BUFFER_ALIGN, size);
    *context = purse;
    return GYRE_OK;
}

static void purse_release(void *context, void *data, size_t size)
{
    ((purse_t *)context)->blocks--;
    free(data);
}

/* After each failure the builder is as it was, and goes on when there is memory again. */
Test(builder, memory_that_runs_out_changes_nothing)
{
    random_plan_t random = random_start("builder memory");
    for (int plan = 0; plan < PLANS; plan++) {
        purse_t purse = {0, 0};
        const gyre_allocator_t allocator = {purse_alloc, purse_release, &purse};
        const gyre_schema_t *schema = rows_schema(&random);
        uint64_t *keys = rows_keys(&random, ROWS_MAX);
        const gyre_batch_t *source = rows_batch(schema, keys, ROWS_MAX), *batch;
        gyre_builder_t *builder;
        cr_assert_eq(gyre_builder_create_batch(schema, &allocator, &builder), GYRE_OK);
        for (size_t row = 0; row < ROWS_MAX;) {
            size_t count = random_below(&random, ROWS_MAX - row + 1);
            uint32_t rows[ROWS_MAX];
            for (size_t i = 0; i < count; i++)
                rows[i] = (uint32_t)(row + i);
            purse.left = (int)random_below(&random, 4);
            gyre_status_t status = plan % 2
                                       ? gyre_builder_append_batch(builder, source, row, count)
                                       : gyre_builder_append_rows(builder, source, rows, count);
            if (status == GYRE_OK)
                row += count;
            else
                cr_assert_eq(status, GYRE_ERR_NO_RESOURCE);
        }
        cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
        rows_check(batch, keys, ROWS_MAX);
        gyre_builder_destroy(builder);
        gyre_batch_release(batch);
        cr_assert_eq(purse.blocks, 0);
        gyre_batch_release(source);
        gyre_schema_release(schema);
        free(keys);
    }
}
