/* SPDX-License-Identifier: Apache-2.0 */
/* What a benchmark of an operator prints. All workers run it together, so that it takes as long as
 * the slowest; a record costs the time that one worker has for it. */
#include "bench.h"

#include <stdio.h>

typedef struct summary {
    double seconds, best;      /* of an iteration, of the slowest worker */
    double rows, bytes;        /* of an iteration, all workers */
    double nanoseconds, least; /* of a worker for a record */
    double peak, held;         /* bytes, of the worker that had most */
    double spilled;            /* bytes of an iteration, all workers */
    uint64_t wrong;
} summary_t;

static double larger(double left, double right)
{
    return left > right ? left : right;
}

static summary_t summarize(const gyre__bench_t *bench, int iterations,
                           const gyre__bench_sample_t *samples)
{
    summary_t all = {0};
    for (int rank = 0; rank < bench->size; rank++) {
        const gyre__bench_sample_t *sample = &samples[rank];
        all.seconds = larger(all.seconds, sample->seconds / iterations);
        all.best = larger(all.best, sample->best);
        all.rows += (double)sample->load.rows;
        all.bytes += (double)sample->load.bytes;
        all.peak = larger(all.peak, (double)sample->load.peak);
        all.held = larger(all.held, (double)sample->load.held);
        if (sample->load.runs > 0)
            all.spilled += (double)sample->load.spilled / (double)sample->load.runs;
        all.wrong += sample->wrong;
    }
    all.nanoseconds = all.seconds * 1e9 * bench->size / all.rows;
    all.least = all.best * 1e9 * bench->size / all.rows;
    return all;
}

static int tasks(const gyre__bench_t *bench, int given)
{
    return given ? given : bench->size;
}

static const char *keys(const gyre__bench_t *bench)
{
    return bench->opts.strings ? "string" : "int64";
}

void gyre__bench_flow_print_head(const gyre__bench_t *bench)
{
    const gyre__bench_opts_t *opts = &bench->opts;
    printf(", tasks %d:%d, %zu keys (%s), skew %g, values of %zu bytes\n",
           tasks(bench, opts->sources), tasks(bench, opts->targets), opts->keys, keys(bench),
           opts->skew, opts->width);
    printf("# Rows         Mrecords/s            MB/s       ns/record  Best ns/record"
           "       Peak MiB       Held MiB     Spilled MB  Iterations%s\n",
           opts->check ? "   Validation" : "");
}

void gyre__bench_flow_print(const gyre__bench_t *bench, int iterations,
                            const gyre__bench_sample_t *samples)
{
    summary_t cell = summarize(bench, iterations, samples);
    printf("%-10zu%15.3f%16.2f%16.2f%16.2f%15.1f%15.1f%15.1f%12d%s\n", bench->length,
           cell.rows / cell.seconds / 1e6, cell.bytes / cell.seconds / 1e6, cell.nanoseconds,
           cell.least, cell.peak / 0x1p20, cell.held / 0x1p20, cell.spilled / 1e6, iterations,
           !bench->opts.check ? ""
           : cell.wrong       ? "   Fail"
                              : "   Pass");
}

void gyre__bench_flow_add_to(const gyre__bench_t *bench, json_t *head)
{
    const gyre__bench_opts_t *opts = &bench->opts;
    json_t *more =
        json_pack("{s:i, s:i, s:I, s:s, s:f, s:I}", "sources", tasks(bench, opts->sources),
                  "targets", tasks(bench, opts->targets), "keys", (json_int_t)opts->keys, "type",
                  keys(bench), "skew", opts->skew, "value_bytes", (json_int_t)opts->width);
    json_object_update(head, more);
    json_decref(more);
}

json_t *gyre__bench_flow_row(const gyre__bench_t *bench, int iterations,
                             const gyre__bench_sample_t *samples)
{
    summary_t cell = summarize(bench, iterations, samples);
    json_t *row =
        json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i}", "rows",
                  (json_int_t)bench->length, "records_per_s", cell.rows / cell.seconds,
                  "bytes_per_s", cell.bytes / cell.seconds, "ns_per_record", cell.nanoseconds,
                  "best_ns_per_record", cell.least, "peak_bytes", cell.peak, "held_bytes",
                  cell.held, "spilled_bytes", cell.spilled, "iterations", iterations);
    if (bench->opts.check)
        json_object_set_new(row, "valid", json_boolean(!cell.wrong));
    return row;
}
