/* SPDX-License-Identifier: Apache-2.0 */
/* The clock around the iterations of a cell: back to back in batches, or one by one with a barrier
 * before each. With a limit the cell is cut into chunks of a twentieth of it, after each of which
 * rank 0 says whether to go on; so all ranks run the same number whatever their clocks say. */
#include "coll.h"

#include <limits.h>
#include <time.h>

#define BATCHES 100

double gyre__bench_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* A rank without a pair has nothing to do but to keep the barriers. */
static int repeat(gyre__bench_t *bench, int count)
{
    int (*once)(gyre__bench_t *) = bench->opts.op->once;
    for (int i = 0; bench->role && i < count; i++) {
        int status = once(bench);
        if (status)
            return status;
    }
    return 0;
}

static int before(gyre__bench_t *bench)
{
    const gyre__bench_coll_side_t *side = bench->side->colls;
    return bench->opts.barrier ? side->calls[GYRE__BENCH_COLL_barrier].blocking(bench) : 0;
}

/* On a busy machine the mean tells of other programs; the best batch is short enough for one that
 * none of them interrupted. */
static int time_batches(gyre__bench_t *bench, int iterations, int batch,
                        gyre__bench_sample_t *sample)
{
    int status = 0;
    for (int left = iterations; left > 0 && !status; left -= batch) {
        int count = left < batch ? left : batch;
        status = before(bench);
        double start = gyre__bench_now();
        if (!status)
            status = repeat(bench, count);
        double seconds = gyre__bench_now() - start;
        sample->seconds += seconds;
        if (!sample->best || seconds / count < sample->best)
            sample->best = seconds / count;
    }
    return status;
}

/* Iterations that take about a twentieth of the limit, from count that took so long. */
static int chunk_for(const gyre__bench_t *bench, int count, double seconds)
{
    double fit = seconds > 0 ? bench->opts.limit / 20 * count / seconds : INT_MAX;
    return fit < 1 ? 1 : fit > INT_MAX / 2 ? INT_MAX / 2 : (int)fit;
}

/* With a limit, more and more iterations until there were enough or they took a tenth of it. */
static int warm_up(gyre__bench_t *bench, int warmup, int *chunk)
{
    double begin = gyre__bench_now();
    int status = 0;
    *chunk = bench->opts.limit > 0 ? 0 : INT_MAX;
    if (*chunk)
        return repeat(bench, warmup);
    for (int count = 1, done = 0; !*chunk && !status; count = count < 1 << 20 ? count * 2 : count) {
        double start = gyre__bench_now();
        status = before(bench);
        if (!status)
            status = repeat(bench, count);
        if (!status)
            status = bench->side->barrier(bench);
        double now = gyre__bench_now();
        done += count;
        if (done >= warmup || now - begin >= bench->opts.limit / 10)
            *chunk = chunk_for(bench, count, now - start);
        if (!status)
            status = bench->side->share(bench, chunk, sizeof(*chunk));
    }
    return status;
}

int gyre__bench_time_is_up(gyre__bench_t *bench, double begin, int *up)
{
    *up = 0;
    if (!(bench->opts.limit > 0))
        return 0;
    int status = bench->side->barrier(bench);
    *up = gyre__bench_now() - begin >= bench->opts.limit;
    return status ? status : bench->side->share(bench, up, sizeof(*up));
}

int gyre__bench_time(gyre__bench_t *bench, int warmup, int *iterations,
                     gyre__bench_sample_t *sample)
{
    int chunk, done = 0, up = 0;
    int batch = bench->length > 8192 || bench->opts.barrier ? 1 : (*iterations - 1) / BATCHES + 1;
    int status = bench->side->barrier(bench);
    if (!status)
        status = warm_up(bench, warmup, &chunk);
    if (!status)
        status = bench->side->barrier(bench);
    double begin = gyre__bench_now();
    while (!status && done < *iterations && !up) {
        int left = *iterations - done, count = left < chunk ? left : chunk;
        status = time_batches(bench, count, batch, sample);
        done += count;
        if (!status && done < *iterations)
            status = gyre__bench_time_is_up(bench, begin, &up);
    }
    *iterations = done;
    return status ? status : bench->side->barrier(bench);
}
