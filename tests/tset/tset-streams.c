/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of sets: watermarks, by which windows are counted when no row can be late for them any
 * more; rounds of barriers; sources without an end. */
#include "lib/check.h"

#include <gyre/tset.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SOURCES = 4, ROWS = 500, WINDOW = 10, WINDOWS = ROWS / WINDOW, ROUND = 50 };

static const gyre_schema_t *schema;
static _Atomic uint64_t counted, closed_early, rounds;

/* --- Times, out of order within blocks of four --- */

static gyre_status_t open_source(gyre_partition_t *part)
{
    part->state = calloc(1, sizeof(int64_t));
    return GYRE_OK;
}

static void close_state(gyre_partition_t *part)
{
    free(part->state);
}

static gyre_status_t next(gyre_partition_t *part, gyre_builder_t *out)
{
    int64_t *row = part->state;
    CHECK_OK(gyre_builder_append_int64(out->children[0], *row ^ 3));
    ++*row;
    CHECK_OK(gyre_partition_watermark(part, *row & ~3));
    if (*row % ROUND == 0)
        CHECK_OK(gyre_partition_barrier(part, (uint64_t)*row));
    return *row < ROWS ? GYRE_IN_PROGRESS : GYRE_OK;
}

/* --- Windows --- */

typedef struct windows {
    int64_t watermark;
    int closed;
    int64_t count[WINDOWS];
} windows_t;

static gyre_status_t open_windows(gyre_partition_t *part)
{
    windows_t *windows = part->state = calloc(1, sizeof(*windows));
    windows->watermark = INT64_MIN;
    return GYRE_OK;
}

static gyre_status_t add(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    windows_t *windows = part->state;
    int64_t time = gyre_row_int64(row, 0);
    (void)out;
    CHECK(time >= windows->watermark && time / WINDOW >= windows->closed);
    windows->count[time / WINDOW]++;
    return GYRE_OK;
}

static gyre_status_t close_next(windows_t *windows, gyre_builder_t *out)
{
    return gyre_builder_append_int64(out->children[0], windows->count[windows->closed++]);
}

static gyre_status_t close_windows(gyre_partition_t *part, int64_t time, gyre_builder_t *out)
{
    windows_t *windows = part->state;
    CHECK(time > windows->watermark);
    windows->watermark = time;
    while (windows->closed < time / WINDOW) {
        CHECK_OK(close_next(windows, out));
        closed_early++;
    }
    return GYRE_OK;
}

static gyre_status_t close_all(gyre_partition_t *part, gyre_builder_t *out)
{
    windows_t *windows = part->state;
    while (windows->closed < WINDOWS)
        CHECK_OK(close_next(windows, out));
    return GYRE_OK;
}

static gyre_status_t sum(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    (void)part;
    (void)out;
    counted += (uint64_t)gyre_row_int64(row, 0);
    return GYRE_OK;
}

/* --- What is kept until a barrier comes before the watermark, that before the barrier --- */

static gyre_status_t see_least(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    (void)out;
    CHECK(gyre_row_int64(row, 0) >= ((windows_t *)part->state)->watermark);
    return GYRE_OK;
}

static gyre_status_t see_watermark(gyre_partition_t *part, int64_t time, gyre_builder_t *out)
{
    windows_t *windows = part->state;
    (void)out;
    CHECK(time > windows->watermark);
    windows->watermark = time;
    return GYRE_OK;
}

static gyre_status_t see_barrier(gyre_partition_t *part, uint64_t id, gyre_builder_t *out)
{
    (void)out;
    CHECK_EQ(((windows_t *)part->state)->watermark, id & ~(uint64_t)3);
    rounds++;
    return GYRE_OK;
}

static void run(int threads)
{
    static const gyre_aggregate_t least = {.fold = GYRE_FOLD_MIN, .column = 0};
    const gyre_env_opts_t opts = {
        .size = sizeof(opts), .mode = GYRE_ENV_STREAM, .threads = threads};
    const gyre_function_t times = {
        .schema = schema, .next = next, .open = open_source, .close = close_state};
    const gyre_function_t windows = {.schema = schema,
                                     .row = add,
                                     .watermark = close_windows,
                                     .finish = close_all,
                                     .open = open_windows,
                                     .close = close_state};
    const gyre_function_t see = {.row = see_least,
                                 .watermark = see_watermark,
                                 .barrier = see_barrier,
                                 .open = open_windows,
                                 .close = close_state};
    const gyre_function_t add_up = {.row = sum};
    gyre_env_t *env;
    CHECK_OK(gyre_env_create(check_world, &opts, &env));
    counted = closed_early = rounds = 0;
    gyre_tset_t *source = gyre_tset_source(env, &times, SOURCES);
    gyre_tset_t *spread = gyre_tset_partition(source, NULL, NULL, 3);
    gyre_tset_sink(gyre_tset_gather(gyre_tset_compute_collect(spread, &windows)), &add_up);
    gyre_tset_sink(gyre_tset_reduce(source, &least, 1), &see);
    CHECK_OK(gyre_env_run(env));
    CHECK_OK(gyre_env_status(env));
    gyre_env_destroy(env);
    CHECK_EQ(check_sum(counted), SOURCES * ROWS);
    CHECK_EQ(check_sum(rounds), ROWS / ROUND);
    /* At the last barrier every source had said ROWS. */
    CHECK_EQ(check_sum(closed_early), 3 * WINDOWS);
}

static void windows(void)
{
    run(0);
    run(2);
}

/* --- Rounds, and a source without an end --- */

enum { STREAM_ROWS = 300 };

static gyre_status_t stream_next(gyre_partition_t *part, gyre_builder_t *out)
{
    int64_t *at = part->state;
    CHECK_OK(gyre_builder_append_int64(out->children[0], *at));
    ++*at;
    if (*at % ROUND == 0)
        CHECK_OK(gyre_partition_barrier(part, (uint64_t)(*at / ROUND)));
    return *at % STREAM_ROWS ? GYRE_IN_PROGRESS : GYRE_OK;
}

static gyre_status_t stream_begin(gyre_partition_t *part)
{
    *(int64_t *)part->state = part->index * STREAM_ROWS;
    return GYRE_OK;
}

/* Goes on until it is stopped. */
static gyre_status_t endless_next(gyre_partition_t *part, gyre_builder_t *out)
{
    int64_t *at = part->state;
    if (++*at % STREAM_ROWS == 100)
        gyre_env_stop(part->arg);
    CHECK_OK(gyre_builder_append_int64(out->children[0], *at));
    gyre_partition_await(part, -1, 1);
    return gyre_partition_stopping(part) ? GYRE_OK : GYRE_IN_PROGRESS;
}

static gyre_status_t add_one(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    (void)part;
    return gyre_builder_append_int64(out->children[0], gyre_row_int64(row, 0) + 1);
}

static void streams(void)
{
    static const gyre_aggregate_t total = {.fold = GYRE_FOLD_SUM, .column = 0};
    const gyre_env_opts_t opts = {.size = sizeof(opts), .mode = GYRE_ENV_STREAM};
    gyre_env_t *stream;
    CHECK_OK(gyre_env_create(check_world, &opts, &stream));
    gyre_function_t function = {.schema = schema,
                                .next = stream_next,
                                .open = open_source,
                                .begin = stream_begin,
                                .close = close_state};
    const gyre_function_t see = {.row = sum};
    gyre_tset_t *source = gyre_tset_source(stream, &function, 1);
    gyre_tset_sink(gyre_tset_partition(gyre_tset_map(source, &(gyre_function_t){.row = add_one}),
                                       NULL, NULL, 3),
                   &see);
    /* The total of each round. */
    gyre_tset_sink(gyre_tset_reduce(source, &total, 1), &see);
    counted = 0;
    CHECK_OK(gyre_env_run(stream));
    CHECK_EQ(check_sum(counted), STREAM_ROWS * (STREAM_ROWS - 1) / 2 * 2 + STREAM_ROWS);

    function = (gyre_function_t){.schema = schema,
                                 .next = endless_next,
                                 .open = open_source,
                                 .begin = stream_begin,
                                 .close = close_state,
                                 .arg = stream};
    gyre_tset_sink(gyre_tset_source(stream, &function, check_size), &see);
    CHECK_OK(gyre_env_run(stream));
    /* What is evaluated next is not stopped. */
    uint64_t count;
    CHECK_OK(gyre_tset_for_each(gyre_tset_source(stream, &function, check_size), &see));
    CHECK_OK(gyre_tset_count(gyre_tset_range(stream, 0, STREAM_ROWS * 1000, 0), &count));
    CHECK_EQ(count, STREAM_ROWS * 1000);
    CHECK_OK(gyre_env_status(stream));
    gyre_env_destroy(stream);
}

/* --- Mistakes --- */

static gyre_status_t mark_batch(gyre_partition_t *part, gyre_builder_t *out)
{
    (void)out;
    CHECK_IS(gyre_partition_watermark(part, 1), GYRE_ERR_STATE);
    return GYRE_OK;
}

static void no_stream(void)
{
    gyre_env_t *env;
    uint64_t count;
    CHECK_OK(gyre_env_create(check_world, NULL, &env));
    const gyre_function_t function = {.schema = schema, .next = mark_batch};
    CHECK_OK(gyre_tset_count(gyre_tset_source(env, &function, 0), &count));
    CHECK_EQ(count, 0);
    gyre_env_destroy(env);
}

static const check_case_t cases[] = {
    {"windows", windows}, {"streams", streams}, {"no stream", no_stream}};

int main(int argc, char **argv)
{
    static const gyre_field_t field = {.name = "time", .kind = GYRE_KIND_INT64, .required = true};
    CHECK_OK(gyre_schema_create(&field, 1, &schema));
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_MULTIPLE, 120);
    gyre_schema_release(schema);
    return status;
}
