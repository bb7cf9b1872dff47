/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of rows against xxHash itself, value by value; and figures that must never change. */
#include "batch/rows.h"

#include <criterion/criterion.h>
#include <gyre/hash.h>
#include <math.h>
#include <string.h>
#include <xxhash.h>

TestSuite(hash, .timeout = 60);

enum { PLANS = 60, ROWS_MAX = 900 };

static uint64_t mix(uint64_t hash, uint64_t word)
{
    return XXH3_64bits_withSeed(&word, sizeof(word), hash);
}

static uint64_t word_of_real(double value)
{
    uint64_t bits;
    value = isnan(value) ? (double)NAN : value == 0 ? 0 : value;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static uint64_t word_of_short(const char *bytes, size_t length)
{
    uint64_t word = length << 8 * (7 - length);
    for (size_t i = length; i-- > 0;)
        word = word << 8 | (uint8_t)bytes[i];
    return word;
}

static uint64_t word_of(const gyre_column_t *column, size_t row);

static uint64_t word_of_items(const gyre_column_t *column, size_t first, size_t count)
{
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++)
        hash = mix(hash, word_of(column->children[0], first + i));
    return hash;
}

static uint64_t word_of_struct(const gyre_column_t *column, size_t row)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < column->child_count; i++)
        hash = mix(hash, word_of(column->children[i], column->offset + row));
    return hash;
}

static uint64_t word_of(const gyre_column_t *column, size_t row)
{
    size_t width = gyre_field_width(column->field), length;
    const char *bytes = (const char *)column->values + row * width;
    size_t size = (size_t)column->field->size;
    uint16_t half;
    if (gyre_column_is_null(column, row))
        return UINT64_C(0x6c6c756e20736920);
    switch (column->field->kind) {
    case GYRE_KIND_BOOL:
        return gyre_column_bool(column, row);
    case GYRE_KIND_INT8:
        return (uint64_t) * (const int8_t *)bytes;
    case GYRE_KIND_INT16:
        return (uint64_t) * (const int16_t *)bytes;
    case GYRE_KIND_INT32:
    case GYRE_KIND_DATE32:
        return (uint64_t) * (const int32_t *)bytes;
    case GYRE_KIND_UINT8:
        return *(const uint8_t *)bytes;
    case GYRE_KIND_UINT16:
        return *(const uint16_t *)bytes;
    case GYRE_KIND_UINT32:
        return *(const uint32_t *)bytes;
    case GYRE_KIND_INT64:
    case GYRE_KIND_UINT64:
    case GYRE_KIND_TIMESTAMP:
        return *(const uint64_t *)bytes;
    case GYRE_KIND_FLOAT16:
        half = *(const uint16_t *)bytes;
        return (half & 0x7fff) > 0x7c00 ? 0x7e00 : (half & 0x7fff) == 0 ? 0 : half;
    case GYRE_KIND_FLOAT32:
        return word_of_real(*(const float *)bytes);
    case GYRE_KIND_FLOAT64:
        return word_of_real(*(const double *)bytes);
    case GYRE_KIND_STRING:
    case GYRE_KIND_BINARY:
        bytes = gyre_column_bytes(column, row, &length);
        return length <= 7 ? word_of_short(bytes, length)
                           : XXH3_64bits(bytes, length) | UINT64_C(1) << 63;
    case GYRE_KIND_LIST:
        return word_of_items(column, (size_t)column->offsets[row],
                             (size_t)(column->offsets[row + 1] - column->offsets[row]));
    case GYRE_KIND_FIXED_SIZE_LIST:
        return word_of_items(column, (column->offset + row) * size, size);
    case GYRE_KIND_STRUCT:
        return word_of_struct(column, row);
    default:
        return XXH3_64bits(bytes, width);
    }
}

/* Some columns in any order, of a slice. */
Test(hash, mixes_words_column_by_column)
{
    random_plan_t random = random_start("hash");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        size_t rows = random_below(&random, ROWS_MAX), first = random_below(&random, rows + 1);
        size_t columns[4], count = random_below(&random, 5);
        uint64_t *keys = rows_keys(&random, rows), *hashes = calloc(rows + 1, sizeof(*hashes));
        const gyre_batch_t *whole = rows_batch(schema, keys, rows), *batch;
        cr_assert_eq(gyre_batch_slice(whole, first, rows - first, &batch), GYRE_OK);
        for (size_t i = 0; i < count; i++)
            columns[i] = random_below(&random, schema->field_count);
        cr_assert_eq(gyre_batch_hash(batch, columns, count, hashes), GYRE_OK);
        for (size_t row = 0; row < batch->length; row++) {
            uint64_t expected = 0;
            for (size_t i = 0; i < count; i++)
                expected = mix(expected, word_of(batch->columns[columns[i]], row));
            cr_assert_eq(hashes[row], expected, "row %zu", row);
        }
        gyre_batch_release(batch);
        gyre_batch_release(whole);
        gyre_schema_release(schema);
        free(hashes);
        free(keys);
    }
}

static const gyre_batch_t *batch_of(gyre_field_t field, const void *values, size_t count)
{
    const gyre_schema_t *schema;
    const gyre_batch_t *batch;
    gyre_builder_t *builder;
    cr_assert_eq(gyre_schema_create(&field, 1, &schema), GYRE_OK);
    cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
    cr_assert_eq(gyre_builder_append(builder->children[0], values, count), GYRE_OK);
    cr_assert_eq(gyre_builder_append_null(builder->children[0], 1), GYRE_OK);
    cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
    return batch;
}

Test(hash, never_changes)
{
    const int64_t numbers[] = {0, 1, -1, INT64_MAX};
    /* The last one is of a null. */
    const uint64_t expected[] = {UINT64_C(0xc77b3abb6f87acd9), UINT64_C(0x2fbc593564db792e),
                                 UINT64_C(0x5111c7e47d784413), UINT64_C(0xa233cf376558df46),
                                 UINT64_C(0x82b14a34f5fe2682)};
    const gyre_batch_t *batch = batch_of((gyre_field_t){"n", .kind = GYRE_KIND_INT64}, numbers, 4);
    const size_t column = 0;
    uint64_t hashes[5];
    cr_assert_eq(gyre_batch_hash(batch, &column, 1, hashes), GYRE_OK);
    for (size_t i = 0; i < 5; i++)
        cr_expect_eq(hashes[i], expected[i], "0x%016" PRIx64, hashes[i]);
    gyre_batch_release(batch);
}

/* A key is at home wherever it is computed: in whatever width, with whichever zero. */
Test(hash, equal_numbers_are_alike)
{
    const double reals[] = {0.0, -0.0, NAN, -NAN, 1.5};
    const float floats[] = {0.0f, -0.0f, NAN, -NAN, 1.5f};
    const uint16_t halves[] = {0, 0x8000, 0x7e00, 0xfc01, 0x3e00};
    const int32_t narrow[] = {-5, 0, 5, 7, 9};
    const int64_t wide[] = {-5, 0, 5, 7, 9};
    const gyre_batch_t *batches[] = {
        batch_of((gyre_field_t){"r", .kind = GYRE_KIND_FLOAT64}, reals, 5),
        batch_of((gyre_field_t){"r", .kind = GYRE_KIND_FLOAT32}, floats, 5),
        batch_of((gyre_field_t){"r", .kind = GYRE_KIND_FLOAT16}, halves, 5),
        batch_of((gyre_field_t){"n", .kind = GYRE_KIND_INT32}, narrow, 5),
        batch_of((gyre_field_t){"n", .kind = GYRE_KIND_INT64}, wide, 5)};
    const size_t column = 0;
    uint64_t hashes[5][6];
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(gyre_batch_hash(batches[i], &column, 1, hashes[i]), GYRE_OK);
        gyre_batch_release(batches[i]);
    }
    for (int i = 0; i < 3; i++)
        cr_expect(hashes[i][0] == hashes[i][1] && hashes[i][2] == hashes[i][3] &&
                  hashes[i][0] != hashes[i][2] && hashes[i][2] != hashes[i][4]);
    cr_expect_arr_eq(hashes[0], hashes[1], sizeof(hashes[0]));
    cr_expect_arr_eq(hashes[3], hashes[4], sizeof(hashes[3]));
}

Test(hash, what_is_not_there_is_refused)
{
    const int64_t number = 1;
    const gyre_batch_t *batch = batch_of((gyre_field_t){"n", .kind = GYRE_KIND_INT64}, &number, 1);
    const size_t columns[] = {0, 1};
    uint64_t hashes[2] = {7, 7};
    cr_expect_eq(gyre_batch_hash(batch, columns, 2, hashes), GYRE_ERR_RANGE);
    cr_expect_str_eq(gyre_last_error(), "column 1 of a batch of 1");
    cr_expect_eq(gyre_batch_hash(NULL, columns, 1, hashes), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_hash(batch, NULL, 1, hashes), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_hash(batch, columns, 1, NULL), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_hash(batch, NULL, 0, hashes), GYRE_OK);
    cr_expect(hashes[0] == 0 && hashes[1] == 0);
    gyre_batch_release(batch);
}

static void release_bytes(void *context, void *data, size_t size)
{
    (void)context;
    (void)size;
    free(data);
}

/* The memory ends where the last string does, so a reader of more than that is caught. */
Test(hash, strings_are_read_to_their_ends_only)
{
    static const gyre_field_t field = {"s", .kind = GYRE_KIND_STRING};
    static const char text[] = "a bb ccc ddddddd eeeeeeee fffffffff gg";
    static int32_t ends[] = {0, 1, 4, 8, 16, 25, 35, 36, 38};
    enum { COUNT = sizeof(ends) / sizeof(*ends) - 1 };
    const gyre_schema_t *schema;
    const gyre_column_t *column;
    const gyre_batch_t *batch;
    gyre_column_parts_t parts = {.length = COUNT};
    char *bytes = malloc(sizeof(text) - 1);
    uint64_t hashes[COUNT];
    memcpy(bytes, text, sizeof(text) - 1);
    cr_assert_eq(gyre_buffer_adopt(bytes, sizeof(text) - 1, release_bytes, NULL, &parts.values),
                 GYRE_OK);
    cr_assert_eq(gyre_buffer_adopt(ends, sizeof(ends), NULL, NULL, &parts.offsets), GYRE_OK);
    cr_assert_eq(gyre_schema_create(&field, 1, &schema), GYRE_OK);
    cr_assert_eq(gyre_column_create(&field, &parts, &column), GYRE_OK);
    cr_assert_eq(gyre_batch_create(schema, COUNT, &column, &batch), GYRE_OK);
    cr_assert_eq(gyre_batch_hash(batch, &(size_t){0}, 1, hashes), GYRE_OK);
    for (size_t row = 0; row < COUNT; row++)
        cr_expect_eq(hashes[row], mix(0, word_of(column, row)), "row %zu", row);
    gyre_batch_release(batch);
    gyre_column_release(column);
    gyre_schema_release(schema);
    gyre_buffer_release(parts.values);
    gyre_buffer_release(parts.offsets);
}
