/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of CSV: where rows and fields are, and what a field's text means. */
#ifndef GYRE_IO_CSV_H
#define GYRE_IO_CSV_H

#include "io/window.h"

#include <gyre/csv.h>

/* The format with its defaults filled in. */
typedef struct gyre__csv_dialect {
    char delimiter, quote, comment; /* quote and comment '\n': none */
    bool lines_are_rows;
    gyre_csv_header_t header;
    const char *null_text;
    size_t null_length;
    bool ends[256];  /* delimiter and newline */
    bool stops[256]; /* and quote */
} gyre__csv_dialect_t;

/* Keeps format's null text. GYRE_ERR_ARG: two of its characters are the same, or newlines. */
gyre_status_t gyre__csv_dialect_init(gyre__csv_dialect_t *dialect, const gyre_csv_format_t *format,
                                     bool lines_are_rows);

typedef struct gyre__csv_field {
    const char *data; /* without quotes around it */
    size_t length;
    bool quoted;
    bool doubled; /* a quote within it stands twice */
} gyre__csv_field_t;

typedef struct gyre__csv_row {
    const char *text;
    size_t length;     /* with its newline */
    size_t newlines;   /* in the text */
    size_t count;      /* of fields, also of those that did not fit */
    const char *fault; /* NULL: it is well-formed */
    bool skipped;      /* a comment, or an empty line */
    bool header;
} gyre__csv_row_t;

/* The row at the begin of text, which has at least a byte, with its first room fields; the row's
 * length is 0 when its end is not at hand. last: nothing follows text. */
void gyre__csv_scan(const gyre__csv_dialect_t *dialect, const char *text, size_t length, bool last,
                    gyre__csv_field_t *fields, size_t room, gyre__csv_row_t *row);

/* The rows of a split, its files' headers among them. */
typedef struct gyre__csv_rows {
    const gyre__csv_dialect_t *dialect;
    gyre__window_t window;
    gyre__csv_field_t *fields; /* of the last row */
    size_t room;
    size_t columns;        /* that a row should have; 0: not known */
    bool header_expected;  /* in the file that is open */
    uint64_t counted_from; /* the byte of the file from which on newlines are counted */
    uint64_t before;       /* newlines before that byte; UINT64_MAX: not counted */
    uint64_t lines;        /* newlines passed since, and the same at the begin of the last row */
    uint64_t row_lines;
} gyre__csv_rows_t;

void gyre__csv_rows_init(gyre__csv_rows_t *rows, const gyre_split_t *split,
                         const gyre__csv_dialect_t *dialect, size_t row_max);
void gyre__csv_rows_cleanup(gyre__csv_rows_t *rows);

/* The next row, in place until the next call; row->text is NULL at the end. */
gyre_status_t gyre__csv_rows_next(gyre__csv_rows_t *rows, gyre__csv_row_t *row);

/* The line of the file in which the last row begins; may read the file up to the range, once. */
gyre_status_t gyre__csv_rows_line(gyre__csv_rows_t *rows, uint64_t *line);

static inline bool gyre__csv_is_null(const gyre__csv_dialect_t *dialect,
                                     const gyre__csv_field_t *field)
{
    return !field->quoted && field->length == dialect->null_length &&
           memcmp(field->data, dialect->null_text, field->length) == 0;
}

/* A field's text with quotes that stand twice made one; to has room for its length. */
size_t gyre__csv_unquote(const gyre__csv_dialect_t *dialect, const gyre__csv_field_t *field,
                         char *to);

/* The same, malloc'ed and terminated; NULL without memory. */
char *gyre__csv_string(const gyre__csv_dialect_t *dialect, const gyre__csv_field_t *field);

typedef union gyre__csv_value {
    int64_t integer; /* int8 to int64, date32, timestamp */
    uint64_t natural;
    double real;
    float single;
    bool truth;
} gyre__csv_value_t;

/* False: the text is no value of the field's type, which is not string. */
bool gyre__csv_parse(const gyre_field_t *field, const char *text, size_t length,
                     gyre__csv_value_t *value);

/* CSV can hold it. */
bool gyre__csv_knows(gyre_kind_t kind);
gyre_status_t gyre__csv_check_schema(const gyre_schema_t *schema);

#endif
