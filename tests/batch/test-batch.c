/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: slices and selections share buffers and show the right rows; sizes; equality; print. */
#include "batch/rows.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(batch, .timeout = 60);

enum { PLANS = 60, ROWS_MAX = 500 };

Test(batch, slices_of_slices_show_their_rows)
{
    random_plan_t random = random_start("batch slices");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        size_t count = random_below(&random, ROWS_MAX), first = 0;
        uint64_t *keys = rows_keys(&random, count);
        const gyre_batch_t *batch = rows_batch(schema, keys, count), *again, *slice;
        size_t bytes = gyre_batch_bytes(batch);
        gyre_schema_release(schema);
        while (count > 0) {
            size_t skip = random_below(&random, count + 1);
            count = random_below(&random, count - skip + 1);
            first += skip;
            cr_assert_eq(gyre_batch_slice(batch, skip, count, &slice), GYRE_OK);
            gyre_batch_release(batch);
            batch = slice;
            rows_check(batch, keys + first, count);
            again = rows_batch(batch->schema, keys + first, count);
            cr_assert(gyre_batch_equal(batch, again));
            cr_assert_geq(gyre_batch_bytes(batch), gyre_batch_bytes(again));
            cr_assert_leq(gyre_batch_bytes(batch), bytes);
            gyre_batch_release(again);
        }
        cr_expect_eq(gyre_batch_slice(batch, 0, batch->length + 1, &slice), GYRE_ERR_RANGE);
        cr_expect_eq(gyre_batch_slice(batch, 1, SIZE_MAX, &slice), GYRE_ERR_RANGE);
        gyre_batch_release(batch);
        free(keys);
    }
}

Test(batch, one_changed_row_is_not_equal)
{
    random_plan_t random = random_start("batch equal");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        size_t count = 1 + random_below(&random, ROWS_MAX);
        uint64_t *keys = rows_keys(&random, count);
        const gyre_batch_t *batch = rows_batch(schema, keys, count), *other;
        keys[random_below(&random, count)] += 1;
        other = rows_batch(schema, keys, count);
        bool differ = false;
        for (size_t i = 0; i < schema->field_count; i++)
            differ |= !gyre_column_equal(batch->columns[i], other->columns[i]);
        cr_assert_eq(gyre_batch_equal(batch, other), !differ);
        cr_assert(gyre_batch_equal(batch, batch));
        gyre_batch_release(batch);
        gyre_batch_release(other);
        gyre_schema_release(schema);
        free(keys);
    }
}

static const gyre_batch_t *small(void)
{
    const gyre_field_t fields[] = {{"n", .kind = GYRE_KIND_INT32},
                                   {"text", .kind = GYRE_KIND_STRING}};
    const gyre_schema_t *schema;
    const gyre_batch_t *batch;
    gyre_builder_t *builder;
    cr_assert_eq(gyre_schema_create(fields, 2, &schema), GYRE_OK);
    cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
    for (int i = 8; i < 11; i++) {
        gyre_builder_append_int32(builder->children[0], i);
        if (i == 9)
            gyre_builder_append_null(builder->children[1], 1);
        else
            gyre_builder_append_bytes(builder->children[1], "a\tb", 3);
    }
    cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
    return batch;
}

static char *printed(const gyre_batch_t *batch, size_t limit)
{
    char *text;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    gyre_batch_print(batch, limit, stream);
    fclose(stream);
    return text;
}

Test(batch, printed_as_a_table)
{
    const gyre_batch_t *batch = small();
    char *all = printed(batch, SIZE_MAX), *one = printed(batch, 1);
    cr_expect_str_eq(all, " n  text\n 8  a\\x09b\n 9  null\n10  a\\x09b\n");
    cr_expect_str_eq(one, "n  text\n8  a\\x09b\n... 2 more\n");
    free(all);
    free(one);
    gyre_batch_release(batch);
}

Test(batch, columns_are_selected)
{
    const gyre_batch_t *batch = small(), *selection;
    const size_t columns[] = {1, 0, 1}, wrong = 2;
    cr_assert_eq(gyre_batch_select(batch, columns, 3, &selection), GYRE_OK);
    cr_expect(selection->columns[0] == batch->columns[1] &&
              selection->columns[1] == batch->columns[0] &&
              selection->columns[2] == batch->columns[1]);
    cr_expect_str_eq(selection->schema->fields[2].name, "text");
    gyre_batch_release(selection);
    cr_expect_eq(gyre_batch_select(batch, &wrong, 1, &selection), GYRE_ERR_RANGE);
    cr_assert_eq(gyre_batch_select(batch, NULL, 0, &selection), GYRE_OK);
    cr_expect_eq(selection->length, 3);
    gyre_batch_release(selection);
    gyre_batch_release(batch);
}

Test(batch, columns_must_fit_the_schema)
{
    const gyre_batch_t *batch = small(), *made;
    const gyre_column_t *turned[] = {batch->columns[1], batch->columns[0]};
    cr_expect_eq(gyre_batch_create(batch->schema, 3, turned, &made), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_create(batch->schema, 2, batch->columns, &made), GYRE_ERR_ARG);
    cr_expect_str_eq(gyre_last_error(), "column 0, \"n\", has 3 rows: expected 2");
    gyre_batch_release(batch);
}

typedef struct value {
    gyre_field_t field;
    int64_t bits;
    const char *text;
} value_t;

Test(batch, values_as_text)
{
    const value_t values[] = {
        {{"v", .kind = GYRE_KIND_DATE32}, 0, "1970-01-01"},
        {{"v", .kind = GYRE_KIND_DATE32}, -1, "1969-12-31"},
        {{"v", .kind = GYRE_KIND_DATE32}, 11016, "2000-02-29"},
        {{"v", .kind = GYRE_KIND_DATE32}, -719529, "-001-12-31"},
        {{"v", .kind = GYRE_KIND_TIMESTAMP}, 951782400, "2000-02-29 00:00:00"},
        {{"v", .kind = GYRE_KIND_TIMESTAMP, .unit = GYRE_TIME_MILLISECOND, .zone = "UTC"},
         -1,
         "1969-12-31 23:59:59.999Z"},
        {{"v", .kind = GYRE_KIND_DECIMAL128, .precision = 5, .scale = 2}, 5, "0.05"},
        {{"v", .kind = GYRE_KIND_DECIMAL128, .precision = 5, .scale = 2}, -12345, "-123.45"},
        {{"v", .kind = GYRE_KIND_DECIMAL128, .precision = 5}, 0, "0"},
        {{"v", .kind = GYRE_KIND_FLOAT16}, 0x3c00, "1"},
        {{"v", .kind = GYRE_KIND_FLOAT16}, 0x8001, "-5.9605e-08"},
        {{"v", .kind = GYRE_KIND_FLOAT16}, 0xfc00, "-inf"},
        {{"v", .kind = GYRE_KIND_UINT64}, -1, "18446744073709551615"},
        {{"v", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = 2}, 0x0a1f, "0x1f0a"},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        const int64_t bits[] = {values[i].bits, values[i].bits >> 63};
        const gyre_schema_t *schema;
        const gyre_batch_t *batch;
        gyre_builder_t *builder;
        char expected[64];
        cr_assert_eq(gyre_schema_create(&values[i].field, 1, &schema), GYRE_OK);
        cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
        cr_assert_eq(gyre_builder_append(builder->children[0], bits, 1), GYRE_OK);
        cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
        char *text = printed(batch, 1);
        snprintf(expected, sizeof(expected), "%s\n", values[i].text);
        cr_expect_str_eq(strchr(text, '\n') + 1, expected);
        free(text);
        gyre_batch_release(batch);
        gyre_builder_destroy(builder);
        gyre_schema_release(schema);
    }
}
