/* SPDX-License-Identifier: Apache-2.0 */
/* What a benchmark prints: the columns of the OSU micro-benchmarks, which plot scripts know, or
 * one JSON object. Average, minimum and maximum are over the pairs' own means. */
#include "bench.h"

#include <stdio.h>

typedef struct summary {
    double avg, min, max; /* us or MB/s */
    double best;          /* as avg, from the best batches */
    double messages;      /* per second, all pairs */
    uint64_t wrong;
} summary_t;

static const char *const units[] = {"us", "MB/s", "MB/s"};
static const char *const columns[] = {
    "   Avg Latency(us)   Min Latency(us)   Max Latency(us)",
    "    Avg BW(MB/s)    Min BW(MB/s)    Max BW(MB/s)",
    "            MB/s      Messages/s",
};

/* From the time of one message. */
static double figure(const gyre__bench_t *bench, double seconds)
{
    return bench->opts.op->metric == GYRE__BENCH_LATENCY ? seconds * 1e6
                                                         : (double)bench->length / seconds / 1e6;
}

static summary_t summarize(const gyre__bench_t *bench, int iterations,
                           const gyre__bench_sample_t *samples)
{
    const gyre__bench_op_t *op = bench->opts.op;
    int pairs = bench->size / 2;
    double messages = (double)op->legs * bench->opts.window; /* per iteration */
    double sum = 0, best = 0;
    summary_t all = {0};
    for (int rank = 0; rank < bench->size; rank++) {
        all.wrong += samples[rank].wrong;
        if (rank >= pairs)
            continue;
        double message = samples[rank].seconds / iterations / messages;
        double value = figure(bench, message);
        all.min = !rank || value < all.min ? value : all.min;
        all.max = value > all.max ? value : all.max;
        all.messages += 1 / message;
        sum += value;
        best += figure(bench, samples[rank].best / messages);
    }
    int share = op->metric == GYRE__BENCH_RATE ? 1 : pairs;
    all.avg = sum / share;
    all.best = best / share;
    return all;
}

static void print_row(const gyre__bench_t *bench, int iterations, const summary_t *cell)
{
    printf("%-10zu", bench->length);
    if (bench->opts.op->metric == GYRE__BENCH_LATENCY)
        printf("%18.3f%18.3f%18.3f", cell->avg, cell->min, cell->max);
    else if (bench->opts.op->metric == GYRE__BENCH_BANDWIDTH)
        printf("%16.2f%16.2f%16.2f", cell->avg, cell->min, cell->max);
    else
        printf("%16.2f%16.0f", cell->avg, cell->messages);
    printf("%12d%s\n", iterations, !bench->opts.check ? "" : cell->wrong ? "   Fail" : "   Pass");
    fflush(stdout);
}

static void keep_row(gyre__bench_t *bench, int iterations, const summary_t *cell)
{
    json_t *row =
        json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:i}", "size", (json_int_t)bench->length, "avg",
                  cell->avg, "min", cell->min, "max", cell->max, "messages_per_s", cell->messages,
                  "best", cell->best, "iterations", iterations);
    if (bench->opts.check)
        json_object_set_new(row, "valid", json_boolean(!cell->wrong));
    json_array_append_new(bench->rows, row);
}

void gyre__bench_report_head(gyre__bench_t *bench)
{
    const gyre__bench_op_t *op = bench->opts.op;
    if (bench->opts.json) {
        bench->rows = json_array();
        return;
    }
    printf("# OSU-style %s Test, %s\n", op->title, bench->side->library);
    printf("# workers %d, pairs %d, path: %s", bench->size, bench->size / 2,
           bench->side->path(bench));
    if (op->windowed)
        printf(", window %d", bench->opts.window);
    if (op->variants)
        printf(", op %s", op->variants[bench->opts.variant]);
    printf("\n# Size    %s  Iterations%s\n", columns[op->metric],
           bench->opts.check ? "   Validation" : "");
    fflush(stdout);
}

void gyre__bench_report_cell(gyre__bench_t *bench, int iterations,
                             const gyre__bench_sample_t *samples)
{
    summary_t cell = summarize(bench, iterations, samples);
    if (bench->opts.json)
        keep_row(bench, iterations, &cell);
    else
        print_row(bench, iterations, &cell);
}

int gyre__bench_report_end(gyre__bench_t *bench)
{
    const gyre__bench_op_t *op = bench->opts.op;
    if (!bench->opts.json)
        return 0;
    json_t *all = json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:i, s:o}", "op", op->name, "library",
                            bench->side->library, "path", bench->side->path(bench), "workers",
                            bench->size, "pairs", bench->size / 2, "unit", units[op->metric],
                            "window", bench->opts.window, "rows", bench->rows);
    if (all && op->variants)
        json_object_set_new(all, "variant", json_string(op->variants[bench->opts.variant]));
    int failed = !all || json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(all);
    return failed;
}
