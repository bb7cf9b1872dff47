/* SPDX-License-Identifier: Apache-2.0 */
/* gyre tune's measurement: every algorithm that can serve a cell (a collective and a size), in
 * turns; all workers of the job take part and all come to the same result, since they decide by
 * times that they share. Which file the rules go to is the command's business. */
#ifndef GYRE_BENCH_TUNE_H
#define GYRE_BENCH_TUNE_H

#include "coll.h"
#include "worker.h"

#include <gyre/coll.h>
#include <stdio.h>

#define GYRE__BENCH_TURNS 5 /* a median of so many */

/* An algorithm with parameters, zero: its default. No algorithm: the library's own choice. */
typedef struct gyre__bench_way {
    const char *algorithm;
    int radix;
    size_t segment;
    double times[GYRE__BENCH_TURNS]; /* seconds per call */
    double time;                     /* their median */
} gyre__bench_way_t;

typedef struct gyre__bench_tuning {
    gyre__bench_t bench;
    gyre_comm_t *control; /* for what is not measured; its algorithms stay as they are */
    const char *name;     /* of the collective */
    size_t bytes;         /* as rules know them */
    double begin, limit;  /* seconds */
    int cells, done, skipped;
    bool talk;
    FILE *out;        /* for rules, written by rank 0 */
    char members[64]; /* the part of a rule that says for how many */
} gyre__bench_tuning_t;

/* Of the cell that bench is set up for: the best way, but the library's own choice where that is
 * as good but for a few per cent, or else last, what served the size below. *part: its time as a
 * part of that of the library's choice. limit: about so many seconds. */
gyre_status_t gyre__bench_tune_cell(gyre__bench_tuning_t *tuning, double limit,
                                    const gyre__bench_way_t *last, gyre__bench_way_t *way,
                                    double *part);

/* The rule's end: "@name(radix=4)". */
void gyre__bench_way_write(const gyre__bench_way_t *way, char *text, size_t room);
bool gyre__bench_way_equal(const gyre__bench_way_t *a, const gyre__bench_way_t *b);

#endif
