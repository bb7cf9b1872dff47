/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of TeraSort share. They are collective; one that fails has said why. */
#ifndef EXAMPLES_TERA_H
#define EXAMPLES_TERA_H

#include <gyre/gyre.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tera {
    gyre_comm_t *world;
    int rank, size;
    int key, value; /* bytes of each in a record, which they are all of */
    uint64_t seed;
    int sources, sinks; /* tasks that read or make parts, and that write sorted ones: task i is on
                           rank i modulo size */
    bool text;          /* records are lines */
    gyre_overwrite_t overwrite;
} tera_t;

/* Writes as many records as parts of a directory: the same whatever the number of workers. */
bool tera_generate(const tera_t *tera, uint64_t records, const char *out);

/* Writes the records of in, which is a file, a directory or a pattern, to out. All of a part come
 * before those of the next one, so the parts one after the other are in order. */
bool tera_sort(const tera_t *tera, const char *in, const char *out);

/* The same by sets. */
bool tera_sort_sets(const tera_t *tera, const char *in, const char *out);

/* Whether out is what sorting in gives. */
bool tera_check(const tera_t *tera, const char *in, const char *out);

/* A reader of records of piece index of count pieces. Close it also when opening has failed. */
typedef struct tera_reader {
    gyre_input_t *input;
    gyre_split_t *split;
    gyre_records_t *records;
} tera_reader_t;

gyre_status_t tera_open(const tera_t *tera, const char *in, int index, int count,
                        tera_reader_t *reader);
void tera_close(tera_reader_t *reader);

/* Columns of keys and values. */
gyre_status_t tera_schema(const tera_t *tera, const gyre_schema_t **schema);

/* So many records as columns, and back. */
gyre_status_t tera_unweave(const tera_t *tera, gyre_builder_t *builder, const char *records,
                           size_t count, const gyre_batch_t **batch);
gyre_status_t tera_write(const tera_t *tera, const gyre_batch_t *batch, gyre_part_t *part);

/* A line of rank 0 about how long a step took. */
bool tera_report(const tera_t *tera, const char *step, uint64_t records, double start);
double tera_seconds(void);

/* False, after a line about what is wrong. */
bool tera_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* True for GYRE_OK. Silent when another worker has failed, which has said why. */
bool tera_ok(gyre_status_t status);

#endif
