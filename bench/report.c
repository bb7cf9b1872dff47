/* SPDX-License-Identifier: Apache-2.0 */
/* What a benchmark prints: the columns of the OSU micro-benchmarks, which plot scripts know, or
 * one JSON object, row by row as they come. Average, minimum and maximum are over the means of the
 * pairs, or of all ranks of a collective. */
#include "coll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct summary {
    double avg, min, max; /* us or MB/s */
    double best;          /* as avg, from the best batches */
    double messages;      /* per second, all pairs */
    double pure, compute; /* us, means over the ranks; avg is then the overall time */
    uint64_t wrong;
} summary_t;

static const char *const units[] = {"us", "MB/s", "MB/s", "records/s"};
static const char *const columns[] = {
    "   Avg Latency(us)   Min Latency(us)   Max Latency(us)",
    "    Avg BW(MB/s)    Min BW(MB/s)    Max BW(MB/s)",
    "            MB/s      Messages/s",
    "       Overall(us)       Compute(us)    Pure Comm.(us)        Overlap(%)",
};
enum { OVERLAP = GYRE__BENCH_RATE + 1 };

/* From the time of one message. */
static double figure(const gyre__bench_t *bench, double seconds)
{
    return bench->opts.op->metric == GYRE__BENCH_LATENCY ? seconds * 1e6
                                                         : (double)bench->length / seconds / 1e6;
}

static int reporters(const gyre__bench_t *bench)
{
    const gyre__bench_op_t *op = bench->opts.op;
    return op->shape || op->everybody ? bench->size : bench->size / 2;
}

static bool overlaps(const gyre__bench_t *bench)
{
    return bench->opts.mode == GYRE__BENCH_OVERLAP;
}

static summary_t summarize(const gyre__bench_t *bench, int iterations,
                           const gyre__bench_sample_t *samples)
{
    const gyre__bench_op_t *op = bench->opts.op;
    int count = reporters(bench);
    double messages = (double)op->legs * bench->opts.window; /* per iteration */
    double sum = 0, best = 0;
    summary_t all = {0};
    for (int rank = 0; rank < bench->size; rank++) {
        all.wrong += samples[rank].wrong;
        if (rank >= count)
            continue;
        double message = samples[rank].seconds / iterations / messages;
        double value = figure(bench, message);
        all.min = !rank || value < all.min ? value : all.min;
        all.max = value > all.max ? value : all.max;
        all.messages += 1 / message;
        all.pure += samples[rank].pure * 1e6 / iterations / count;
        all.compute += samples[rank].compute * 1e6 / iterations / count;
        sum += value;
        best += figure(bench, samples[rank].best / messages);
    }
    int share = op->metric == GYRE__BENCH_RATE ? 1 : count;
    all.avg = sum / share;
    all.best = best / share;
    return all;
}

/* OSU's: how much of the communication alone was hidden, in per cent. */
static double overlap(const summary_t *cell)
{
    double hidden = 100 - (cell->avg - cell->compute) / cell->pure * 100;
    return cell->pure > 0 && hidden > 0 ? hidden : 0;
}

static void print_row(const gyre__bench_t *bench, int iterations,
                      const gyre__bench_sample_t *samples)
{
    const summary_t sum = summarize(bench, iterations, samples), *cell = &sum;
    printf("%-10zu", bench->length);
    if (overlaps(bench))
        printf("%18.3f%18.3f%18.3f%18.2f", cell->avg, cell->compute, cell->pure, overlap(cell));
    else if (bench->opts.op->metric == GYRE__BENCH_LATENCY)
        printf("%18.3f%18.3f%18.3f", cell->avg, cell->min, cell->max);
    else if (bench->opts.op->metric == GYRE__BENCH_BANDWIDTH)
        printf("%16.2f%16.2f%16.2f", cell->avg, cell->min, cell->max);
    else
        printf("%16.2f%16.0f", cell->avg, cell->messages);
    printf("%12d%s\n", iterations, !bench->opts.check ? "" : cell->wrong ? "   Fail" : "   Pass");
}

static json_t *row_of(const gyre__bench_t *bench, int iterations, const summary_t *cell)
{
    json_t *row =
        json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:i}", "size", (json_int_t)bench->length, "avg",
                  cell->avg, "min", cell->min, "max", cell->max, "messages_per_s", cell->messages,
                  "best", cell->best, "iterations", iterations);
    if (overlaps(bench)) {
        json_object_set_new(row, "pure", json_real(cell->pure));
        json_object_set_new(row, "compute", json_real(cell->compute));
        json_object_set_new(row, "overlap", json_real(overlap(cell)));
    }
    if (bench->opts.check)
        json_object_set_new(row, "valid", json_boolean(!cell->wrong));
    return row;
}

json_t *gyre__bench_row(const gyre__bench_t *bench, int iterations,
                        const gyre__bench_sample_t *samples)
{
    if (bench->opts.op->flow)
        return gyre__bench_flow_row(bench, iterations, samples);
    summary_t cell = summarize(bench, iterations, samples);
    return row_of(bench, iterations, &cell);
}

static const char *const modes[] = {"blocking", "nonblocking", "persistent", "overlap"};

/* Whether workers are paired. */
static bool pairs_up(const gyre__bench_op_t *op)
{
    return !op->shape && !op->flow;
}

static json_t *head_of(gyre__bench_t *bench)
{
    const gyre__bench_op_t *op = bench->opts.op;
    int pairs = pairs_up(op) ? bench->size / 2 : 0;
    json_t *head =
        json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:i}", "op", op->name, "library",
                  bench->side->library, "path", bench->side->path(bench), "workers", bench->size,
                  "pairs", pairs, "unit", units[op->metric], "window", bench->opts.window);
    if (op->variants)
        json_object_set_new(head, "variant", json_string(op->variants[bench->opts.variant]));
    if (op->shape) {
        json_object_set_new(head, "mode", json_string(modes[bench->opts.mode]));
        json_object_set_new(head, "memory", json_string(bench->opts.shared ? "shared" : "private"));
        json_object_set_new(head, "barrier", json_boolean(bench->opts.barrier));
        json_object_set_new(head, "type", json_string(bench->opts.type->name));
    }
    if (op->flow)
        gyre__bench_flow_add_to(bench, head);
    return head;
}

/* The object stays open for the rows: a reader has what was measured also of a run that was cut
 * short. */
static void print_json_head(gyre__bench_t *bench)
{
    json_t *head = head_of(bench);
    char *text = json_dumps(head, JSON_COMPACT);
    printf("%.*s,\"rows\":[\n", text ? (int)strlen(text) - 1 : 0, text ? text : "");
    fflush(stdout);
    free(text);
    json_decref(head);
}

static void print_json_row(gyre__bench_t *bench, int iterations,
                           const gyre__bench_sample_t *samples)
{
    json_t *row = gyre__bench_row(bench, iterations, samples);
    fputs(bench->rows++ ? "," : "", stdout);
    json_dumpf(row, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(row);
}

static void print_coll_head(const gyre__bench_t *bench)
{
    const gyre__bench_opts_t *opts = &bench->opts;
    if (opts->op->most)
        printf(", type %s", opts->type->name);
    if (opts->op->variants)
        printf(", op %s", opts->op->variants[opts->variant]);
    printf(", %s%s%s", modes[opts->mode], opts->shared ? ", shared memory" : "",
           opts->barrier ? ", a barrier before each" : "");
}

static void print_pairs_head(const gyre__bench_t *bench)
{
    const gyre__bench_op_t *op = bench->opts.op;
    if (op->windowed)
        printf(", window %d", bench->opts.window);
    if (op->variants)
        printf(", op %s", op->variants[bench->opts.variant]);
}

void gyre__bench_report_head(gyre__bench_t *bench)
{
    const gyre__bench_op_t *op = bench->opts.op;
    if (bench->opts.json) {
        print_json_head(bench);
        return;
    }
    printf("# %s%s%s %sTest, %s\n", op->flow ? "" : "OSU-style ", op->title,
           op->shape ? " Latency" : "", overlaps(bench) ? "Overlap " : "", bench->side->library);
    printf("# workers %d", bench->size);
    if (pairs_up(op))
        printf(", pairs %d", bench->size / 2);
    printf(", path: %s", bench->side->path(bench));
    if (op->flow)
        gyre__bench_flow_print_head(bench);
    else if (op->shape)
        print_coll_head(bench);
    else
        print_pairs_head(bench);
    if (!op->flow)
        printf("\n# Size    %s  Iterations%s\n",
               columns[overlaps(bench) ? OVERLAP : (int)op->metric],
               bench->opts.check ? "   Validation" : "");
    fflush(stdout);
}

void gyre__bench_report_cell(gyre__bench_t *bench, int iterations,
                             const gyre__bench_sample_t *samples)
{
    if (bench->opts.json)
        print_json_row(bench, iterations, samples);
    else if (bench->opts.op->flow)
        gyre__bench_flow_print(bench, iterations, samples);
    else
        print_row(bench, iterations, samples);
    fflush(stdout);
}

int gyre__bench_report_end(gyre__bench_t *bench)
{
    if (bench->opts.json)
        fputs("]}\n", stdout);
    return fflush(stdout) || ferror(stdout);
}
