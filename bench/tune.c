/* SPDX-License-Identifier: Apache-2.0 */
/* All cells, and rules out of them: sizes next to each other that are served in the same way share
 * a rule, and what the library would do anyway needs none. The time that is left is shared evenly
 * among the cells that are; when it is up, the rest is left to the library. */
#include "tune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST ((size_t)64 << 20) /* bytes of a worker's buffer */
#define SIZES   64

int gyre__bench_tune(const char *const *names, size_t count, const size_t range[2],
                     const char *members, double seconds, int talk, FILE *out);

static const gyre__bench_side_t side = {.program = "gyre tune", .colls = &gyre__bench_collectives};

/* A collective's cells, by size. */
typedef struct cells {
    size_t bytes[SIZES];
    gyre__bench_way_t ways[SIZES];
    double parts[SIZES]; /* of the time that the library's choice takes */
    int count;
} cells_t;

/* Bytes of the bench's size for one that rules know. */
static size_t length_of(const gyre__bench_t *bench, size_t bytes)
{
    bool share = bench->opts.op->shape->out == GYRE__BENCH_SHARE;
    return share ? bytes * (size_t)bench->size : bytes;
}

static void *memory(size_t length)
{
    void *address = aligned_alloc(4096, (length + 4096) / 4096 * 4096);
    if (address)
        memset(address, 0, length);
    return address;
}

/* The sizes whose buffers are not too large, ascending. Where rules cannot tell sizes apart, a few
 * stand for all. */
static void find_sizes(const gyre__bench_tuning_t *tuning, const size_t range[2], bool sized,
                       cells_t *cells)
{
    const gyre__bench_t *bench = &tuning->bench;
    const gyre__bench_shape_t *shape = bench->opts.op->shape;
    bool blocks = shape->in == GYRE__BENCH_RANKS || shape->out == GYRE__BENCH_RANKS ||
                  shape->out == GYRE__BENCH_SHARE;
    size_t most = blocks ? LARGEST / (size_t)bench->size : LARGEST;
    cells->count = 0;
    if (shape->in == GYRE__BENCH_NONE)
        cells->bytes[cells->count++] = 0;
    else
        for (size_t size = sized ? range[0] : 64; size <= range[1] && size <= most;
             size *= sized ? 2 : 32)
            cells->bytes[cells->count++] = size;
}

/* As rank 0's clock has it, at all ranks: seconds for the next cell, 0 when the time is up. */
static gyre_status_t share_of_time(gyre__bench_tuning_t *tuning, double *seconds)
{
    double left = tuning->limit - (gyre__bench_now() - tuning->begin);
    *seconds = left > 0 ? left / (tuning->cells - tuning->done) : 0;
    return gyre_bcast(tuning->control, seconds, 1, GYRE_FLOAT64, 0);
}

static gyre_status_t tune_cells(gyre__bench_tuning_t *tuning, cells_t *cells)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < cells->count && status == GYRE_OK; i++, tuning->done++) {
        double seconds;
        status = share_of_time(tuning, &seconds);
        cells->ways[i] = (gyre__bench_way_t){.algorithm = NULL};
        cells->parts[i] = 1;
        tuning->bytes = cells->bytes[i];
        tuning->bench.length = length_of(&tuning->bench, tuning->bytes);
        if (status == GYRE_OK && seconds > 0)
            status = gyre__bench_coll_cell(&tuning->bench);
        if (status == GYRE_OK && seconds > 0)
            status = gyre__bench_tune_cell(tuning, seconds, i ? &cells->ways[i - 1] : NULL,
                                           &cells->ways[i], &cells->parts[i]);
        else
            tuning->skipped++;
    }
    return status;
}

static double mean(const double *values, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

/* A rule for the cells from first up to end. */
static void write_rule(const gyre__bench_tuning_t *tuning, const cells_t *cells, int first, int end,
                       const char *range)
{
    char way[120];
    gyre__bench_way_write(&cells->ways[first], way, sizeof(way));
    fprintf(tuning->out, "%s%s%s:%s   # takes %.0f%% of the time\n", tuning->name, range,
            tuning->members, way, 100 * mean(cells->parts + first, end - first));
}

/* Sizes between two that were measured go with the smaller one; beyond all, with the nearest. */
static int write_sized(const gyre__bench_tuning_t *tuning, const cells_t *cells)
{
    int rules = 0;
    for (int first = 0, end; first < cells->count; first = end) {
        char range[64] = "", to[24] = "inf";
        for (end = first + 1; end < cells->count; end++)
            if (!gyre__bench_way_equal(&cells->ways[first], &cells->ways[end]))
                break;
        if (!cells->ways[first].algorithm)
            continue;
        if (end < cells->count)
            snprintf(to, sizeof(to), "%zu", cells->bytes[end]);
        snprintf(range, sizeof(range), ":%zu-%s", first ? cells->bytes[first] : 0, to);
        write_rule(tuning, cells, first, end, range);
        rules++;
    }
    return rules;
}

static int write_unsized(const gyre__bench_tuning_t *tuning, const cells_t *cells)
{
    for (int i = 1; i < cells->count; i++)
        if (!gyre__bench_way_equal(&cells->ways[0], &cells->ways[i]))
            return 0;
    if (!cells->count || !cells->ways[0].algorithm)
        return 0;
    write_rule(tuning, cells, 0, cells->count, "");
    return 1;
}

static gyre_status_t tune_with(gyre__bench_tuning_t *tuning, bool sized, cells_t *cells)
{
    gyre_status_t status = tune_cells(tuning, cells);
    if (status != GYRE_OK || tuning->bench.rank)
        return status;
    int rules = sized ? write_sized(tuning, cells) : write_unsized(tuning, cells);
    if (tuning->talk)
        fprintf(stderr, "gyre tune: %d workers: %s: %d rule%s; %d of %d cells, %.0f s\n",
                tuning->bench.size, tuning->name, rules, rules == 1 ? "" : "s", tuning->done,
                tuning->cells, gyre__bench_now() - tuning->begin);
    return GYRE_OK;
}

/* Buffers for the largest of the cells. */
static gyre_status_t tune_collective(gyre__bench_tuning_t *tuning, const gyre__bench_op_t *op,
                                     const size_t range[2])
{
    gyre__bench_t *bench = &tuning->bench;
    cells_t cells;
    gyre_coll_algorithm_t any;
    gyre_status_t status = gyre_coll_algorithm(op->name, 0, &any);
    if (status != GYRE_OK)
        return status;
    bench->opts.op = op;
    tuning->name = op->name;
    find_sizes(tuning, range, any.sized, &cells);
    bench->opts.max = cells.count ? length_of(bench, cells.bytes[cells.count - 1]) : 0;
    bench->opts.type = gyre__bench_type(op->variants ? "float32" : "byte");
    if (gyre__bench_coll_open(bench) == 0) {
        bench->send = memory(bench->coll->room[0]);
        bench->recv = memory(bench->coll->room[1]);
    }
    if (!bench->send || !bench->recv) {
        fprintf(stderr, "gyre tune: %s: no memory\n", op->name);
        status = GYRE_ERR_NO_MEMORY;
    }
    if (status == GYRE_OK)
        status = bench->side->colls->open(bench);
    if (status == GYRE_OK)
        status = tune_with(tuning, any.sized, &cells);
    free(bench->send);
    free(bench->recv);
    bench->send = bench->recv = NULL;
    gyre__bench_coll_close(bench);
    return status;
}

/* Those over neighbourhoods have one algorithm each. */
static bool is_wanted(const gyre__bench_op_t *op, const char *const *names, size_t count)
{
    if (op->shape->out == GYRE__BENCH_NEAR)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], op->name))
            return true;
    return count == 0;
}

static int count_cells(gyre__bench_tuning_t *tuning, const char *const *names, size_t count,
                       const size_t range[2])
{
    int cells = 0;
    for (int i = 0; i < GYRE__BENCH_COLLS; i++) {
        cells_t those;
        gyre_coll_algorithm_t any;
        tuning->bench.opts.op = &gyre__bench_coll_ops[i];
        if (!is_wanted(tuning->bench.opts.op, names, count) ||
            gyre_coll_algorithm(tuning->bench.opts.op->name, 0, &any) != GYRE_OK)
            continue;
        find_sizes(tuning, range, any.sized, &those);
        cells += those.count;
    }
    return cells;
}

static gyre_status_t tune_all(gyre__bench_tuning_t *tuning, const char *const *names, size_t count,
                              const size_t range[2])
{
    gyre_status_t status = gyre_comm_dup(gyre__bench_world, &tuning->control);
    tuning->cells = count_cells(tuning, names, count, range);
    tuning->begin = gyre__bench_now();
    for (int i = 0; i < GYRE__BENCH_COLLS && status == GYRE_OK; i++)
        if (is_wanted(&gyre__bench_coll_ops[i], names, count))
            status = tune_collective(tuning, &gyre__bench_coll_ops[i], range);
    gyre_comm_destroy(tuning->control);
    if (status == GYRE_OK && tuning->skipped && !tuning->bench.rank)
        fprintf(stderr,
                "gyre tune: %d workers: the time was up before %d of %d cells; they are left to "
                "the library\n",
                tuning->bench.size, tuning->skipped, tuning->cells);
    return status;
}

/* ":r3-4:n1" for rules; members given or as many as there are, and more. */
static void name_members(gyre__bench_tuning_t *tuning, const char *members)
{
    bool alone = gyre_node_count(gyre__bench_context) == 1;
    if (members && *members)
        snprintf(tuning->members, sizeof(tuning->members), ":r%s:%s", members,
                 alone ? "n1" : "n2-inf");
    else
        snprintf(tuning->members, sizeof(tuning->members), ":r%d-inf:%s", tuning->bench.size,
                 alone ? "n1" : "n2-inf");
}

int gyre__bench_tune(const char *const *names, size_t count, const size_t range[2],
                     const char *members, double seconds, int talk, FILE *out)
{
    gyre__bench_tuning_t tuning = {.bench = {.side = &side, .role = GYRE__BENCH_BOTH},
                                   .limit = seconds,
                                   .talk = talk,
                                   .out = out};
    gyre_status_t status = gyre_init(NULL, &gyre__bench_context);
    if (status != GYRE_OK) {
        fprintf(stderr, "gyre tune: %s\n", gyre_last_error());
        return -1;
    }
    gyre__bench_world = gyre_comm_world(gyre__bench_context);
    tuning.bench.rank = gyre_comm_rank(gyre__bench_world);
    tuning.bench.size = gyre_comm_size(gyre__bench_world);
    name_members(&tuning, members);
    if (tuning.bench.size < 2) {
        fprintf(stderr, "gyre tune: one worker has nobody to talk to; give it two or more\n");
        return -1;
    }
    status = tune_all(&tuning, names, count, range);
    if (status != GYRE_OK) {
        fprintf(stderr, "gyre tune: %s%s%s\n", tuning.name ? tuning.name : "",
                tuning.name ? ": " : "", gyre_last_error());
        return -1;
    }
    gyre_finalize(gyre__bench_context);
    return tuning.bench.rank;
}
