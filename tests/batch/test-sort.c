/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting: the rows are all there, in order, and stay where they are equal. */
#include "batch/order.h"
#include "batch/rows.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

TestSuite(sort, .timeout = 100);

enum { PLANS = 100, ROWS_MAX = 700, MANY = 150000 };

static void check_order(const gyre_batch_t *batch, const gyre_sort_key_t *keys, size_t count)
{
    uint32_t *order = malloc((batch->length + 1) * sizeof(*order));
    bool *seen = calloc(batch->length + 1, sizeof(*seen));
    cr_assert_eq(gyre_batch_sort_indices(batch, keys, count, order), GYRE_OK, "%s",
                 gyre_last_error());
    for (size_t i = 0; i < batch->length; i++) {
        cr_assert_lt(order[i], batch->length);
        cr_assert(!seen[order[i]], "row %u comes twice", (unsigned)order[i]);
        seen[order[i]] = true;
        int compared = i ? order_compare(batch, order[i - 1], batch, order[i], keys, count) : -1;
        cr_assert(compared < 0 || (compared == 0 && order[i - 1] < order[i]),
                  "row %u comes before row %u, and they compare as %d", (unsigned)order[i - 1],
                  (unsigned)order[i], compared);
    }
    const gyre_batch_t *sorted, *taken;
    cr_assert_eq(gyre_batch_sort(batch, keys, count, NULL, &sorted), GYRE_OK);
    cr_assert_eq(gyre_batch_take(batch, order, batch->length, NULL, &taken), GYRE_OK);
    cr_assert(gyre_batch_equal(sorted, taken));
    gyre_batch_release(sorted);
    gyre_batch_release(taken);
    free(order);
    free(seen);
}

/* A slice of a batch with few different rows, so that many are equal. */
static const gyre_batch_t *drawn(random_plan_t *random, const gyre_schema_t *schema)
{
    const gyre_batch_t *batch, *slice;
    size_t count = random_below(random, ROWS_MAX), few = 1 + random_below(random, ROWS_MAX);
    uint64_t *keys = rows_keys(random, count);
    for (size_t i = 0; i < count; i++)
        keys[i] %= few;
    batch = rows_batch(schema, keys, count);
    size_t first = random_below(random, count + 1);
    cr_assert_eq(gyre_batch_slice(batch, first, random_below(random, count - first + 1), &slice),
                 GYRE_OK);
    gyre_batch_release(batch);
    free(keys);
    return slice;
}

Test(sort, rows_of_all_kinds)
{
    random_plan_t random = random_start("sort kinds");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        const gyre_batch_t *batch = drawn(&random, schema);
        gyre_sort_key_t keys[ORDER_KEYS_MAX];
        check_order(batch, keys, order_keys(&random, schema, keys));
        gyre_batch_release(batch);
        gyre_schema_release(schema);
    }
}

Test(sort, rows_of_two_batches_compare)
{
    random_plan_t random = random_start("sort compare");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        const gyre_batch_t *left = drawn(&random, schema), *right = drawn(&random, schema);
        gyre_sort_key_t keys[ORDER_KEYS_MAX];
        size_t count = order_keys(&random, schema, keys);
        for (size_t l = 0; l < left->length && right->length > 0; l++) {
            size_t r = random_below(&random, right->length);
            int order = gyre_batch_compare(left, l, right, r, keys, count);
            cr_assert_eq((order > 0) - (order < 0), order_compare(left, l, right, r, keys, count),
                         "rows %zu and %zu compare as %d", l, r, order);
        }
        gyre_batch_release(left);
        gyre_batch_release(right);
        gyre_schema_release(schema);
    }
}

static const gyre_batch_t *one_column(const gyre_field_t *field, size_t count,
                                      random_plan_t *random,
                                      void (*put)(gyre_builder_t *builder, random_plan_t *random))
{
    const gyre_schema_t *schema;
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    cr_assert_eq(gyre_schema_create(field, 1, &schema), GYRE_OK);
    cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
    for (size_t i = 0; i < count; i++)
        put(builder->children[0], random);
    cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
    return batch;
}

static void check_column(const char *name, const gyre_field_t *field, size_t count,
                         void (*put)(gyre_builder_t *builder, random_plan_t *random))
{
    random_plan_t random = random_start(name);
    const gyre_batch_t *batch = one_column(field, count, &random, put);
    for (int i = 0; i < 4; i++)
        check_order(batch, &(gyre_sort_key_t){0, .descending = i & 1, .nulls_last = i & 2}, 1);
    gyre_batch_release(batch);
}

static void put_double(gyre_builder_t *builder, random_plan_t *random)
{
    static const double values[] = {0.0, -0.0,     1.5, -1.5,      5e-324, -5e-324,
                                    NAN, INFINITY, NAN, -INFINITY, 1e300,  -1e300};
    double value = values[random_below(random, sizeof(values) / sizeof(*values))];
    if (isnan(value) && random_below(random, 2))
        value = copysign(value, -1);
    cr_assert_eq(gyre_builder_append_float64(builder, value), GYRE_OK);
}

Test(sort, zeros_are_equal_and_nan_comes_last)
{
    check_column("sort floats", &(gyre_field_t){"x", .kind = GYRE_KIND_FLOAT64}, 500, put_double);
}

/* Strings that begin alike, with bytes that padding might be confused with. */
static void put_string(gyre_builder_t *builder, random_plan_t *random)
{
    static const char bytes[] = {0, 0, 0, 'a', (char)0xff};
    char text[40];
    size_t length = random_below(random, sizeof(text) + 1);
    for (size_t i = 0; i < length; i++)
        text[i] = bytes[random_below(random, sizeof(bytes))];
    length = random_below(random, 2) ? length : length / 8;
    if (random_below(random, 20) == 0)
        cr_assert_eq(gyre_builder_append_null(builder, 1), GYRE_OK);
    else
        cr_assert_eq(gyre_builder_append_bytes(builder, text, length), GYRE_OK);
}

Test(sort, strings_that_begin_alike)
{
    check_column("sort strings", &(gyre_field_t){"x", .kind = GYRE_KIND_STRING}, 5000, put_string);
}

/* Each a piece of one long string, so that ties lie thousands of words deep. */
static void put_prefix(gyre_builder_t *builder, random_plan_t *random)
{
    static const char zeros[20000];
    cr_assert_eq(gyre_builder_append_bytes(builder, zeros, random_below(random, sizeof(zeros))),
                 GYRE_OK);
}

Test(sort, ties_that_lie_deep)
{
    check_column("sort prefixes", &(gyre_field_t){"x", .kind = GYRE_KIND_BINARY}, 1000, put_prefix);
}

static void put_number(gyre_builder_t *builder, random_plan_t *random)
{
    int shift = random_below(random, 4) ? 0 : (int)random_below(random, 64);
    cr_assert_eq(gyre_builder_append_int64(builder, (int64_t)(random_next(random) >> shift)),
                 GYRE_OK);
}

Test(sort, more_rows_than_the_cache_holds)
{
    check_column("sort many", &(gyre_field_t){"x", .kind = GYRE_KIND_INT64}, MANY, put_number);
}

Test(sort, mistakes_are_refused)
{
    const gyre_field_t field = {"x", .kind = GYRE_KIND_INT64};
    random_plan_t random = {1};
    const gyre_batch_t *batch = one_column(&field, 3, &random, put_number);
    const gyre_sort_key_t key = {.column = 0}, wrong = {.column = 1};
    uint32_t order[3];
    cr_expect_eq(gyre_batch_sort_indices(NULL, &key, 1, order), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_sort_indices(batch, &key, 1, NULL), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_sort_indices(batch, NULL, 0, order), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_sort(batch, &key, 1, NULL, NULL), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_sort_indices(batch, &wrong, 1, order), GYRE_ERR_RANGE);
    cr_expect(strstr(gyre_last_error(), "column 1 of 1"), "%s", gyre_last_error());
    gyre_batch_release(batch);
}
