/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets against a list of what was appended. */
#include "lib/random.h"

#include <criterion/criterion.h>
#include <gyre/dataset.h>
#include <gyre/status.h>
#include <string.h>

TestSuite(dataset, .timeout = 60);

enum { PARTS = 7, BATCHES = 300 };

static const gyre_schema_t *schema;

static void open_schema(void)
{
    static const gyre_field_t field = {.name = "n", .kind = GYRE_KIND_INT64};
    cr_assert_eq(gyre_schema_create(&field, 1, &schema), GYRE_OK);
}

static void close_schema(void)
{
    gyre_schema_release(schema);
}

static const gyre_batch_t *make_batch(int64_t rows)
{
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
    for (int64_t i = 0; i < rows; i++)
        cr_assert_eq(gyre_builder_append_int64(builder->children[0], i), GYRE_OK);
    cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
    gyre_builder_destroy(builder);
    return batch;
}

typedef struct expected {
    const gyre_batch_t *batches[BATCHES];
    size_t count;
} expected_t;

static void compare(const gyre_dataset_t *set, const expected_t *parts)
{
    uint64_t rows = 0, bytes = 0;
    for (int part = 0; part < PARTS; part++) {
        size_t count;
        const gyre_batch_t *const *batches = gyre_dataset_batches(set, part, &count);
        cr_assert_eq(count, parts[part].count);
        cr_assert_eq(batches == NULL, count == 0);
        for (size_t i = 0; i < count; i++) {
            cr_assert_eq(batches[i], parts[part].batches[i]);
            rows += batches[i]->length;
            bytes += gyre_batch_bytes(batches[i]);
        }
    }
    cr_assert_eq(gyre_dataset_rows(set), rows);
    cr_assert_eq(gyre_dataset_bytes(set), bytes);
}

/* The dataset alone keeps the batches. */
static void append(gyre_dataset_t *set, int part, int64_t rows, expected_t *parts)
{
    const gyre_batch_t *batch = make_batch(rows);
    cr_assert_eq(gyre_dataset_append(set, part, batch), GYRE_OK);
    gyre_batch_release(batch);
    parts[part].batches[parts[part].count++] = batch;
}

Test(dataset, keeps_what_was_appended, .init = open_schema, .fini = close_schema)
{
    random_plan_t random = random_start("dataset.keeps_what_was_appended");
    static expected_t parts[PARTS];
    gyre_dataset_t *set;
    cr_assert_eq(gyre_dataset_create(PARTS, &set), GYRE_OK);
    cr_assert_eq(gyre_dataset_parts(set), PARTS);
    compare(set, parts);
    for (int i = 0; i < BATCHES; i++) {
        int part = (int)random_below(&random, PARTS);
        append(set, part, (int64_t)random_below(&random, 5), parts);
        if (random_below(&random, 40) == 0) {
            part = (int)random_below(&random, PARTS);
            cr_assert_eq(gyre_dataset_clear(set, part), GYRE_OK);
            parts[part].count = 0;
        }
        compare(set, parts);
    }
    gyre_dataset_release(set);
}

Test(dataset, lives_until_its_last_release, .init = open_schema, .fini = close_schema)
{
    static expected_t parts[PARTS];
    gyre_dataset_t *set;
    cr_assert_eq(gyre_dataset_create(PARTS, &set), GYRE_OK);
    append(set, PARTS - 1, 3, parts);
    cr_assert_eq(gyre_dataset_retain(set), set);
    gyre_dataset_release(set);
    compare(set, parts);
    gyre_dataset_release(set);
    gyre_dataset_release(NULL);
    cr_assert_null(gyre_dataset_retain(NULL));
}

static void expect(gyre_status_t status, gyre_status_t expected, const char *text)
{
    cr_assert_eq(status, expected);
    cr_assert(strstr(gyre_last_error(), text), "%s", gyre_last_error());
}

Test(dataset, refuses_parts_that_are_not_there, .init = open_schema, .fini = close_schema)
{
    gyre_dataset_t *set = NULL;
    size_t count = 1;
    const gyre_batch_t *batch = make_batch(1);
    expect(gyre_dataset_create(-1, &set), GYRE_ERR_ARG, "-1 parts");
    cr_assert_null(set);
    cr_assert_eq(gyre_dataset_create(2, &set), GYRE_OK);
    expect(gyre_dataset_append(set, 2, batch), GYRE_ERR_RANGE, "part 2 of a dataset of 2");
    expect(gyre_dataset_append(set, -1, batch), GYRE_ERR_RANGE, "part -1");
    expect(gyre_dataset_append(set, 1, NULL), GYRE_ERR_ARG, "no batch");
    expect(gyre_dataset_clear(set, 2), GYRE_ERR_RANGE, "part 2");
    cr_assert_null(gyre_dataset_batches(set, 2, &count));
    cr_assert_eq(count, 0);
    cr_assert_eq(gyre_dataset_rows(set), 0);
    gyre_dataset_release(set);
    gyre_batch_release(batch);
}

Test(dataset, may_have_no_parts)
{
    gyre_dataset_t *set;
    cr_assert_eq(gyre_dataset_create(0, &set), GYRE_OK);
    cr_assert_eq(gyre_dataset_parts(set), 0);
    cr_assert_eq(gyre_dataset_bytes(set), 0);
    gyre_dataset_release(set);
    cr_assert_eq(gyre_dataset_parts(NULL), 0);
}
