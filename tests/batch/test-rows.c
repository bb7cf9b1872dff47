/* SPDX-License-Identifier: Apache-2.0 */
/* Taking, filtering and concatenating rows, against keys; of slices, so that offsets matter. */
#include "batch/rows.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(rows, .timeout = 60);

enum { PLANS = 80, ROWS_MAX = 600 };

/* A slice out of the middle of a batch, and its keys. */
typedef struct part {
    const gyre_batch_t *batch;
    uint64_t *keys, *all;
} part_t;

static part_t make_part(random_plan_t *random, const gyre_schema_t *schema)
{
    size_t count = random_below(random, ROWS_MAX), first = random_below(random, count + 1);
    part_t part = {.all = rows_keys(random, count)};
    const gyre_batch_t *whole = rows_batch(schema, part.all, count);
    part.keys = part.all + first;
    cr_assert_eq(
        gyre_batch_slice(whole, first, random_below(random, count - first + 1), &part.batch),
        GYRE_OK);
    gyre_batch_release(whole);
    return part;
}

static void drop_part(part_t *part)
{
    gyre_batch_release(part->batch);
    free(part->all);
}

static bool takes_nulls(const gyre_schema_t *schema)
{
    for (size_t i = 0; i < schema->field_count; i++)
        if (schema->fields[i].required)
            return false;
    return true;
}

Test(rows, taken)
{
    random_plan_t random = random_start("rows taken");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        part_t part = make_part(&random, schema);
        const gyre_batch_t *taken;
        size_t count = part.batch->length > 0 ? random_below(&random, ROWS_MAX) : 0;
        uint32_t *rows = calloc(count + 1, sizeof(*rows));
        uint64_t *keys = calloc(count + 1, sizeof(*keys));
        bool gaps = takes_nulls(schema) && random_below(&random, 2);
        for (size_t i = 0; i < count; i++) {
            bool gap = gaps && random_below(&random, 8) == 0;
            rows[i] = gap ? GYRE_NO_ROW : (uint32_t)random_below(&random, part.batch->length);
            keys[i] = gap ? ROWS_NULL : part.keys[rows[i]];
        }
        cr_assert_eq(gyre_batch_take(part.batch, rows, count, NULL, &taken), GYRE_OK, "%s",
                     gyre_last_error());
        rows_check(taken, keys, count);
        gyre_batch_release(taken);
        rows[0] = (uint32_t)part.batch->length;
        cr_assert_eq(gyre_batch_take(part.batch, rows, 1, NULL, &taken), GYRE_ERR_RANGE);
        rows[0] = GYRE_NO_ROW;
        cr_assert_eq(gyre_batch_take(part.batch, rows, 1, NULL, &taken),
                     takes_nulls(schema) ? GYRE_OK : GYRE_ERR_ARG);
        if (takes_nulls(schema))
            gyre_batch_release(taken);
        free(keys);
        free(rows);
        drop_part(&part);
        gyre_schema_release(schema);
    }
}

/* A slice of a column of bool that says what to keep, here and there by null. */
static const gyre_column_t *as_column(random_plan_t *random, const bool *keep, size_t count)
{
    const gyre_field_t field = {.name = "keep", .kind = GYRE_KIND_BOOL};
    gyre_builder_t *builder;
    const gyre_column_t *column, *slice;
    size_t skip = random_below(random, 100);
    cr_assert_eq(gyre_builder_create(&field, NULL, &builder), GYRE_OK);
    for (size_t i = 0; i < skip + count; i++)
        if ((i < skip || !keep[i - skip]) && random_below(random, 2))
            gyre_builder_append_null(builder, 1);
        else
            gyre_builder_append_bool(builder, i < skip || keep[i - skip]);
    cr_assert_eq(gyre_builder_finish(builder, &column), GYRE_OK);
    cr_assert_eq(gyre_column_slice(column, skip, count, &slice), GYRE_OK);
    gyre_column_release(column);
    gyre_builder_destroy(builder);
    return slice;
}

Test(rows, filtered)
{
    random_plan_t random = random_start("rows filtered");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        part_t part = make_part(&random, schema);
        const gyre_batch_t *kept;
        bool *keep = calloc(part.batch->length + 1, sizeof(*keep));
        uint64_t share = random_below(&random, 5);
        size_t count = 0;
        for (size_t i = 0; i < part.batch->length; i++) {
            keep[i] = random_below(&random, 4) < share;
            part.keys[count] = part.keys[i];
            count += keep[i];
        }
        const gyre_column_t *column = as_column(&random, keep, part.batch->length);
        cr_assert_eq(gyre_batch_filter(part.batch, keep, NULL, &kept), GYRE_OK);
        rows_check(kept, part.keys, count);
        gyre_batch_release(kept);
        cr_assert_eq(gyre_batch_filter_by(part.batch, column, NULL, &kept), GYRE_OK);
        rows_check(kept, part.keys, count);
        gyre_batch_release(kept);
        gyre_column_release(column);
        free(keep);
        drop_part(&part);
        gyre_schema_release(schema);
    }
}

Test(rows, concatenated)
{
    random_plan_t random = random_start("rows concatenated");
    enum { PARTS = 5 };
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        const gyre_batch_t *batches[PARTS], *all;
        part_t parts[PARTS];
        uint64_t *keys = calloc(PARTS * ROWS_MAX, sizeof(*keys));
        size_t count = 0, some = 1 + random_below(&random, PARTS);
        for (size_t i = 0; i < some; i++) {
            parts[i] = make_part(&random, schema);
            batches[i] = parts[i].batch;
            memcpy(keys + count, parts[i].keys, batches[i]->length * sizeof(*keys));
            count += batches[i]->length;
        }
        cr_assert_eq(gyre_batch_concatenate(batches, some, NULL, &all), GYRE_OK, "%s",
                     gyre_last_error());
        rows_check(all, keys, count);
        gyre_batch_release(all);
        for (size_t i = 0; i < some; i++)
            drop_part(&parts[i]);
        free(keys);
        gyre_schema_release(schema);
    }
}

Test(rows, what_does_not_fit_is_refused)
{
    random_plan_t random = {7};
    const gyre_field_t one = {.name = "a", .kind = GYRE_KIND_INT8};
    const gyre_field_t other = {.name = "a", .kind = GYRE_KIND_UINT8};
    const gyre_schema_t *schemas[2];
    const gyre_batch_t *batches[2], *made = NULL;
    uint64_t *keys = rows_keys(&random, 10);
    cr_assert_eq(gyre_schema_create(&one, 1, &schemas[0]), GYRE_OK);
    cr_assert_eq(gyre_schema_create(&other, 1, &schemas[1]), GYRE_OK);
    for (int i = 0; i < 2; i++)
        batches[i] = rows_batch(schemas[i], keys, 10);
    cr_expect_eq(gyre_batch_concatenate(batches, 2, NULL, &made), GYRE_ERR_ARG);
    cr_expect_str_eq(gyre_last_error(), "column \"a\", a int8, cannot take rows of \"a\", a uint8");
    cr_expect_eq(gyre_batch_concatenate(batches, 0, NULL, &made), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_filter_by(batches[0], batches[0]->columns[0], NULL, &made),
                 GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_take(batches[0], NULL, 1, NULL, &made), GYRE_ERR_ARG);
    cr_expect_null(made);
    for (int i = 0; i < 2; i++) {
        gyre_batch_release(batches[i]);
        gyre_schema_release(schemas[i]);
    }
    free(keys);
}
