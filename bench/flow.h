/* SPDX-License-Identifier: Apache-2.0 */
/* Operators in the benchmark: the rows that sources insert, and one run of an operator, from the
 * first insert to its completion on all workers. */
#ifndef GYRE_BENCH_FLOW_H
#define GYRE_BENCH_FLOW_H

#include "worker.h"

/* zipf.c: ranks from 0 to count - 1, the first one the most often; all alike where skew is 0. */
typedef struct gyre__bench_zipf {
    uint64_t count;
    double skew, low, high, sure;
} gyre__bench_zipf_t;

gyre__bench_zipf_t gyre__bench_zipf(uint64_t count, double skew);
/* state is any number at first. */
uint64_t gyre__bench_zipf_draw(const gyre__bench_zipf_t *zipf, uint64_t *state);

/* flow-rows.c: what a source inserts, batch by batch: a key, and a value that belongs to the source
 * and the row. The same whatever the number of workers. */
typedef struct gyre__bench_rows {
    size_t count; /* batches */
    const gyre_batch_t **batches;
} gyre__bench_rows_t;

gyre_status_t gyre__bench_rows_schema(const gyre__bench_opts_t *opts, const gyre_schema_t **schema);
gyre_status_t gyre__bench_rows_make(const gyre__bench_opts_t *opts, const gyre_schema_t *schema,
                                    int source, size_t rows, gyre__bench_rows_t *made);
/* A row for every key, shared by so many sources. */
gyre_status_t gyre__bench_rows_of_keys(const gyre__bench_opts_t *opts, const gyre_schema_t *schema,
                                       int source, int sources, gyre__bench_rows_t *made);
void gyre__bench_rows_free(gyre__bench_rows_t *rows);

#endif
