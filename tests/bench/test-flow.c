/* SPDX-License-Identifier: Apache-2.0 */
/* What a benchmark of an operator rests on: keys as often as Zipf's law says, the same rows
 * wherever a source runs, figures that follow from the workers' times. */
#include "bench/flow.h"

#include <criterion/criterion.h>
#include <math.h>

TestSuite(bench_flow, .timeout = 20);

enum { RANKS = 20, DRAWS = 200000 };

/* Within five standard deviations of each count. */
static void expect_law(double skew)
{
    const gyre__bench_zipf_t zipf = gyre__bench_zipf(RANKS, skew);
    double counts[RANKS] = {0}, sum = 0;
    uint64_t state = 1;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t rank = gyre__bench_zipf_draw(&zipf, &state);
        cr_assert_lt(rank, RANKS, "skew %g", skew);
        counts[rank]++;
    }
    for (int i = 0; i < RANKS; i++)
        sum += pow(i + 1, -skew);
    for (int i = 0; i < RANKS; i++) {
        double expected = DRAWS * pow(i + 1, -skew) / sum;
        cr_expect_lt(fabs(counts[i] - expected), 5 * sqrt(expected) + 1,
                     "skew %g: rank %d %g times, expected %g", skew, i, counts[i], expected);
    }
}

Test(bench_flow, ranks_come_as_often_as_the_law_says)
{
    const double skews[] = {0, .5, 1, 1.2, 3};
    for (size_t i = 0; i < sizeof(skews) / sizeof(*skews); i++)
        expect_law(skews[i]);
}

Test(bench_flow, one_rank_is_drawn_always)
{
    const gyre__bench_zipf_t zipf = gyre__bench_zipf(1, 1.5);
    uint64_t state = 7;
    for (int i = 0; i < 100; i++)
        cr_assert_eq(gyre__bench_zipf_draw(&zipf, &state), 0);
}

static void expect_rows(const gyre__bench_opts_t *opts, size_t count)
{
    const gyre_schema_t *schema;
    gyre__bench_rows_t one, again, other;
    size_t rows = 0;
    cr_assert_eq(gyre__bench_rows_schema(opts, &schema), GYRE_OK);
    cr_assert_eq(gyre__bench_rows_make(opts, schema, 3, count, &one), GYRE_OK);
    cr_assert_eq(gyre__bench_rows_make(opts, schema, 3, count, &again), GYRE_OK);
    cr_assert_eq(gyre__bench_rows_make(opts, schema, 4, count, &other), GYRE_OK);
    for (size_t i = 0; i < one.count; i++) {
        rows += one.batches[i]->length;
        cr_expect(gyre_batch_equal(one.batches[i], again.batches[i]), "batch %zu", i);
        cr_expect(!gyre_batch_equal(one.batches[i], other.batches[i]), "batch %zu", i);
    }
    cr_expect_eq(rows, count);
    gyre__bench_rows_free(&one);
    gyre__bench_rows_free(&again);
    gyre__bench_rows_free(&other);
    gyre_schema_release(schema);
}

Test(bench_flow, rows_depend_on_their_source_alone)
{
    gyre__bench_opts_t opts = {.keys = 1000, .width = 8};
    expect_rows(&opts, 100000);
    opts.width = 13;
    opts.strings = true;
    opts.skew = 1;
    expect_rows(&opts, 17);
}

static void see(const gyre__bench_rows_t *rows, int *seen, int keys)
{
    for (size_t i = 0; i < rows->count; i++) {
        const uint64_t *values = rows->batches[i]->columns[0]->values;
        for (size_t k = 0; k < rows->batches[i]->length; k++)
            for (int id = 0; id < keys; id++)
                seen[id] += values[k] == gyre__bench_mix((uint64_t)id);
    }
}

Test(bench_flow, keys_come_once_from_one_of_their_sources)
{
    enum { KEYS = 100 };
    const gyre__bench_opts_t opts = {.keys = KEYS, .width = 8};
    const gyre_schema_t *schema;
    cr_assert_eq(gyre__bench_rows_schema(&opts, &schema), GYRE_OK);
    for (int sources = 1; sources < 120; sources += 7) {
        int seen[KEYS] = {0};
        for (int source = 0; source < sources; source++) {
            gyre__bench_rows_t rows;
            cr_assert_eq(gyre__bench_rows_of_keys(&opts, schema, source, sources, &rows), GYRE_OK);
            see(&rows, seen, KEYS);
            gyre__bench_rows_free(&rows);
        }
        for (int id = 0; id < KEYS; id++)
            cr_expect_eq(seen[id], 1, "%d sources: key %d %d times", sources, id, seen[id]);
    }
    gyre_schema_release(schema);
}

static void expect(json_t *row, const char *key, double value)
{
    double found = json_number_value(json_object_get(row, key));
    cr_expect_float_eq(found / value, 1, 1e-6, "%s: %g, expected %g", key, found, value);
}

Test(bench_flow, records_take_as_long_as_the_slowest_worker)
{
    static const gyre__bench_flow_t flow;
    const gyre__bench_op_t op = {.name = "op", .metric = GYRE__BENCH_RECORDS, .flow = &flow};
    const gyre__bench_sample_t samples[] = {
        {.seconds = 2,
         .best = .1,
         .load = {.rows = 3000, .bytes = 48000, .peak = 5, .held = 4, .spilled = 70, .runs = 7}},
        {.seconds = 4,
         .best = .2,
         .load = {.rows = 1000, .bytes = 16000, .peak = 7, .held = 3, .spilled = 28, .runs = 7}}};
    gyre__bench_t bench = {.opts = {.op = &op}, .size = 2, .length = 1000};
    json_t *row = gyre__bench_row(&bench, 10, samples);
    expect(row, "rows", 1000);
    expect(row, "records_per_s", 10000);
    expect(row, "bytes_per_s", 160000);
    expect(row, "ns_per_record", 200000);
    expect(row, "best_ns_per_record", 100000);
    expect(row, "peak_bytes", 7);
    expect(row, "held_bytes", 4);
    expect(row, "spilled_bytes", 14);
    json_decref(row);
}
