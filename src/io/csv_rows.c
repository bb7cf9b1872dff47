/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a split. A newline may be quoted, and whether it is can only be known from the begin
 * of the file: so a range that begins within a file is found by passing over all rows before it,
 * which is looking for quotes, at the speed of memory where there are few. With lines_are_rows a
 * range's first row is found at once, as lines are. */
#include "base/error.h"
#include "io/csv.h"
#include "io/input.h"

#include <stdlib.h>

enum { MARK_MAX = 4 }; /* more than the bytes of a byte order mark */

void gyre__csv_rows_init(gyre__csv_rows_t *rows, const gyre_split_t *split,
                         const gyre__csv_dialect_t *dialect, size_t row_max)
{
    *rows = (gyre__csv_rows_t){.dialect = dialect};
    gyre__window_init(&rows->window, split, row_max);
}

void gyre__csv_rows_cleanup(gyre__csv_rows_t *rows)
{
    gyre__window_cleanup(&rows->window);
    free(rows->fields);
}

/* Bytes of whole lines at the window's begin that have no quote and begin before from. */
static size_t plain_lines(const gyre__csv_rows_t *rows, uint64_t from)
{
    const gyre__window_t *window = &rows->window;
    const char *begin = window->data + window->begin;
    size_t length = window->end - window->begin;
    if (length == 0)
        return 0;
    const char *quote = memchr(begin, rows->dialect->quote, length);
    if (quote)
        length = (size_t)(quote - begin);
    uint64_t before = from - window->at;
    const char *newline =
        before <= length ? memchr(begin + before - 1, '\n', length - before + 1) : NULL;
    if (!newline)
        newline = memrchr(begin, '\n', length < before ? length : before);
    return newline ? (size_t)(newline - begin) + 1 : 0;
}

/* Scans the row at the window's begin, of which all is made to be at hand; of no length where the
 * file ends. */
static gyre_status_t whole_row(gyre__csv_rows_t *rows, gyre__csv_row_t *row)
{
    gyre__window_t *window = &rows->window;
    for (;;) {
        const char *begin = window->data + window->begin;
        size_t length = window->end - window->begin;
        row->length = 0;
        if (length > 0)
            gyre__csv_scan(rows->dialect, begin, length, window->last, rows->fields, rows->room,
                           row);
        if (row->length > 0 || window->last)
            return GYRE_OK;
        gyre_status_t status = gyre__window_more(window);
        if (status != GYRE_OK)
            return status;
    }
}

/* Over the rows that begin before the range. */
static gyre_status_t pass_rows(gyre__csv_rows_t *rows, uint64_t from)
{
    gyre__window_t *window = &rows->window;
    while (window->at < from) {
        size_t length = plain_lines(rows, from);
        if (length == 0) {
            gyre__csv_row_t row;
            gyre_status_t status = whole_row(rows, &row);
            if (status != GYRE_OK)
                return status;
            if ((length = row.length) == 0)
                break;
        }
        gyre__window_take(window, length);
    }
    return GYRE_OK;
}

static gyre_status_t to_range(gyre__csv_rows_t *rows, uint64_t from)
{
    gyre_status_t status;
    if (rows->dialect->lines_are_rows) {
        gyre__window_jump(&rows->window, from - 1);
        status = gyre__window_skip_line(&rows->window);
    } else {
        status = pass_rows(rows, from);
    }
    rows->counted_from = rows->window.at;
    rows->before = UINT64_MAX;
    rows->lines = 0;
    return status;
}

/* Opens the next range, at the begin of its file: that has the header. */
static gyre_status_t next_range(gyre__csv_rows_t *rows)
{
    gyre__window_t *window = &rows->window;
    gyre_status_t status = gyre__window_next(window, SIZE_MAX);
    if (status != GYRE_OK || !window->open)
        return status;
    rows->header_expected = rows->dialect->header != GYRE_CSV_NO_HEADER;
    rows->counted_from = rows->before = rows->lines = 0;
    bool unseen = rows->dialect->lines_are_rows && !rows->header_expected &&
                  gyre__window_range(window)->from >= MARK_MAX;
    if (!unseen && (status = gyre__window_more(window)) == GYRE_OK)
        gyre__window_take(window, gyre__text_mark((gyre_text_t){window->data, window->end}));
    return status;
}

static gyre_status_t reserve(gyre__csv_rows_t *rows, size_t count)
{
    gyre__csv_field_t *fields = realloc(rows->fields, count * sizeof(*fields));
    if (!fields)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for a row of %zu fields",
                           rows->window.stream.name, count);
    rows->fields = fields;
    rows->room = count;
    return GYRE_OK;
}

/* The same, with room for all its fields. */
static gyre_status_t read_row(gyre__csv_rows_t *rows, gyre__csv_row_t *row)
{
    gyre_status_t status = whole_row(rows, row);
    if (status == GYRE_OK && row->length > 0 && row->count > rows->room) {
        status = reserve(rows, row->count);
        if (status == GYRE_OK)
            status = whole_row(rows, row);
    }
    return status;
}

/* Takes the row; true if it is one to be looked at. */
static bool take_row(gyre__csv_rows_t *rows, gyre__csv_row_t *row)
{
    rows->row_lines = rows->lines;
    rows->lines += row->newlines;
    gyre__window_take(&rows->window, row->length);
    bool value = row->skipped && row->count == 1 && rows->columns == 1 && !rows->header_expected;
    if (row->skipped && !value)
        return false;
    row->header = rows->header_expected;
    rows->header_expected = false;
    return true;
}

gyre_status_t gyre__csv_rows_next(gyre__csv_rows_t *rows, gyre__csv_row_t *row)
{
    gyre__window_t *window = &rows->window;
    gyre_status_t status = GYRE_OK;
    while (status == GYRE_OK) {
        bool more = window->begin < window->end || !window->last;
        if (!window->open || window->at >= window->stream.to || !more) {
            status = next_range(rows);
            if (status == GYRE_OK && !window->open)
                break;
            continue;
        }
        uint64_t from = gyre__window_range(window)->from;
        if (!rows->header_expected && window->at < from) {
            status = to_range(rows, from);
            continue;
        }
        status = read_row(rows, row);
        if (status != GYRE_OK)
            break;
        if (row->length > 0 && take_row(rows, row))
            return GYRE_OK;
    }
    *row = (gyre__csv_row_t){0};
    return status;
}

gyre_status_t gyre__csv_rows_line(gyre__csv_rows_t *rows, uint64_t *line)
{
    gyre_status_t status = GYRE_OK;
    if (rows->before == UINT64_MAX)
        status = gyre__window_count_newlines(&rows->window, rows->counted_from, &rows->before);
    if (status == GYRE_OK)
        *line = rows->before + rows->row_lines + 1;
    return status;
}
