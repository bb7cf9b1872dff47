/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: what is packed is unpacked, without copies; hostile bytes are refused. */
#include "batch/fuzz.h"
#include "batch/rows.h"
#include "batch/sheet.h"

#include <criterion/criterion.h>
#include <gyre/pack.h>
#include <string.h>

TestSuite(pack, .timeout = 120);

enum { PLANS = 80, ROWS_MAX = 400, SCHEMA_MAX = 4096, SHOTS = 300 };

/* A batch of random rows, of a slice at times, and its message. */
typedef struct sample {
    const gyre_schema_t *schema;
    const gyre_batch_t *batch;
    const gyre_packed_t *packed;
    uint64_t *keys;
    size_t first;
} sample_t;

static sample_t make_sample(random_plan_t *random, size_t rows, unsigned flags)
{
    sample_t sample = {.schema = rows_schema(random)};
    size_t count = random_below(random, rows);
    sample.keys = rows_keys(random, count);
    const gyre_batch_t *whole = rows_batch(sample.schema, sample.keys, count);
    sample.first = random_below(random, 2) ? random_below(random, count + 1) : 0;
    cr_assert_eq(gyre_batch_slice(whole, sample.first,
                                  random_below(random, count - sample.first + 1), &sample.batch),
                 GYRE_OK);
    cr_assert_eq(gyre_batch_pack(sample.batch, flags, NULL, &sample.packed), GYRE_OK);
    gyre_batch_release(whole);
    return sample;
}

static void drop_sample(sample_t *sample)
{
    gyre_packed_destroy(sample->packed);
    gyre_batch_release(sample->batch);
    gyre_schema_release(sample->schema);
    free(sample->keys);
}

static void give_back(void *context, void *data, size_t size)
{
    *(bool *)context = true;
    free(data);
}

/* Behind some bytes that are none of its own. */
static gyre_buffer_t *received(const gyre_packed_t *packed, size_t offset, bool *released)
{
    gyre_buffer_t *memory;
    char *bytes = malloc(offset + packed->length);
    cr_assert_not_null(bytes);
    gyre_packed_write(packed, bytes + offset);
    cr_assert_eq(gyre_buffer_adopt(bytes, offset + packed->length, give_back, released, &memory),
                 GYRE_OK);
    return memory;
}

static void check_lies_in(const gyre_column_t *column, const gyre_buffer_t *memory)
{
    const char *start = gyre_buffer_data(memory), *end = start + gyre_buffer_size(memory);
    const void *places[] = {column->validity, column->values,
                            column->length > 0 ? column->offsets : NULL};
    for (size_t i = 0; i < 3; i++)
        cr_assert(!places[i] ||
                  ((const char *)places[i] >= start && (const char *)places[i] < end));
    for (size_t i = 0; i < column->child_count; i++)
        check_lies_in(column->children[i], memory);
}

Test(pack, batches_are_unpacked_where_they_lie)
{
    random_plan_t random = random_start("pack");
    for (int plan = 0; plan < PLANS; plan++) {
        unsigned flags = random_below(&random, 2) ? GYRE_PACK_CHECKSUM : 0;
        sample_t sample = make_sample(&random, ROWS_MAX, flags);
        const gyre_batch_t *batch;
        bool released = false;
        size_t offset = 8 * random_below(&random, 20);
        gyre_buffer_t *memory = received(sample.packed, offset, &released);
        cr_assert_eq(
            gyre_batch_unpack(sample.schema, memory, offset, sample.packed->length, &batch),
            GYRE_OK, "%s", gyre_last_error());
        for (size_t i = 0; i < sample.schema->field_count; i++)
            check_lies_in(batch->columns[i], memory);
        gyre_buffer_release(memory);
        rows_check(batch, sample.keys + sample.first, sample.batch->length);
        gyre_batch_release(batch);
        cr_assert(released);
        drop_sample(&sample);
    }
}

Test(pack, pieces_lie_in_the_columns)
{
    random_plan_t random = random_start("pack pieces");
    const gyre_field_t fields[] = {{.name = "n", .kind = GYRE_KIND_INT64, .required = true},
                                   {.name = "text", .kind = GYRE_KIND_STRING, .required = true}};
    const gyre_schema_t *schema;
    const gyre_packed_t *packed;
    cr_assert_eq(gyre_schema_create(fields, 2, &schema), GYRE_OK);
    uint64_t *keys = rows_keys(&random, ROWS_MAX);
    const gyre_batch_t *batch = rows_batch(schema, keys, ROWS_MAX);
    cr_assert_eq(gyre_batch_pack(batch, 0, NULL, &packed), GYRE_OK);
    cr_assert_eq(packed->piece_count, 4);
    cr_expect_eq(packed->pieces[1].data, batch->columns[0]->values);
    cr_expect_eq(packed->pieces[1].length, 8 * ROWS_MAX);
    cr_expect_eq(packed->pieces[2].data, batch->columns[1]->offsets);
    cr_expect_eq(packed->pieces[3].data, batch->columns[1]->values);
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(packed->pieces[i].offset % GYRE_PACK_ALIGN, 0);
    cr_expect_eq(packed->length, packed->pieces[3].offset + packed->pieces[3].length);
    gyre_packed_destroy(packed);
    gyre_batch_release(batch);
    gyre_schema_release(schema);
    free(keys);
}

Test(pack, schemas_travel)
{
    random_plan_t random = random_start("pack schemas");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random), *other = rows_schema(&random), *again;
        char bytes[SCHEMA_MAX];
        size_t length = 3, needed;
        cr_assert_eq(gyre_schema_pack(schema, bytes, &length), GYRE_ERR_RANGE);
        needed = length;
        length = sizeof(bytes);
        cr_assert_eq(gyre_schema_pack(schema, bytes, &length), GYRE_OK);
        cr_assert_eq(length, needed);
        cr_assert_eq(gyre_schema_unpack(bytes, length, &again), GYRE_OK, "%s", gyre_last_error());
        cr_assert(gyre_schema_equal(schema, again));
        cr_assert_eq(gyre_schema_hash(schema), gyre_schema_hash(again));
        cr_assert_eq(gyre_schema_equal(schema, other),
                     gyre_schema_hash(schema) == gyre_schema_hash(other));
        gyre_schema_release(again);
        for (size_t cut = 0; cut < length; cut++)
            cr_assert_eq(gyre_schema_unpack(bytes, cut, &again), GYRE_ERR_SYNTAX);
        cr_assert_eq(gyre_schema_unpack(bytes, length + 1, &again), GYRE_ERR_SYNTAX);
        gyre_schema_release(schema);
        gyre_schema_release(other);
    }
}

Test(pack, metadata_travels_and_does_not_count)
{
    const gyre_metadata_t metadata[] = {{"origin", "test"}, {"", ""}};
    const gyre_field_t field = {
        .name = "a", .kind = GYRE_KIND_INT8, .metadata_count = 1, .metadata = &metadata[0]};
    const gyre_field_t plain = {.name = "a", .kind = GYRE_KIND_INT8};
    const gyre_schema_t *schema, *other, *again;
    char bytes[SCHEMA_MAX];
    size_t length = sizeof(bytes);
    cr_assert_eq(gyre_schema_create_with(&field, 1, metadata, 2, &schema), GYRE_OK);
    cr_assert_eq(gyre_schema_create(&plain, 1, &other), GYRE_OK);
    cr_expect_eq(gyre_schema_hash(schema), gyre_schema_hash(other));
    cr_assert_eq(gyre_schema_pack(schema, bytes, &length), GYRE_OK);
    cr_assert_eq(gyre_schema_unpack(bytes, length, &again), GYRE_OK);
    cr_assert_eq(again->metadata_count, 2);
    cr_expect_str_eq(again->metadata[0].value, "test");
    cr_expect_str_eq(again->fields[0].metadata[0].key, "origin");
    gyre_schema_release(schema);
    gyre_schema_release(other);
    gyre_schema_release(again);
}

Test(pack, another_schema_is_refused)
{
    random_plan_t random = random_start("pack other");
    sample_t sample = make_sample(&random, ROWS_MAX, 0);
    const gyre_field_t field = {.name = "only here", .kind = GYRE_KIND_INT8};
    const gyre_schema_t *other;
    const gyre_batch_t *batch;
    bool released = false;
    gyre_buffer_t *memory = received(sample.packed, 0, &released);
    cr_assert_eq(gyre_schema_create(&field, 1, &other), GYRE_OK);
    cr_expect_eq(gyre_batch_unpack(other, memory, 0, sample.packed->length, &batch),
                 GYRE_ERR_SYNTAX);
    cr_expect_eq(gyre_batch_unpack(sample.schema, memory, 1, 0, &batch), GYRE_ERR_ARG);
    cr_expect_eq(gyre_batch_unpack(sample.schema, memory, 8, sample.packed->length, &batch),
                 GYRE_ERR_RANGE);
    gyre_schema_release(other);
    gyre_buffer_release(memory);
    drop_sample(&sample);
}

/* The input of the fuzzer for a sample. */
static uint8_t *as_input(const sample_t *sample, size_t *size)
{
    size_t length = SCHEMA_MAX;
    uint8_t *input = calloc(1, sizeof(uint32_t) + length + sample->packed->length);
    cr_assert_not_null(input);
    cr_assert_eq(gyre_schema_pack(sample->schema, input + sizeof(uint32_t), &length), GYRE_OK);
    memcpy(input, &(const uint32_t){(uint32_t)length}, sizeof(uint32_t));
    gyre_packed_write(sample->packed, input + sizeof(uint32_t) + length);
    *size = sizeof(uint32_t) + length + sample->packed->length;
    return input;
}

/* Where to hit: anywhere, or more often what describes the rest. */
static size_t aim(random_plan_t *random, size_t size)
{
    uint32_t head = random_below(random, 3) ? 1024 : UINT32_MAX;
    return random_below(random, size < head ? size : head);
}

static void damage(random_plan_t *random, uint8_t *input, size_t *size)
{
    size_t at = aim(random, *size), length;
    switch (random_below(random, 5)) {
    case 0:
        *size = aim(random, *size);
        break;
    case 1:
        input[at] = (uint8_t)(random_below(random, 2) ? 0xff : 0);
        break;
    case 2:
        length = random_below(random, 9);
        for (size_t i = at; i < *size && i < at + length; i++)
            input[i] = (uint8_t)random_next(random);
        break;
    default:
        input[at] ^= (uint8_t)(1u << random_below(random, 8));
    }
}

Test(pack, damaged_bytes_do_no_harm)
{
    random_plan_t random = random_start("pack damage");
    for (int plan = 0; plan < PLANS; plan++) {
        sample_t sample = make_sample(&random, 60, 0);
        size_t size, taken = fuzz_taken;
        uint8_t *input = as_input(&sample, &size), *shot = malloc(size);
        LLVMFuzzerTestOneInput(input, size);
        cr_assert_eq(fuzz_taken, taken + 1);
        for (int i = 0; i < SHOTS; i++) {
            size_t left = size;
            memcpy(shot, input, size);
            for (uint64_t hits = 1 + random_below(&random, 3); hits > 0 && left > 0; hits--)
                damage(&random, shot, &left);
            LLVMFuzzerTestOneInput(shot, left);
        }
        free(shot);
        free(input);
        drop_sample(&sample);
    }
}

Test(pack, noise_does_no_harm)
{
    random_plan_t random = random_start("pack noise");
    uint8_t noise[1024];
    for (int plan = 0; plan < PLANS * SHOTS; plan++) {
        size_t size = random_below(&random, sizeof(noise));
        for (size_t i = 0; i < size; i++)
            noise[i] = (uint8_t)random_next(&random);
        LLVMFuzzerTestOneInput(noise, size);
    }
    cr_assert_eq(fuzz_taken, 0);
}

/* Every bit of every piece counts. */
Test(pack, a_checksum_finds_any_flipped_bit)
{
    random_plan_t random = random_start("pack checksum");
    for (int plan = 0; plan < PLANS; plan++) {
        sample_t sample = make_sample(&random, ROWS_MAX, GYRE_PACK_CHECKSUM);
        bool released = false;
        gyre_buffer_t *memory = received(sample.packed, 0, &released);
        const gyre_batch_t *batch;
        for (int i = 0; i < 50; i++) {
            const gyre_piece_t *piece =
                &sample.packed->pieces[random_below(&random, sample.packed->piece_count)];
            uint8_t *byte = (uint8_t *)gyre_buffer_data(memory) + piece->offset +
                            random_below(&random, piece->length);
            uint8_t bit = (uint8_t)(1u << random_below(&random, 8));
            *byte ^= bit;
            cr_assert_eq(gyre_batch_unpack(sample.schema, memory, 0, sample.packed->length, &batch),
                         GYRE_ERR_SYNTAX);
            *byte ^= bit;
        }
        cr_assert_eq(gyre_batch_unpack(sample.schema, memory, 0, sample.packed->length, &batch),
                     GYRE_OK);
        gyre_batch_release(batch);
        gyre_buffer_release(memory);
        drop_sample(&sample);
    }
}

/* --- Sheets --- */

enum { SHEET_COLUMNS = 4 };

static const gyre_schema_t *fixed_schema(random_plan_t *random)
{
    static const gyre_field_t kinds[] = {{"a", .kind = GYRE_KIND_INT64, .required = true},
                                         {"b", .kind = GYRE_KIND_UINT8, .required = true},
                                         {"c", .kind = GYRE_KIND_FLOAT32, .required = true},
                                         {"d", .kind = GYRE_KIND_INT16, .required = true}};
    gyre_field_t fields[SHEET_COLUMNS];
    const gyre_schema_t *schema;
    size_t count = 1 + random_below(random, SHEET_COLUMNS);
    for (size_t i = 0; i < count; i++)
        fields[i] = kinds[random_below(random, SHEET_COLUMNS)];
    cr_assert_eq(gyre_schema_create(fields, count, &schema), GYRE_OK);
    return schema;
}

static void check_same_bytes(const gyre_batch_t *batch, const char *bytes, size_t length)
{
    const gyre_packed_t *packed;
    cr_assert_eq(gyre_batch_pack(batch, 0, NULL, &packed), GYRE_OK);
    char *expected = malloc(packed->length);
    cr_assert_not_null(expected);
    gyre_packed_write(packed, expected);
    cr_assert_eq(length, packed->length);
    cr_assert_eq(memcmp(bytes, expected, length), 0);
    gyre_packed_destroy(packed);
    free(expected);
}

/* Rows of random numbers, put there a few at a time, in memory for as many or more. */
static void check_sheet(random_plan_t *random, const gyre_batch_t *batch, size_t memory)
{
    gyre__sheet_t sheet = {.schema = batch->schema,
                           .data = aligned_alloc(64, (memory + 63) / 64 * 64),
                           .room = gyre__sheet_room(batch->schema, memory)};
    cr_assert_not_null(sheet.data);
    memset(sheet.data, 0xa5, memory);
    size_t count = 1 + random_below(random, sheet.room);
    uint32_t *rows = calloc(count, sizeof(*rows));
    for (size_t i = 0; i < count; i++)
        rows[i] = (uint32_t)random_below(random, batch->length);
    for (size_t done = 0, part; done < count; done += part) {
        part = 1 + random_below(random, count - done);
        gyre__sheet_put(&sheet, batch, rows + done, part);
    }
    size_t length = gyre__sheet_end(&sheet);
    cr_assert_leq(length, memory);
    const gyre_batch_t *taken;
    cr_assert_eq(gyre_batch_take(batch, rows, count, NULL, &taken), GYRE_OK);
    check_same_bytes(taken, sheet.data, length);
    gyre_batch_release(taken);
    free(rows);
    free(sheet.data);
}

Test(pack, sheets_are_what_is_packed)
{
    random_plan_t random = random_start("sheets");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = fixed_schema(&random);
        size_t count = 1 + random_below(&random, ROWS_MAX);
        uint64_t *keys = rows_keys(&random, count);
        const gyre_batch_t *batch = rows_batch(schema, keys, count);
        check_sheet(&random, batch, 512 + random_below(&random, 8192));
        gyre_batch_release(batch);
        gyre_schema_release(schema);
        free(keys);
    }
}

Test(pack, sheets_are_of_columns_of_fixed_width_without_nulls)
{
    const gyre_field_t fields[] = {{"a", .kind = GYRE_KIND_INT64}, {"b", .kind = GYRE_KIND_STRING}};
    const gyre_schema_t *schema;
    const gyre_batch_t *batch;
    gyre_builder_t *builder;
    cr_assert_eq(gyre_schema_create(fields, 2, &schema), GYRE_OK);
    cr_expect_eq(gyre__sheet_room(schema, 1 << 20), 0);
    gyre_schema_release(schema);
    cr_assert_eq(gyre_schema_create(fields, 1, &schema), GYRE_OK);
    cr_expect_gt(gyre__sheet_room(schema, 1 << 20), 100000);
    cr_expect_eq(gyre__sheet_room(schema, 64), 0);
    cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
    cr_assert_eq(gyre_builder_append_int64(builder->children[0], 1), GYRE_OK);
    cr_assert_eq(gyre_builder_append_null(builder->children[0], 1), GYRE_OK);
    cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
    cr_expect_not(gyre__sheet_takes(batch));
    gyre_batch_release(batch);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
}
