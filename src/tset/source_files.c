/* SPDX-License-Identifier: Apache-2.0 */
/* Sources whose rows come from files: each part reads a split of its own. */
#include "base/error.h"
#include "tset/set.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 32 << 10 /* bytes: with what becomes of them they stay in the cache */ };

typedef enum format { TEXT, BLOCKS, CSV, RECORDS } format_t;

typedef struct files {
    format_t format;
    gyre_input_t *input;
    gyre_csv_opts_t csv;
    char *null_text;
    size_t length; /* of a record */
    gyre_split_t **splits;
    size_t split_count;
} files_t;

typedef struct reader {
    gyre_split_t *split;
    gyre_lines_t *lines;
    gyre_text_t rest;      /* lines that are at hand */
    gyre_builder_t *block; /* NULL: not of blocks */
    gyre_csv_t *csv;
    gyre_records_t *records;
} reader_t;

static void files_drop(void *arg)
{
    files_t *files = arg;
    if (!files)
        return;
    for (size_t i = 0; i < files->split_count; i++)
        gyre_split_destroy(files->splits[i]);
    free(files->splits);
    if (files->input)
        gyre_input_destroy(files->input);
    free(files->null_text);
    free(files);
}

/* --- Reading --- */

static gyre_status_t reader_open(gyre_partition_t *part)
{
    const files_t *files = part->arg;
    reader_t *reader = calloc(1, sizeof(*reader));
    if (!reader)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a reader");
    part->state = reader;
    gyre_status_t status = gyre_split_create(files->input, (uint64_t)part->index,
                                             (uint64_t)part->parallelism, &reader->split);
    return status == GYRE_OK && files->format == BLOCKS
               ? gyre_builder_create_batch(part->out, NULL, &reader->block)
               : status;
}

static void rewind_reader(reader_t *reader)
{
    if (reader->lines)
        gyre_lines_close(reader->lines);
    if (reader->csv)
        gyre_csv_close(reader->csv);
    if (reader->records)
        gyre_records_close(reader->records);
    reader->lines = NULL;
    reader->rest = (gyre_text_t){0};
    reader->csv = NULL;
    reader->records = NULL;
}

static gyre_status_t reader_begin(gyre_partition_t *part)
{
    const files_t *files = part->arg;
    reader_t *reader = part->state;
    rewind_reader(reader);
    switch (files->format) {
    case TEXT:
    case BLOCKS:
        return gyre_lines_open(reader->split, 0, &reader->lines);
    case CSV:
        return gyre_csv_open(reader->split, part->out, &files->csv, &reader->csv);
    default:
        return gyre_records_open(reader->split, files->length, &reader->records);
    }
}

/* Of a text of whole lines those that its first BLOCK bytes have some of. */
static size_t block_of(gyre_text_t text)
{
    if (text.length <= BLOCK)
        return text.length;
    const char *newline = memchr(text.data + BLOCK - 1, '\n', text.length - BLOCK + 1);
    return newline ? (size_t)(newline - text.data) + 1 : text.length;
}

static gyre_status_t next_block(reader_t *reader, const gyre_batch_t **out)
{
    gyre_text_t *rest = &reader->rest;
    gyre_status_t status = rest->length ? GYRE_OK : gyre_lines_block(reader->lines, rest);
    *out = NULL;
    if (status != GYRE_OK || !rest->data)
        return status;
    size_t length = block_of(*rest);
    status = gyre_builder_append_bytes(reader->block->children[0], rest->data, length);
    if (status != GYRE_OK)
        return status;
    *rest = (gyre_text_t){rest->data + length, rest->length - length};
    return gyre_builder_finish_batch(reader->block, out);
}

static gyre_status_t reader_next(gyre_partition_t *part, const gyre_batch_t **out)
{
    reader_t *reader = part->state;
    gyre_status_t status = reader->block     ? next_block(reader, out)
                           : reader->lines   ? gyre_lines_batch(reader->lines, out)
                           : reader->records ? gyre_records_batch(reader->records, out)
                                             : gyre_csv_next(reader->csv, out);
    return status == GYRE_OK && *out ? GYRE_IN_PROGRESS : status;
}

static void reader_close(gyre_partition_t *part)
{
    reader_t *reader = part->state;
    if (!reader)
        return;
    rewind_reader(reader);
    gyre_builder_destroy(reader->block);
    gyre_split_destroy(reader->split);
    free(reader);
}

/* --- Where parts lie --- */

/* Splits are kept for the names of their hosts. */
static gyre_status_t locate(gyre_tset_t *set, files_t *files)
{
    size_t parts = (size_t)set->parallelism;
    bool known = false;
    files->splits = calloc(parts, sizeof(*files->splits));
    set->data = calloc(parts, sizeof(*set->data));
    if (!files->splits || !set->data)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu splits", parts);
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < parts && status == GYRE_OK; i++) {
        status = gyre_split_create(files->input, i, parts, &files->splits[i]);
        if (status != GYRE_OK)
            break;
        files->split_count++;
        set->data[i].bytes = gyre_split_size(files->splits[i]);
        status = gyre_split_hosts(files->splits[i], &set->data[i].hosts, &set->data[i].host_count);
        known |= set->data[i].host_count > 0;
    }
    if (!known) {
        free(set->data);
        set->data = NULL;
    }
    return status;
}

/* --- Making them --- */

/* Takes over the schema's reference. */
static gyre_tset_t *end(gyre_env_t *env, const char *what, files_t *files,
                        const gyre_schema_t *schema, int parallelism, gyre_status_t status)
{
    const gyre_function_t function = {.schema = schema,
                                      .next_batch = reader_next,
                                      .open = reader_open,
                                      .begin = reader_begin,
                                      .close = reader_close,
                                      .arg = files};
    gyre_tset_t *set = gyre__set_source(env, what, &function, parallelism, files_drop);
    gyre_schema_release(schema);
    if (set->poisoned)
        return set;
    return gyre__set_end(set, status == GYRE_OK ? locate(set, files) : status);
}

static gyre_status_t open_files(format_t format, const char *const *paths, size_t count,
                                const gyre_input_opts_t *opts, files_t **files)
{
    files_t *made = calloc(1, sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a source");
    made->format = format;
    *files = made;
    return gyre_input_create(paths, count, opts, &made->input);
}

static gyre_tset_t *text(gyre_env_t *env, const char *what, format_t format, const char *column,
                         const char *const *paths, size_t count, const gyre_input_opts_t *opts,
                         int parallelism)
{
    const gyre_field_t field = {.name = column, .kind = GYRE_KIND_STRING};
    const gyre_schema_t *schema = NULL;
    files_t *files = NULL;
    gyre_status_t status = open_files(format, paths, count, opts, &files);
    if (status == GYRE_OK)
        status = gyre_schema_create(&field, 1, &schema);
    return end(env, what, files, schema, parallelism, status);
}

gyre_tset_t *gyre_tset_text(gyre_env_t *env, const char *const *paths, size_t count,
                            const gyre_input_opts_t *opts, int parallelism)
{
    return text(env, "text", TEXT, "line", paths, count, opts, parallelism);
}

gyre_tset_t *gyre_tset_blocks(gyre_env_t *env, const char *const *paths, size_t count,
                              const gyre_input_opts_t *opts, int parallelism)
{
    return text(env, "blocks", BLOCKS, "block", paths, count, opts, parallelism);
}

gyre_tset_t *gyre_tset_csv(gyre_env_t *env, const char *const *paths, size_t count,
                           const gyre_input_opts_t *input, const gyre_schema_t *schema,
                           const gyre_csv_opts_t *opts, int parallelism)
{
    files_t *files = NULL;
    const gyre_schema_t *known = gyre_schema_retain(schema);
    gyre_status_t status = open_files(CSV, paths, count, input, &files);
    if (status == GYRE_OK && opts)
        files->csv = *opts;
    if (status == GYRE_OK && opts && opts->format.null_text) {
        files->csv.format.null_text = files->null_text = strdup(opts->format.null_text);
        if (!files->null_text)
            status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a format");
    }
    if (status == GYRE_OK && !known)
        status = gyre_csv_infer(files->input, &files->csv, &known);
    return end(env, "csv", files, known, parallelism, status);
}

gyre_tset_t *gyre_tset_records(gyre_env_t *env, const char *const *paths, size_t count,
                               const gyre_input_opts_t *opts, size_t length, int parallelism)
{
    const gyre_field_t field = {
        .name = "record", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = (int32_t)length};
    const gyre_schema_t *schema = NULL;
    files_t *files = NULL;
    gyre_status_t status = open_files(RECORDS, paths, count, opts, &files);
    if (status == GYRE_OK && (!length || length > INT32_MAX))
        status = gyre__error(GYRE_ERR_RANGE, "records of %zu bytes", length);
    if (status == GYRE_OK)
        status = gyre_schema_create(&field, 1, &schema);
    if (files)
        files->length = length;
    return end(env, "records", files, schema, parallelism, status);
}
