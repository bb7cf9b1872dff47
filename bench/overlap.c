/* SPDX-License-Identifier: Apache-2.0 */
/* OSU's overlap: the non-blocking operation alone, then the same with as much computing between
 * its start and its wait as it took alone. The computing is a number of turns of a loop found
 * beforehand, not a span of the clock: a worker that is put aside has not computed. */
#include "coll.h"

#define SLICE 4096 /* turns between two looks at the clock */

static volatile double sink;

static void turn(size_t turns)
{
    double x = sink;
    for (size_t i = 0; i < turns; i++)
        x = x * 0.999999 + 1e-6;
    sink = x;
}

/* The best of many slices: one that nobody interrupted. */
double gyre__bench_calibrate(void)
{
    double best = 0;
    for (int i = 0; i < 200; i++) {
        double start = gyre__bench_now();
        turn(SLICE);
        double seconds = gyre__bench_now() - start;
        if (!best || seconds < best)
            best = seconds;
    }
    return SLICE / best;
}

/* In equal parts with a test after each. */
static int compute(gyre__bench_t *bench, bool *done)
{
    gyre__bench_coll_t *coll = bench->coll;
    int parts = bench->opts.tests + 1, status = 0;
    size_t turns = (size_t)(coll->work * coll->turns / parts);
    for (int i = 0; i < parts && !status; i++) {
        double start = gyre__bench_now();
        turn(turns);
        coll->computed += gyre__bench_now() - start;
        if (i + 1 < parts && !*done)
            status = bench->side->colls->test(bench, done);
    }
    return status;
}

int gyre__bench_overlap(gyre__bench_t *bench)
{
    const gyre__bench_coll_side_t *side = bench->side->colls;
    bool done = false;
    int status = side->calls[bench->opts.op->shape->kind].begin(bench);
    if (!status && bench->coll->computing)
        status = compute(bench, &done);
    return status || done ? status : side->wait(bench);
}
