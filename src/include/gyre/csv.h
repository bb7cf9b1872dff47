/* SPDX-License-Identifier: Apache-2.0 */
/* Comma-separated values (RFC 4180) to and from batches. See gyre_csv(3). */
#ifndef GYRE_CSV_H
#define GYRE_CSV_H

#include <gyre/batch.h>
#include <gyre/input.h>
#include <gyre/output.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_csv gyre_csv_t;               /* reads */
typedef struct gyre_csv_writer gyre_csv_writer_t; /* writes */

typedef enum gyre_csv_header {
    GYRE_CSV_NO_HEADER,
    GYRE_CSV_HEADER,        /* the first row of every file has the columns' names */
    GYRE_CSV_HEADER_IGNORED /* has whatever names; not for writing */
} gyre_csv_header_t;

typedef struct gyre_csv_format {
    char delimiter; /* 0: a comma */
    char quote;     /* 0: a double quote */
    bool no_quotes; /* no field is quoted */
    char comment;   /* a line that begins with it is skipped; 0: none is */
    gyre_csv_header_t header;
    const char *null_text; /* an unquoted field with this text is null; NULL: "" */
} gyre_csv_format_t;

typedef enum gyre_csv_policy {
    GYRE_CSV_FAIL,   /* a bad row is an error */
    GYRE_CSV_SKIP,   /* it is counted */
    GYRE_CSV_COLLECT /* it is counted and kept */
} gyre_csv_policy_t;

typedef struct gyre_csv_opts {
    gyre_csv_format_t format;
    gyre_csv_policy_t policy;
    size_t bad_max;      /* with more bad rows reading fails; 0: no bound */
    bool lines_are_rows; /* no newline is quoted: a split is found without reading what is before */
    size_t row_max;      /* bytes of a row; 0: no bound */
    size_t batch_rows;   /* of a batch at most; 0: 8192 */
    size_t sample_rows;  /* that types are inferred from; 0: 1000 */
} gyre_csv_opts_t;

typedef struct gyre_csv_bad {
    const char *path;
    uint64_t line; /* from 1 on */
    const char *reason;
    gyre_text_t text; /* the row, with its newline */
} gyre_csv_bad_t;

/* The types of the columns, by the first rows of an input: int64, float64, bool, date32, timestamp
 * or string, and their names, "c0", "c1" without a header. */
GYRE_EXPORT gyre_status_t gyre_csv_infer(const gyre_input_t *input, const gyre_csv_opts_t *opts,
                                         const gyre_schema_t **schema);

/* schema NULL: inferred. NULL options are the default. GYRE_ERR_NOT_SUPPORTED for a column that is
 * not of a number, bool, date32, timestamp or string type. */
GYRE_EXPORT gyre_status_t gyre_csv_open(const gyre_split_t *split, const gyre_schema_t *schema,
                                        const gyre_csv_opts_t *opts, gyre_csv_t **csv);
GYRE_EXPORT const gyre_schema_t *gyre_csv_schema(const gyre_csv_t *csv); /* while it is open */

/* The next rows, to be released; NULL at the end. */
GYRE_EXPORT gyre_status_t gyre_csv_next(gyre_csv_t *csv, const gyre_batch_t **batch);

/* Bad rows so far. */
GYRE_EXPORT uint64_t gyre_csv_bad_count(const gyre_csv_t *csv);
/* Those that were kept, until the reader is closed. */
GYRE_EXPORT size_t gyre_csv_bad_rows(const gyre_csv_t *csv, const gyre_csv_bad_t **rows);
GYRE_EXPORT void gyre_csv_close(gyre_csv_t *csv);

/* Rows to a part, which outlives the writer. NULL format is the default. */
GYRE_EXPORT gyre_status_t gyre_csv_writer_create(gyre_part_t *part, const gyre_schema_t *schema,
                                                 const gyre_csv_format_t *format,
                                                 gyre_csv_writer_t **writer);
GYRE_EXPORT gyre_status_t gyre_csv_write(gyre_csv_writer_t *writer, const gyre_batch_t *batch);
GYRE_EXPORT void gyre_csv_writer_destroy(gyre_csv_writer_t *writer);

#ifdef __cplusplus
}
#endif
#endif
