/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that every benchmark runs: per size a warm-up, a barrier, the timed iterations, a
 * barrier. Checking has iterations of its own before the clock starts, so that times with and
 * without -c can be compared; the bytes of the last timed one are looked at too. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Exit statuses. After a failure the peers may be stuck in the middle of an operation. */
enum { GOOD = 0, BAD = 1, USAGE = 2, STUCK = -1 };

#define LEAST_ROOM 64
#define BATCHES    100
#define LARGE      8192 /* bytes; above it a tenth of the iterations is enough */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int repetitions(const gyre__bench_t *bench, int given, int usual)
{
    if (given != GYRE__BENCH_UNSET)
        return given;
    return bench->length > LARGE ? usual / 10 : usual;
}

static int repeat(gyre__bench_t *bench, int count)
{
    int (*once)(gyre__bench_t *) = bench->opts.op->once;
    for (int i = 0; i < count; i++) {
        int status = once(bench);
        if (status)
            return status;
    }
    return 0;
}

/* One iteration with bytes of its own in every message of the window. */
static int checked(gyre__bench_t *bench)
{
    bench->turn++;
    gyre__bench_fill(bench);
    int status = bench->side->barrier(bench);
    if (!status && bench->role)
        status = bench->opts.op->once(bench);
    if (!status)
        status = bench->side->barrier(bench);
    if (!status)
        gyre__bench_check(bench);
    return status;
}

static int check_cell(gyre__bench_t *bench, int count)
{
    int status = 0;
    bench->stride = bench->length;
    for (int i = 0; i < count && !status; i++)
        status = checked(bench);
    bench->stride = 0;
    bench->turn++;
    gyre__bench_fill(bench);
    return status;
}

/* On a busy machine the mean tells of other programs; the best batch is short enough for one that
 * none of them interrupted. */
static int time_batches(gyre__bench_t *bench, int iterations, gyre__bench_sample_t *sample)
{
    int batch = bench->length > LARGE ? 1 : (iterations + BATCHES - 1) / BATCHES, status = 0;
    for (int left = iterations; left > 0 && !status; left -= batch) {
        int count = left < batch ? left : batch;
        double start = now();
        status = repeat(bench, count);
        double seconds = now() - start;
        sample->seconds += seconds;
        if (!sample->best || seconds / count < sample->best)
            sample->best = seconds / count;
    }
    return status;
}

static int time_cell(gyre__bench_t *bench, int warmup, int iterations, gyre__bench_sample_t *sample)
{
    int status = bench->side->barrier(bench);
    if (!status && bench->role)
        status = repeat(bench, warmup);
    if (!status)
        status = bench->side->barrier(bench);
    if (!status && bench->role)
        status = time_batches(bench, iterations, sample);
    return status ? status : bench->side->barrier(bench);
}

static int run_cell(gyre__bench_t *bench, gyre__bench_sample_t *samples)
{
    const gyre__bench_op_t *op = bench->opts.op;
    int warmup = repetitions(bench, bench->opts.warmup, op->warmup);
    int iterations = repetitions(bench, bench->opts.iterations, op->iterations);
    gyre__bench_sample_t mine = {0};
    int status = 0;
    bench->wrong = 0;
    if (bench->opts.check)
        status = check_cell(bench, warmup > 0 ? warmup : 1);
    if (!status)
        status = time_cell(bench, warmup, iterations, &mine);
    if (status)
        return status;
    if (bench->opts.check)
        gyre__bench_check(bench);
    mine.wrong = bench->wrong;
    status = bench->side->gather(bench, &mine, sizeof(mine), samples);
    if (!status && !bench->rank)
        gyre__bench_report_cell(bench, iterations, samples);
    return status;
}

/* *bad becomes true where a check failed: at the rank that saw it, and at rank 0. */
static int run_cells(gyre__bench_t *bench, gyre__bench_sample_t *samples, bool *bad)
{
    const gyre__bench_opts_t *opts = &bench->opts;
    int status = 0;
    for (bench->length = opts->min; bench->length <= opts->max && !status;
         bench->length = bench->length ? bench->length * 2 : 1) {
        status = run_cell(bench, samples);
        *bad |= bench->wrong > 0;
        for (int rank = 0; !status && !bench->rank && rank < bench->size; rank++)
            *bad |= samples[rank].wrong > 0;
    }
    return status;
}

static void *pages(size_t length)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (length > SIZE_MAX - page)
        return NULL;
    void *memory = aligned_alloc(page, (length + page - 1) / page * page);
    if (memory)
        memset(memory, 0, length);
    return memory;
}

static int fail(const gyre__bench_t *bench, int status)
{
    fprintf(stderr, "%s %s: %zu bytes: %s\n", bench->side->program, bench->opts.op->name,
            bench->length, bench->side->error(status));
    return STUCK;
}

static int run_op(gyre__bench_t *bench, gyre__bench_sample_t *samples)
{
    const gyre__bench_op_t *op = bench->opts.op;
    bool bad = false;
    int status = op->open ? op->open(bench) : 0;
    if (!status && !bench->rank)
        gyre__bench_report_head(bench);
    if (!status)
        status = run_cells(bench, samples, &bad);
    if (status)
        return fail(bench, status);
    if (op->close)
        op->close(bench);
    if (!bench->rank && gyre__bench_report_end(bench))
        bad = true;
    return bad ? BAD : GOOD;
}

static int run_with_memory(gyre__bench_t *bench)
{
    size_t places = bench->opts.check ? (size_t)bench->opts.window : 1;
    size_t most = bench->opts.max > LEAST_ROOM ? bench->opts.max : LEAST_ROOM;
    bench->room = most * places;
    char *send = bench->room / places == most ? pages(bench->room) : NULL;
    char *recv = send ? pages(bench->room) : NULL;
    gyre__bench_sample_t *samples = calloc((size_t)bench->size, sizeof(*samples));
    int result = STUCK;
    bench->send = send;
    bench->recv = recv;
    if (recv && samples)
        result = run_op(bench, samples);
    else
        fprintf(stderr, "%s %s: no memory for messages of %zu bytes\n", bench->side->program,
                bench->opts.op->name, bench->opts.max);
    free(samples);
    free(recv);
    free(send);
    return result;
}

static void pair(gyre__bench_t *bench)
{
    int half = bench->size / 2;
    if (bench->rank < half) {
        bench->role = GYRE__BENCH_ORIGIN;
        bench->peer = bench->rank + half;
    } else if (bench->rank < 2 * half) {
        bench->role = GYRE__BENCH_TARGET;
        bench->peer = bench->rank - half;
    }
}

/* What is wrong with how the benchmark was called; NULL: nothing. */
static const char *objection(const gyre__bench_t *bench, char *room, size_t length)
{
    if (bench->opts.complaint[0])
        return bench->opts.complaint;
    if (bench->size >= 2)
        return NULL;
    snprintf(room, length, "needs two workers or more, has %d: %s", bench->size,
             bench->side->launch);
    return room;
}

static int run_opened(gyre__bench_t *bench)
{
    char room[200];
    const char *wrong = bench->opts.help ? NULL : objection(bench, room, sizeof(room));
    if (bench->opts.help && !bench->rank)
        gyre__bench_usage(bench->side);
    if (wrong && !bench->rank)
        fprintf(stderr, "%s: %s\n", bench->side->program, wrong);
    if (wrong || bench->opts.help)
        return wrong ? USAGE : GOOD;
    pair(bench);
    return run_with_memory(bench);
}

int gyre__bench_run(const gyre__bench_side_t *side, int argc, char **argv)
{
    gyre__bench_t bench = {.side = side};
    gyre__bench_parse(side, argc, argv, &bench.opts);
    int status = side->open(&bench);
    if (status) {
        fprintf(stderr, "%s: %s\n", side->program, side->error(status));
        return BAD;
    }
    int result = run_opened(&bench);
    if (result == STUCK)
        return BAD;
    side->close(&bench);
    return result;
}
