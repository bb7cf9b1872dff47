/* SPDX-License-Identifier: Apache-2.0 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_ROWS = 1 << 15 };

gyre_status_t gyre__bench_rows_schema(const gyre__bench_opts_t *opts, const gyre_schema_t **schema)
{
    gyre_field_t fields[] = {
        {.name = "key", .kind = opts->strings ? GYRE_KIND_STRING : GYRE_KIND_INT64},
        {.name = "value", .kind = GYRE_KIND_INT64}};
    if (opts->width != sizeof(int64_t)) {
        fields[1].kind = GYRE_KIND_FIXED_SIZE_BINARY;
        fields[1].size = (int32_t)opts->width;
    }
    return gyre_schema_create(fields, 2, schema);
}

/* As a word: the more often, the shorter. */
static gyre_status_t append_word(gyre_builder_t *builder, uint64_t id)
{
    char word[16];
    size_t at = sizeof(word);
    do
        word[--at] = (char)('a' + id % 26);
    while (id /= 26);
    return gyre_builder_append_bytes(builder, word + at, sizeof(word) - at);
}

/* Numbers are far apart, as keys are that mean something. */
static gyre_status_t append_key(gyre_builder_t *builder, uint64_t id)
{
    return builder->kind == GYRE_KIND_STRING
               ? append_word(builder, id)
               : gyre_builder_append_int64(builder, (int64_t)gyre__bench_mix(id));
}

static gyre_status_t append_values(gyre_builder_t *builder, size_t width, uint64_t seed,
                                   size_t count)
{
    void *values;
    gyre_status_t status = gyre_builder_extend(builder, count, &values);
    for (size_t i = 0; status == GYRE_OK && i < count; i++)
        for (size_t at = 0; at < width; at += sizeof(uint64_t)) {
            uint64_t word = gyre__bench_mix(seed + i + at);
            size_t left = width - at;
            memcpy((char *)values + i * width + at, &word,
                   left < sizeof(word) ? left : sizeof(word));
        }
    return status;
}

/* Which keys come: drawn, or one after the other. */
typedef struct keys {
    gyre__bench_zipf_t zipf;
    uint64_t state;
    uint64_t next, step; /* step 0: drawn */
} keys_t;

static uint64_t next_key(keys_t *keys)
{
    uint64_t id = keys->next;
    keys->next += keys->step;
    return keys->step > 0 ? id : gyre__bench_zipf_draw(&keys->zipf, &keys->state);
}

static gyre_status_t make_batch(const gyre__bench_opts_t *opts, gyre_builder_t *builder,
                                keys_t *keys, uint64_t seed, size_t rows,
                                const gyre_batch_t **batch)
{
    gyre_status_t status = append_values(builder->children[1], opts->width, seed, rows);
    for (size_t i = 0; status == GYRE_OK && i < rows; i++)
        status = append_key(builder->children[0], next_key(keys));
    return status == GYRE_OK ? gyre_builder_finish_batch(builder, batch) : status;
}

static gyre_status_t make(const gyre__bench_opts_t *opts, const gyre_schema_t *schema, keys_t *keys,
                          size_t rows, gyre__bench_rows_t *made)
{
    gyre_builder_t *builder = NULL;
    gyre_status_t status = gyre_builder_create_batch(schema, NULL, &builder);
    *made = (gyre__bench_rows_t){.batches = calloc(rows / BATCH_ROWS + 1, sizeof(*made->batches))};
    if (status == GYRE_OK && !made->batches)
        status = GYRE_ERR_NO_MEMORY;
    for (size_t done = 0; status == GYRE_OK && done < rows; done += BATCH_ROWS) {
        size_t count = rows - done < BATCH_ROWS ? rows - done : BATCH_ROWS;
        status =
            make_batch(opts, builder, keys, keys->state + done, count, &made->batches[made->count]);
        made->count += status == GYRE_OK;
    }
    gyre_builder_destroy(builder);
    return status;
}

gyre_status_t gyre__bench_rows_make(const gyre__bench_opts_t *opts, const gyre_schema_t *schema,
                                    int source, size_t rows, gyre__bench_rows_t *made)
{
    keys_t keys = {.zipf = gyre__bench_zipf(opts->keys, opts->skew),
                   .state = gyre__bench_mix((uint64_t)source + 1)};
    return make(opts, schema, &keys, rows, made);
}

gyre_status_t gyre__bench_rows_of_keys(const gyre__bench_opts_t *opts, const gyre_schema_t *schema,
                                       int source, int sources, gyre__bench_rows_t *made)
{
    size_t step = (size_t)sources, first = (size_t)source;
    keys_t keys = {.next = first, .step = step};
    return make(opts, schema, &keys, (opts->keys + step - 1 - first) / step, made);
}

void gyre__bench_rows_free(gyre__bench_rows_t *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        gyre_batch_release(rows->batches[i]);
    free(rows->batches);
}
