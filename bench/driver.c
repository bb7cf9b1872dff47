/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that every benchmark runs: per size a warm-up, a barrier, the timed iterations, a
 * barrier. Checking has iterations of its own before the clock starts, so that times with and
 * without -c can be compared; the bytes of the last timed one are looked at too. */
#include "coll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Exit statuses. After a failure the peers may be stuck in the middle of an operation. */
enum { GOOD = 0, BAD = 1, USAGE = 2, STUCK = -1 };

#define LEAST_ROOM 64
#define LARGE      8192      /* bytes; above it a tenth of the iterations is enough */
#define HUGE       (1 << 18) /* of a collective; above it a hundredth */

static int repetitions(const gyre__bench_t *bench, int given, int usual)
{
    if (given != GYRE__BENCH_UNSET || bench->opts.op->flow)
        return given != GYRE__BENCH_UNSET ? given : usual;
    if (bench->opts.op->shape && bench->length > HUGE)
        return usual / 100;
    return bench->length > LARGE ? usual / 10 : usual;
}

static void fill(gyre__bench_t *bench)
{
    if (bench->opts.op->shape)
        gyre__bench_coll_fill(bench);
    else if (!bench->opts.op->flow)
        gyre__bench_fill(bench);
}

static void check(gyre__bench_t *bench)
{
    if (bench->opts.op->shape)
        gyre__bench_coll_check(bench);
    else if (bench->opts.op->flow)
        bench->opts.op->flow->check(bench);
    else
        gyre__bench_check(bench);
}

/* One iteration with bytes of its own in every message of the window. */
static int checked(gyre__bench_t *bench)
{
    bench->turn++;
    fill(bench);
    int status = bench->side->barrier(bench);
    if (!status && bench->role)
        status = bench->opts.op->once(bench);
    if (!status)
        status = bench->side->barrier(bench);
    if (!status)
        check(bench);
    return status;
}

static int check_cell(gyre__bench_t *bench, int count)
{
    double begin = gyre__bench_now();
    int status = 0, up = 0;
    bench->stride = bench->length;
    for (int i = 0; i < count && !status && !up; i++) {
        status = checked(bench);
        if (!status)
            status = gyre__bench_time_is_up(bench, begin, &up);
    }
    bench->stride = 0;
    bench->turn++;
    fill(bench);
    return status;
}

/* The second half of an overlap cell: as much computing as the first one took time. */
static int time_computing(gyre__bench_t *bench, int iterations, gyre__bench_sample_t *sample)
{
    gyre__bench_sample_t both = {0};
    int done = iterations;
    bench->coll->computing = true;
    bench->coll->work = sample->seconds / iterations;
    int status = gyre__bench_time(bench, 0, &done, &both);
    double part = (double)iterations / done; /* where the limit cut it short */
    sample->pure = sample->seconds;
    sample->compute = bench->coll->computed * part;
    sample->seconds = both.seconds * part;
    sample->best = both.best;
    return status;
}

static int time_cell(gyre__bench_t *bench, int warmup, int *iterations,
                     gyre__bench_sample_t *sample)
{
    int status = gyre__bench_time(bench, warmup, iterations, sample);
    if (!status && bench->opts.mode == GYRE__BENCH_OVERLAP)
        status = time_computing(bench, *iterations, sample);
    return status;
}

static int run_cell(gyre__bench_t *bench, gyre__bench_sample_t *samples)
{
    const gyre__bench_op_t *op = bench->opts.op;
    int warmup = repetitions(bench, bench->opts.warmup, op->warmup);
    int iterations = repetitions(bench, bench->opts.iterations, op->iterations);
    gyre__bench_sample_t mine = {0};
    bench->wrong = 0;
    int status = op->shape ? gyre__bench_coll_cell(bench) : op->flow ? op->flow->begin(bench) : 0;
    if (!status && bench->opts.check)
        status = check_cell(bench, warmup > 0 ? warmup : 1);
    if (!status)
        status = time_cell(bench, warmup, &iterations, &mine);
    if (!status && bench->opts.check && !op->flow)
        check(bench);
    if (!status && op->shape)
        status = gyre__bench_coll_cell_end(bench);
    else if (!status && op->flow)
        status = op->flow->end(bench, &mine.load);
    mine.wrong = bench->wrong;
    if (!status)
        status = bench->side->gather(bench, &mine, sizeof(mine), samples);
    if (!status && !bench->rank)
        gyre__bench_report_cell(bench, iterations, samples);
    return status;
}

/* *bad becomes true where a check failed: at the rank that saw it, and at rank 0. */
static int run_cells(gyre__bench_t *bench, gyre__bench_sample_t *samples, bool *bad)
{
    const gyre__bench_opts_t *opts = &bench->opts;
    size_t unit = opts->type ? opts->type->size : 1;
    for (bench->length = opts->min; bench->length <= opts->max;
         bench->length = bench->length ? bench->length * 2 : unit) {
        int status = run_cell(bench, samples);
        if (status)
            return status;
        *bad |= bench->wrong > 0;
        for (int rank = 0; !bench->rank && rank < bench->size; rank++)
            *bad |= samples[rank].wrong > 0;
    }
    return 0;
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
    fprintf(stderr, "%s %s: %zu %s: %s\n", bench->side->program, bench->opts.op->name,
            bench->length, bench->opts.op->flow ? "rows" : "bytes", bench->side->error(status));
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

static int run_with(gyre__bench_t *bench, char *send, char *recv)
{
    gyre__bench_sample_t *samples = calloc((size_t)bench->size, sizeof(*samples));
    int result = STUCK;
    bench->send = send;
    bench->recv = recv;
    if (send && recv && samples)
        result = run_op(bench, samples);
    else
        fprintf(stderr, "%s %s: no memory for messages of %zu bytes\n", bench->side->program,
                bench->opts.op->name, bench->opts.max);
    free(samples);
    return result;
}

static int run_with_own_memory(gyre__bench_t *bench, const size_t room[2])
{
    char *send = pages(room[0] > LEAST_ROOM ? room[0] : LEAST_ROOM);
    char *recv = send ? pages(room[1] > LEAST_ROOM ? room[1] : LEAST_ROOM) : NULL;
    int result = run_with(bench, send, recv);
    free(recv);
    free(send);
    return result;
}

static int run_with_library_memory(gyre__bench_t *bench, const size_t room[2])
{
    const gyre__bench_coll_side_t *side = bench->side->colls;
    size_t rooms[2] = {room[0] > LEAST_ROOM ? room[0] : LEAST_ROOM,
                       room[1] > LEAST_ROOM ? room[1] : LEAST_ROOM};
    char *memory[2] = {NULL, NULL};
    int status = side->alloc(bench, rooms, memory);
    int result = status ? fail(bench, status) : run_with(bench, memory[0], memory[1]);
    if (result != STUCK)
        side->free(bench, memory);
    return result;
}

static int run_pairs(gyre__bench_t *bench)
{
    size_t places = bench->opts.check ? (size_t)bench->opts.window : 1;
    size_t most = bench->opts.max > LEAST_ROOM ? bench->opts.max : LEAST_ROOM;
    bench->room = most > SIZE_MAX / places ? SIZE_MAX : most * places;
    return run_with_own_memory(bench, (size_t[2]){bench->room, bench->room});
}

static int run_coll(gyre__bench_t *bench)
{
    const gyre__bench_coll_side_t *side = bench->side->colls;
    int result = STUCK;
    if (gyre__bench_coll_open(bench)) {
        fprintf(stderr, "%s %s: no memory\n", bench->side->program, bench->opts.op->name);
    } else {
        int status = side->open(bench);
        const size_t *room = bench->coll->room;
        result = status               ? fail(bench, status)
                 : bench->opts.shared ? run_with_library_memory(bench, room)
                                      : run_with_own_memory(bench, room);
    }
    if (result != STUCK)
        side->close(bench);
    gyre__bench_coll_close(bench);
    return result;
}

static void pair(gyre__bench_t *bench)
{
    int half = bench->size / 2;
    if (bench->opts.op->shape || bench->opts.op->flow || bench->opts.op->everybody) {
        bench->role = GYRE__BENCH_BOTH;
        bench->peer = (bench->rank + 1) % bench->size;
    } else if (bench->rank < half) {
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
    if (bench->size >= 2 || bench->opts.op->flow || bench->opts.op->everybody)
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
    if (bench->opts.op->flow)
        return run_with_own_memory(bench, (size_t[2]){0, 0});
    return bench->opts.op->shape ? run_coll(bench) : run_pairs(bench);
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
