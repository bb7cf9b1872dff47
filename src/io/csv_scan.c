/* SPDX-License-Identifier: Apache-2.0 */
/* Where a row's fields are. A quote opens a field only as its first byte; what is no CSV is a fault
 * of the row, but the row still ends at a newline outside of quotes, so that every reader finds the
 * same rows whatever is in them. */
#include "base/error.h"
#include "io/csv.h"

#include <stdlib.h>

enum { NONE = '\n' };

static char or_default(char chosen, char usual)
{
    return chosen ? chosen : usual;
}

gyre_status_t gyre__csv_dialect_init(gyre__csv_dialect_t *dialect, const gyre_csv_format_t *format,
                                     bool lines_are_rows)
{
    static const gyre_csv_format_t usual = {0};
    format = format ? format : &usual;
    *dialect = (gyre__csv_dialect_t){
        .delimiter = or_default(format->delimiter, ','),
        .quote = format->no_quotes ? NONE : or_default(format->quote, '"'),
        .comment = or_default(format->comment, NONE),
        .lines_are_rows = lines_are_rows || format->no_quotes,
        .header = format->header,
        .null_text = format->null_text ? format->null_text : "",
    };
    dialect->null_length = strlen(dialect->null_text);
    const char all[] = {dialect->delimiter, dialect->quote, dialect->comment};
    for (int i = 0; i < 3; i++)
        if (all[i] == '\r' || (i == 0 && all[i] == NONE) ||
            (all[i] != NONE && (all[i] == all[(i + 1) % 3] || all[i] == all[(i + 2) % 3])))
            return gyre__error(GYRE_ERR_ARG,
                               "CSV with delimiter 0x%02x, quote 0x%02x and comment 0x%02x, "
                               "expected different characters that end no line",
                               (unsigned char)all[0], (unsigned char)all[1], (unsigned char)all[2]);
    if (format->header < GYRE_CSV_NO_HEADER || format->header > GYRE_CSV_HEADER_IGNORED)
        return gyre__error(GYRE_ERR_ARG, "CSV with header %d, expected none, header or ignored",
                           (int)format->header);
    dialect->ends[(unsigned char)dialect->delimiter] = dialect->ends['\n'] = true;
    memcpy(dialect->stops, dialect->ends, sizeof(dialect->stops));
    dialect->stops[(unsigned char)dialect->quote] = true;
    return GYRE_OK;
}

typedef struct scan {
    const gyre__csv_dialect_t *dialect;
    const char *at, *end;
    bool last;
    gyre__csv_row_t *row;
} scan_t;

static void fault(scan_t *scan, const char *reason)
{
    if (!scan->row->fault)
        scan->row->fault = reason;
}

static const char *find(const char *from, const char *end, char byte)
{
    return from < end ? memchr(from, byte, (size_t)(end - from)) : NULL;
}

/* The closing quote, or where the field ends without one; NULL: not at hand. */
static const char *find_quote(scan_t *scan, gyre__csv_field_t *field)
{
    const char quote = scan->dialect->quote;
    const char *end = scan->end, *newline = NULL;
    if (scan->dialect->lines_are_rows && (newline = find(scan->at, end, '\n')))
        end = newline;
    for (const char *at = scan->at; (at = find(at, end, quote)); at += 2) {
        if (at + 1 == scan->end && !scan->last)
            return NULL;
        if (at + 1 == end || at[1] != quote)
            return at;
        field->doubled = true;
    }
    if (!newline && !scan->last)
        return NULL;
    fault(scan, newline ? "a quote is not closed on its line" : "a quote is not closed");
    return end;
}

static size_t count_newlines(const char *from, const char *end)
{
    size_t count = 0;
    for (; (from = find(from, end, '\n')); from++)
        count++;
    return count;
}

/* To the end of a field without quotes, or of what follows a closing quote. */
static void pass_plain(scan_t *scan, const bool *stops)
{
    const char *at = scan->at, *end = scan->end;
    while (at < end && !stops[(unsigned char)*at])
        at++;
    scan->at = at;
}

/* False: the field's end is not at hand. */
static bool pass_quoted(scan_t *scan, gyre__csv_field_t *field)
{
    scan->at++;
    const char *quote = find_quote(scan, field);
    if (!quote)
        return false;
    *field = (gyre__csv_field_t){scan->at, (size_t)(quote - scan->at), true, field->doubled};
    scan->row->newlines += count_newlines(scan->at, quote);
    scan->at = quote < scan->end && *quote == scan->dialect->quote ? quote + 1 : quote;
    const char *behind = scan->at;
    pass_plain(scan, scan->dialect->ends);
    if (scan->at == scan->end && !scan->last)
        return false;
    bool line_end =
        scan->at < scan->end && *scan->at == '\n' && scan->at - behind == 1 && *behind == '\r';
    if (scan->at > behind && !line_end)
        fault(scan, "there is text behind a closing quote");
    return true;
}

static bool pass_field(scan_t *scan, gyre__csv_field_t *field)
{
    if (scan->at < scan->end && *scan->at == scan->dialect->quote && *scan->at != NONE)
        return pass_quoted(scan, field);
    field->data = scan->at;
    pass_plain(scan, scan->dialect->stops);
    if (scan->at < scan->end && !scan->dialect->ends[(unsigned char)*scan->at]) {
        fault(scan, "there is a quote in a field without quotes");
        pass_plain(scan, scan->dialect->ends);
    }
    if (scan->at == scan->end && !scan->last)
        return false;
    field->length = (size_t)(scan->at - field->data);
    if (scan->at < scan->end && *scan->at == '\n' && field->length > 0 && scan->at[-1] == '\r')
        field->length--;
    return true;
}

/* A comment is a line, whatever quotes are in it. */
static bool pass_comment(scan_t *scan)
{
    gyre__csv_row_t *row = scan->row;
    if (*scan->at != scan->dialect->comment || *scan->at == NONE)
        return false;
    const char *newline = find(scan->at, scan->end, '\n');
    const char *end = newline ? newline + 1 : scan->end;
    row->skipped = true;
    row->newlines = newline != NULL;
    row->length = newline || scan->last ? (size_t)(end - scan->at) : 0;
    return true;
}

void gyre__csv_scan(const gyre__csv_dialect_t *dialect, const char *text, size_t length, bool last,
                    gyre__csv_field_t *fields, size_t room, gyre__csv_row_t *row)
{
    *row = (gyre__csv_row_t){.text = text};
    scan_t scan = {dialect, text, text + length, last, row};
    if (pass_comment(&scan))
        return;
    row->skipped = text[0] == '\n' || (length > 1 && memcmp(text, "\r\n", 2) == 0);
    for (;;) {
        gyre__csv_field_t field = {0};
        if (!pass_field(&scan, &field)) {
            row->length = 0;
            return;
        }
        if (row->count < room)
            fields[row->count] = field;
        row->count++;
        if (scan.at == scan.end || *scan.at == '\n')
            break;
        scan.at++;
    }
    bool newline = scan.at < scan.end;
    row->newlines += newline;
    row->length = (size_t)(scan.at - text) + newline;
}

size_t gyre__csv_unquote(const gyre__csv_dialect_t *dialect, const gyre__csv_field_t *field,
                         char *to)
{
    const char *from = field->data, *end = from + field->length;
    char *begin = to;
    for (const char *quote; field->doubled && (quote = find(from, end, dialect->quote));
         from = quote + 2) {
        memcpy(to, from, (size_t)(quote + 1 - from));
        to += quote + 1 - from;
    }
    if (from < end)
        memcpy(to, from, (size_t)(end - from));
    return (size_t)(to - begin) + (from < end ? (size_t)(end - from) : 0);
}

char *gyre__csv_string(const gyre__csv_dialect_t *dialect, const gyre__csv_field_t *field)
{
    char *text = malloc(field->length + 1);
    if (text)
        text[gyre__csv_unquote(dialect, field, text)] = '\0';
    return text;
}
