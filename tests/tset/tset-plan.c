/* SPDX-License-Identifier: Apache-2.0 */
#include "tset-plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const gyre_schema_t *table_schema;

void tset_open(void)
{
    static const gyre_field_t fields[COLUMNS] = {{.name = "id", .kind = GYRE_KIND_INT64},
                                                 {.name = "key", .kind = GYRE_KIND_INT64},
                                                 {.name = "value", .kind = GYRE_KIND_INT64},
                                                 {.name = "text", .kind = GYRE_KIND_STRING}};
    CHECK_OK(gyre_schema_create(fields, COLUMNS, &table_schema));
}

void tset_close(void)
{
    gyre_schema_release(table_schema);
}

int tset_parts(uint64_t *random)
{
    return 1 + (int)check_below(random, 2 * (uint64_t)check_size);
}

table_t tset_draw(uint64_t *random)
{
    static const size_t rows[] = {0, 1, 100, 10000, 50000};
    size_t most = rows[check_below(random, 5)];
    return (table_t){.seed = check_random(random),
                     .rows = most ? 1 + check_below(random, most) : 0,
                     .keys = 1 + (int64_t)check_below(random, 300)};
}

int64_t table_key(const table_t *table, int64_t id)
{
    return (int64_t)(check_mix(table->seed, (uint64_t)id) % (uint64_t)table->keys);
}

int64_t table_value(const table_t *table, int64_t id)
{
    return (int64_t)(check_mix(table->seed + 1, (uint64_t)id) % 2000001) - 1000000;
}

size_t table_text(const table_t *table, int64_t id, char *text)
{
    uint64_t draw = check_mix(table->seed + 2, (uint64_t)id);
    return (size_t)snprintf(text, 32, "%.*s-%lld", (int)(draw % 9), "abcdefghi", (long long)id);
}

const gyre_batch_t *table_batch(const table_t *table, int64_t first, size_t count)
{
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    char text[32];
    CHECK_OK(gyre_builder_create_batch(table_schema, NULL, &builder));
    for (int64_t id = first; id < first + (int64_t)count; id++) {
        CHECK_OK(gyre_builder_append_int64(builder->children[ID], id));
        CHECK_OK(gyre_builder_append_int64(builder->children[KEY], table_key(table, id)));
        CHECK_OK(gyre_builder_append_int64(builder->children[VALUE], table_value(table, id)));
        CHECK_OK(
            gyre_builder_append_bytes(builder->children[TEXT], text, table_text(table, id, text)));
    }
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    gyre_builder_destroy(builder);
    return batch;
}

gyre_tset_t *table_set(gyre_env_t *env, const table_t *table, int parts)
{
    enum { BATCHES = 3 };
    const gyre_batch_t *batches[BATCHES];
    size_t each = table->rows / BATCHES;
    for (size_t i = 0; i < BATCHES; i++)
        batches[i] = table_batch(table, (int64_t)(i * each),
                                 i + 1 < BATCHES ? each : table->rows - i * each);
    gyre_tset_t *set = gyre_tset_memory(env, batches, BATCHES, parts);
    for (size_t i = 0; i < BATCHES; i++)
        gyre_batch_release(batches[i]);
    return set;
}

int64_t text_number(const char *text, size_t length)
{
    uint64_t number = length;
    for (size_t i = 0; i < length; i++)
        number = check_mix(number, (unsigned char)text[i]);
    return (int64_t)number;
}

void print_add(print_t *print, const int64_t *numbers, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum = check_mix(sum + i, (uint64_t)numbers[i]);
    print->rows++;
    print->sum += sum;
}

void print_row(print_t *print, const gyre_batch_t *batch, size_t row)
{
    int64_t numbers[16];
    size_t count = batch->schema->field_count, length;
    for (size_t i = 0; i < count; i++) {
        const gyre_column_t *column = batch->columns[i];
        if (gyre_column_is_null(column, row))
            numbers[i] = INT64_MIN;
        else if (batch->schema->fields[i].kind == GYRE_KIND_INT64)
            numbers[i] = ((const int64_t *)column->values)[row];
        else {
            const char *text = gyre_column_bytes(column, row, &length);
            numbers[i] = text_number(text, length);
        }
    }
    print_add(print, numbers, count);
}

print_t tset_print(gyre_tset_t *set)
{
    print_t print = {0, 0};
    gyre_dataset_t *data;
    gyre_tset_t *cached = gyre_tset_cache(set);
    CHECK_OK(gyre_tset_data(cached, &data));
    for (int part = 0; part < gyre_dataset_parts(data); part++) {
        size_t count;
        const gyre_batch_t *const *batches = gyre_dataset_batches(data, part, &count);
        for (size_t i = 0; i < count; i++) {
            CHECK(gyre_schema_equal(batches[i]->schema, gyre_tset_schema(set)));
            for (size_t row = 0; row < batches[i]->length; row++)
                print_row(&print, batches[i], row);
        }
    }
    gyre_dataset_release(data);
    gyre_tset_release(cached);
    return (print_t){check_sum(print.rows), check_sum(print.sum)};
}

void tset_check(const char *file, int line, gyre_tset_t *set, print_t expected)
{
    print_t got = tset_print(set);
    if (got.rows != expected.rows || got.sum != expected.sum)
        check_fail(file, line, "\"%s\" has %llu rows that come to %#llx, expected %llu and %#llx",
                   gyre_tset_name(set), (unsigned long long)got.rows, (unsigned long long)got.sum,
                   (unsigned long long)expected.rows, (unsigned long long)expected.sum);
}
