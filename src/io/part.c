/* SPDX-License-Identifier: Apache-2.0 */
/* A part gathers what is written to it in a block, compresses that if so asked, and writes it to a
 * draft, which takes the part's place when it is committed. */
#include "io/part.h"

#include "base/error.h"
#include "io/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 << 10 };

struct gyre_part {
    const gyre_output_t *output;
    gyre_draft_t *draft;
    char *path;
    char *data; /* not yet compressed */
    size_t length;
    char *packed; /* NULL without compression */
    void *encoder;
};

char *gyre__part_path(const gyre_output_t *output, uint32_t index)
{
    char name[32];
    snprintf(name, sizeof(name), GYRE__PART_PREFIX "%05lu", (unsigned long)index);
    char *plain = gyre__store_join(output->uri, name), *path = NULL;
    if (plain && asprintf(&path, "%s%s", plain, output->suffix) < 0) {
        path = NULL;
        gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for its name", plain);
    }
    free(plain);
    return path;
}

static gyre_status_t refuse_old(const char *path, const char *what)
{
    gyre_file_info_t info;
    gyre_status_t status = gyre_store_stat(path, &info);
    if (status == GYRE_OK)
        return gyre__error(GYRE_ERR_STATE, "%s: %s, and nothing is to be overwritten", path, what);
    return status == GYRE_ERR_NOT_FOUND ? GYRE_OK : status;
}

/* Says early what commit would say after the work. */
static gyre_status_t check_old(const gyre_part_t *part)
{
    if (part->output->opts.overwrite == GYRE_OVERWRITE)
        return GYRE_OK;
    char *mark = gyre__store_join(part->output->uri, GYRE__SUCCESS);
    if (!mark)
        return GYRE_ERR_NO_MEMORY;
    gyre_status_t status = refuse_old(mark, "the output is complete");
    free(mark);
    return status == GYRE_OK ? refuse_old(part->path, "there is such a part") : status;
}

static gyre_status_t prepare(gyre_part_t *part, uint32_t index)
{
    const gyre_output_t *output = part->output;
    part->path = gyre__part_path(output, index);
    if (!part->path)
        return GYRE_ERR_NO_MEMORY;
    gyre_status_t status = check_old(part);
    if (status != GYRE_OK)
        return status;
    part->data = malloc(BLOCK);
    if (output->codec)
        part->packed = malloc(BLOCK);
    if (!part->data || (output->codec && !part->packed))
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory to write it", part->path);
    if (output->codec)
        status = output->codec->encoder_create(part->path, output->opts.level, &part->encoder);
    return status == GYRE_OK ? gyre_draft_create(part->path, &part->draft) : status;
}

gyre_status_t gyre_part_create(gyre_output_t *output, uint32_t index, gyre_part_t **out)
{
    gyre_part_t *part = calloc(1, sizeof(*part));
    if (!part)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for a part", output->uri);
    part->output = output;
    gyre_status_t status = prepare(part, index);
    if (status != GYRE_OK) {
        gyre_part_abort(part);
        return status;
    }
    *out = part;
    return GYRE_OK;
}

static gyre_status_t compress(gyre_part_t *part, const void *bytes, size_t length, bool finish)
{
    gyre__codec_io_t io = {.in = bytes, .in_length = length};
    bool done = false;
    while (!done) {
        io.out = part->packed;
        io.out_room = BLOCK;
        gyre_status_t status =
            part->output->codec->encode(part->encoder, part->path, &io, finish, &done);
        if (status == GYRE_OK && io.out_room < BLOCK)
            status = gyre_draft_write(part->draft, part->packed, BLOCK - io.out_room);
        if (status != GYRE_OK)
            return status;
    }
    return GYRE_OK;
}

static gyre_status_t pass_on(gyre_part_t *part, const void *bytes, size_t length)
{
    return part->encoder ? compress(part, bytes, length, false)
                         : gyre_draft_write(part->draft, bytes, length);
}

static gyre_status_t flush(gyre_part_t *part)
{
    size_t length = part->length;
    part->length = 0;
    return length ? pass_on(part, part->data, length) : GYRE_OK;
}

gyre_status_t gyre_part_write(gyre_part_t *part, const void *bytes, size_t length)
{
    if (length > BLOCK - part->length) {
        gyre_status_t status = flush(part);
        if (status != GYRE_OK)
            return status;
        if (length >= BLOCK)
            return pass_on(part, bytes, length);
    }
    if (length > 0)
        memcpy(part->data + part->length, bytes, length);
    part->length += length;
    return GYRE_OK;
}

gyre_status_t gyre_part_line(gyre_part_t *part, const char *text, size_t length)
{
    if (length > 0 && memchr(text, '\n', length))
        return gyre__error(GYRE_ERR_ARG, "%s: a line of %zu bytes with a newline in it", part->path,
                           length);
    gyre_status_t status = gyre_part_write(part, text, length);
    return status == GYRE_OK ? gyre_part_write(part, "\n", 1) : status;
}

static gyre_status_t write_lines(gyre_part_t *part, const gyre_column_t *column)
{
    gyre_status_t status = GYRE_OK;
    for (size_t row = 0; row < column->length && status == GYRE_OK; row++) {
        size_t length;
        const char *text = gyre_column_bytes(column, row, &length);
        status = gyre_part_line(part, text, length);
    }
    return status;
}

gyre_status_t gyre_part_column(gyre_part_t *part, const gyre_column_t *column)
{
    const gyre_field_t *field = column->field;
    if (column->null_count > 0)
        return gyre__error(GYRE_ERR_ARG, "%s: a column with %zu nulls, expected none", part->path,
                           column->null_count);
    if (field->kind == GYRE_KIND_STRING)
        return write_lines(part, column);
    if (field->kind == GYRE_KIND_FIXED_SIZE_BINARY)
        return gyre_part_write(part, column->values, column->length * (size_t)field->size);
    return gyre__error(GYRE_ERR_ARG,
                       "%s: a column of type %s, expected string or fixed_size_binary", part->path,
                       gyre_kind_name(field->kind));
}

gyre_status_t gyre_part_commit(gyre_part_t *part)
{
    gyre_status_t status = flush(part);
    if (status == GYRE_OK && part->encoder)
        status = compress(part, NULL, 0, true);
    if (status == GYRE_OK)
        status = gyre__output_unmark(part->output);
    if (status == GYRE_OK) {
        status = gyre_draft_commit(part->draft, part->output->opts.overwrite == GYRE_OVERWRITE);
        part->draft = NULL;
    }
    gyre_part_abort(part);
    return status;
}

void gyre_part_abort(gyre_part_t *part)
{
    if (!part)
        return;
    gyre_draft_abort(part->draft);
    if (part->encoder)
        part->output->codec->encoder_destroy(part->encoder);
    free(part->packed);
    free(part->data);
    free(part->path);
    free(part);
}
