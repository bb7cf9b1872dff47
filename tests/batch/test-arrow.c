/* SPDX-License-Identifier: Apache-2.0 */
/* Arrow's C interfaces from the side of a consumer and a producer that use all that the rules
 * allow. That other libraries understand us is tests/batch/arrow.py's business. */
#include "batch/rows.h"

#include <criterion/criterion.h>
#include <gyre/arrow.h>
#include <string.h>

TestSuite(arrow, .timeout = 60);

enum { PLANS = 60, ROWS_MAX = 300 };

static const gyre_batch_t *random_slice(random_plan_t *random, const gyre_schema_t *schema,
                                        uint64_t **keys, size_t *first)
{
    size_t count = random_below(random, ROWS_MAX);
    const gyre_batch_t *whole, *slice;
    *keys = rows_keys(random, count);
    *first = random_below(random, count + 1);
    whole = rows_batch(schema, *keys, count);
    cr_assert_eq(gyre_batch_slice(whole, *first, random_below(random, count - *first + 1), &slice),
                 GYRE_OK);
    gyre_batch_release(whole);
    return slice;
}

Test(arrow, what_is_exported_can_be_imported)
{
    random_plan_t random = random_start("arrow");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random), *other;
        struct ArrowSchema arrow_schema;
        struct ArrowArray array;
        uint64_t *keys;
        size_t first;
        const gyre_batch_t *batch = random_slice(&random, schema, &keys, &first), *again;
        cr_assert_eq(gyre_schema_export(schema, &arrow_schema), GYRE_OK);
        cr_assert_eq(gyre_batch_export(batch, &array), GYRE_OK);
        gyre_batch_release(batch);
        cr_assert_eq(gyre_schema_import(&arrow_schema, &other), GYRE_OK, "%s", gyre_last_error());
        cr_assert(gyre_schema_equal(schema, other));
        size_t length = (size_t)array.length;
        cr_assert_eq(gyre_batch_import(other, &array, &again), GYRE_OK, "%s", gyre_last_error());
        cr_assert(!array.release && !arrow_schema.release);
        rows_check(again, keys + first, length);
        gyre_batch_release(again);
        gyre_schema_release(schema);
        gyre_schema_release(other);
        free(keys);
    }
}

/* A consumer may move a child out, release the parent, and read the child thereafter. */
Test(arrow, children_outlive_their_parents)
{
    const gyre_field_t fields[] = {{.name = "a", .kind = GYRE_KIND_INT64},
                                   {.name = "b", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = 3}};
    const gyre_schema_t *schema;
    struct ArrowSchema root, child;
    struct ArrowArray rows, column;
    uint64_t key = 8;
    cr_assert_eq(gyre_schema_create(fields, 2, &schema), GYRE_OK);
    const gyre_batch_t *batch = rows_batch(schema, &key, 1);
    cr_assert_eq(gyre_schema_export(schema, &root), GYRE_OK);
    cr_assert_eq(gyre_batch_export(batch, &rows), GYRE_OK);
    uint64_t own = rows_key(key, 0);
    const int64_t expected = ((const int64_t *)batch->columns[0]->values)[0];
    cr_assert_eq(gyre_column_is_null(batch->columns[0], 0), own % 5 == 0);
    gyre_batch_release(batch);
    gyre_schema_release(schema);
    child = *root.children[1];
    column = *rows.children[0];
    root.children[1]->release = NULL;
    rows.children[0]->release = NULL;
    root.release(&root);
    rows.release(&rows);
    cr_expect(!root.release && !rows.release);
    cr_expect_str_eq(child.name, "b");
    cr_expect_str_eq(child.format, "w:3");
    cr_expect_eq(((const int64_t *)column.buffers[1])[column.offset], expected);
    child.release(&child);
    column.release(&column);
}

static int released;

static void count_schema(struct ArrowSchema *schema)
{
    released++;
    schema->release = NULL;
}

static void count_array(struct ArrowArray *array)
{
    released++;
    array->release = NULL;
}

static gyre_status_t import_format(const char *format, int64_t children)
{
    struct ArrowSchema item = {.format = "i", .name = "item", .release = count_schema};
    struct ArrowSchema *items[] = {&item};
    struct ArrowSchema field = {.format = format,
                                .name = "f",
                                .n_children = children,
                                .children = items,
                                .release = count_schema};
    struct ArrowSchema *fields[] = {&field};
    struct ArrowSchema root = {
        .format = "+s", .n_children = 1, .children = fields, .release = count_schema};
    const gyre_schema_t *schema = NULL;
    released = 0;
    gyre_status_t status = gyre_schema_import(&root, &schema);
    cr_expect_eq(released, 1, "%s", format);
    cr_expect_eq(schema != NULL, status == GYRE_OK);
    gyre_schema_release(schema);
    return status;
}

Test(arrow, types_that_batches_lack_are_refused)
{
    static const char *const lacking[] = {"n",   "U",    "Z",   "vu",        "tdm", "tts", "tDs",
                                          "tiM", "+L",   "+m",  "d:5,2,256", "d:5", "w:",  "w:4x",
                                          "ts",  "tsx:", "tss", "+ud:0",     "",    "ii",  "+r"};
    for (size_t i = 0; i < sizeof(lacking) / sizeof(*lacking); i++)
        cr_expect_eq(import_format(lacking[i], 0), GYRE_ERR_NOT_SUPPORTED, "%s", lacking[i]);
    cr_expect_eq(import_format("l", 0), GYRE_OK);
    cr_expect_eq(import_format("d:5,2,128", 0), GYRE_OK);
    cr_expect_eq(import_format("tsu:Asia/Tokyo", 0), GYRE_OK);
    cr_expect_eq(import_format("+w:3", 1), GYRE_OK);
    cr_expect_eq(import_format("+w:0", 1), GYRE_ERR_RANGE);
    cr_expect_eq(import_format("+l", 0), GYRE_ERR_ARG);
    cr_expect_eq(import_format("l", -1), GYRE_ERR_SYNTAX);
}

/* One column of int32: the array as it is given, released once whatever happens. */
static gyre_status_t import_array(struct ArrowArray column, struct ArrowArray root)
{
    const gyre_field_t field = {.name = "n", .kind = GYRE_KIND_INT32};
    const gyre_schema_t *schema;
    const gyre_batch_t *batch = NULL;
    struct ArrowArray *columns[] = {&column};
    const void *no_validity[] = {NULL};
    root.buffers = no_validity;
    root.children = columns;
    root.release = count_array;
    released = 0;
    cr_assert_eq(gyre_schema_create(&field, 1, &schema), GYRE_OK);
    gyre_status_t status = gyre_batch_import(schema, &root, &batch);
    gyre_schema_release(schema);
    cr_expect_null(root.release);
    cr_expect_eq(released, status != GYRE_OK);
    if (status == GYRE_OK)
        cr_expect_eq(((const int32_t *)batch->columns[0]->values)[0], 12);
    gyre_batch_release(batch);
    cr_expect_eq(released, 1);
    return status;
}

Test(arrow, arrays_against_the_rules_are_refused)
{
    static const int32_t values[] = {10, 11, 12, 13};
    const void *buffers[] = {NULL, values}, *askew[] = {NULL, (const char *)values + 1};
    const struct ArrowArray good = {
        .length = 3, .offset = 1, .null_count = -1, .n_buffers = 2, .buffers = buffers};
    const struct ArrowArray rows = {.length = 2, .offset = 1, .n_buffers = 1, .n_children = 1};
    struct ArrowArray bad = good, bad_rows = rows;
    cr_expect_eq(import_array(good, rows), GYRE_OK, "%s", gyre_last_error());
    bad.n_buffers = 3;
    cr_expect_eq(import_array(bad, rows), GYRE_ERR_SYNTAX);
    bad = good;
    bad.length = 2;
    cr_expect_eq(import_array(bad, rows), GYRE_ERR_SYNTAX);
    bad.length = -1;
    cr_expect_eq(import_array(bad, rows), GYRE_ERR_SYNTAX);
    bad.length = INT64_MAX;
    cr_expect_eq(import_array(bad, rows), GYRE_ERR_SYNTAX);
    bad = good;
    bad.buffers = askew;
    cr_expect_eq(import_array(bad, rows), GYRE_ERR_SYNTAX);
    bad_rows.null_count = 1;
    cr_expect_eq(import_array(good, bad_rows), GYRE_ERR_NOT_SUPPORTED);
    bad_rows = rows;
    bad_rows.n_children = 0;
    cr_expect_eq(import_array(good, bad_rows), GYRE_ERR_SYNTAX);
}

/* Batches of one row, keys 0 to end; then the end, or an error. */
typedef struct feed {
    const gyre_schema_t *schema;
    uint64_t key, end;
    bool fails, done;
} feed_t;

static gyre_status_t feed_next(void *arg, const gyre_batch_t **batch)
{
    feed_t *feed = arg;
    if (feed->key == feed->end)
        return feed->fails ? GYRE_ERR_TIMED_OUT : GYRE_OK;
    *batch = rows_batch(feed->schema, &feed->key, 1);
    feed->key++;
    return GYRE_OK;
}

static void feed_done(void *arg)
{
    ((feed_t *)arg)->done = true;
}

static void run_feed(const gyre_schema_t *schema, bool fails)
{
    feed_t feed = {.schema = schema, .end = 5, .fails = fails};
    struct ArrowArrayStream arrow;
    gyre_stream_t *stream;
    const gyre_batch_t *batch;
    cr_assert_eq(gyre_stream_export(schema, feed_next, feed_done, &feed, &arrow), GYRE_OK);
    cr_assert_eq(gyre_stream_import(&arrow, &stream), GYRE_OK);
    cr_assert_null(arrow.release);
    cr_assert(gyre_schema_equal(gyre_stream_schema(stream), schema));
    for (uint64_t key = 0; key < feed.end; key++) {
        cr_assert_eq(gyre_stream_next(stream, &batch), GYRE_OK);
        rows_check(batch, &key, 1);
        gyre_batch_release(batch);
    }
    if (fails) {
        cr_expect_eq(gyre_stream_next(stream, &batch), GYRE_ERR_IO);
        cr_expect_not_null(strstr(gyre_last_error(), "timed out"));
    } else {
        cr_expect_eq(gyre_stream_next(stream, &batch), GYRE_OK);
        cr_expect_null(batch);
    }
    cr_expect_not(feed.done);
    gyre_stream_destroy(stream);
    cr_expect(feed.done);
}

Test(arrow, streams)
{
    random_plan_t random = random_start("arrow streams");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        run_feed(schema, plan % 2);
        gyre_schema_release(schema);
    }
}
