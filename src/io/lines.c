/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text. A reader starts one byte before its range, skips what ends there or goes on from
 * before, and reads the lines that begin in the range to their ends: so every line has one reader,
 * wherever the cuts are. Only "\n" is looked for, which is no part of a longer UTF-8 character. */
#include "base/error.h"
#include "io/window.h"

#include <stdlib.h>
#include <string.h>

struct gyre_lines {
    gyre__window_t window;
    gyre_builder_t *builder; /* NULL until the first batch */
};

gyre_status_t gyre_lines_open(const gyre_split_t *split, size_t line_max, gyre_lines_t **out)
{
    gyre_lines_t *lines = calloc(1, sizeof(*lines));
    if (!lines)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to read lines");
    gyre__window_init(&lines->window, split, line_max);
    *out = lines;
    return GYRE_OK;
}

void gyre_lines_close(gyre_lines_t *lines)
{
    if (!lines)
        return;
    gyre__window_cleanup(&lines->window);
    gyre_builder_destroy(lines->builder);
    free(lines);
}

/* At the begin of a file: a byte order mark and nothing else is nothing. */
static gyre_status_t begin_file(gyre__window_t *window)
{
    gyre_status_t status = gyre__window_more(window);
    gyre_text_t all = {window->data, window->end};
    if (status == GYRE_OK && window->last && all.length == gyre__text_mark(all))
        gyre__window_take(window, all.length);
    return status;
}

/* A line begins at the window's begin and has a byte at hand; if none is left, no range is open. */
static gyre_status_t find_line(gyre__window_t *window)
{
    for (;;) {
        bool inside = window->open && window->at < window->stream.to;
        if (inside && window->begin < window->end)
            return GYRE_OK;
        gyre_status_t status;
        if (inside && !window->last) {
            status = gyre__window_more(window);
        } else {
            status = gyre__window_next(window, 1);
            if (status != GYRE_OK || !window->open)
                return status;
            status = gyre__window_range(window)->from > 0 ? gyre__window_skip_line(window)
                                                          : begin_file(window);
        }
        if (status != GYRE_OK)
            return status;
    }
}

/* Takes length bytes, without a byte order mark at the begin of the file. */
static gyre_text_t take(gyre__window_t *window, size_t length)
{
    gyre_text_t text = {window->data + window->begin, length};
    size_t mark = window->at == 0 ? gyre__text_mark(text) : 0;
    gyre__window_take(window, length);
    return (gyre_text_t){text.data + mark, length - mark};
}

gyre_status_t gyre_lines_next(gyre_lines_t *lines, gyre_text_t *line)
{
    gyre__window_t *window = &lines->window;
    gyre_status_t status = find_line(window);
    *line = (gyre_text_t){0};
    if (status != GYRE_OK || !window->open)
        return status;
    size_t scanned = 0;
    for (;;) {
        const char *begin = window->data + window->begin;
        size_t length = window->end - window->begin;
        const char *newline = memchr(begin + scanned, '\n', length - scanned);
        if (newline || window->last) {
            *line = take(window, newline ? (size_t)(newline - begin) + 1 : length);
            if (newline)
                line->length -= line->length > 1 && newline[-1] == '\r' ? 2 : 1;
            return GYRE_OK;
        }
        scanned = length;
        status = gyre__window_more(window);
        if (status != GYRE_OK)
            return status;
    }
}

/* Length of the complete lines at hand that begin in the range. */
static size_t complete(const gyre__window_t *window)
{
    const char *begin = window->data + window->begin;
    size_t length = window->end - window->begin;
    uint64_t inside = window->stream.to - window->at;
    const char *newline;
    if (length < inside) {
        newline = window->last ? NULL : memrchr(begin, '\n', length);
    } else {
        size_t from = (size_t)inside - 1;
        newline = memchr(begin + from, '\n', length - from);
    }
    return newline ? (size_t)(newline - begin) + 1 : window->last ? length : 0;
}

gyre_status_t gyre_lines_block(gyre_lines_t *lines, gyre_text_t *block)
{
    gyre__window_t *window = &lines->window;
    gyre_status_t status = find_line(window);
    *block = (gyre_text_t){0};
    while (status == GYRE_OK && window->open) {
        size_t length = complete(window);
        if (length > 0) {
            *block = take(window, length);
            break;
        }
        status = gyre__window_more(window);
    }
    return status;
}

static gyre_status_t make_builder(gyre_lines_t *lines)
{
    static const gyre_field_t field = {.name = "line", .kind = GYRE_KIND_STRING};
    const gyre_schema_t *schema;
    gyre_status_t status = gyre_schema_create(&field, 1, &schema);
    if (status != GYRE_OK)
        return status;
    status = gyre_builder_create_batch(schema, NULL, &lines->builder);
    gyre_schema_release(schema);
    return status;
}

static gyre_status_t append_lines(gyre_builder_t *column, gyre_text_t block)
{
    const char *at = block.data, *end = at + block.length;
    gyre_status_t status = gyre_builder_reserve(column, 0, block.length);
    while (status == GYRE_OK && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        size_t length = (size_t)(stop - at);
        length -= newline && length > 0 && stop[-1] == '\r';
        status = gyre_builder_append_bytes(column, at, length);
        at = stop + 1;
    }
    return status;
}

gyre_status_t gyre_lines_batch(gyre_lines_t *lines, const gyre_batch_t **batch)
{
    gyre_text_t block;
    gyre_status_t status = gyre_lines_block(lines, &block);
    *batch = NULL;
    if (status != GYRE_OK || !block.data)
        return status;
    if (!lines->builder)
        status = make_builder(lines);
    if (status == GYRE_OK)
        status = append_lines(lines->builder->children[0], block);
    return status == GYRE_OK ? gyre_builder_finish_batch(lines->builder, batch) : status;
}
