/* SPDX-License-Identifier: Apache-2.0 */
/* What operators of other systems got wrong, each as a case of its own. */
#include "lib/check.h"

#include <gyre/operator.h>
#include <limits.h>
#include <string.h>

enum { TARGETS_MAX = 64 };

typedef struct log {
    uint64_t rows, batches, barriers, ends;
    int64_t last; /* value of the first column */
    bool ordered;
    uint64_t per_target[TARGETS_MAX]; /* ends */
} log_t;

static gyre_status_t note(void *arg, int target, int source, const gyre_batch_t *batch)
{
    log_t *log = arg;
    (void)source;
    if (!batch) {
        log->ends++;
        log->per_target[target]++;
        log->last = INT64_MAX;
        return GYRE_OK;
    }
    const int64_t *values = batch->columns[0]->values;
    for (size_t i = 0; i < batch->length; i++) {
        log->ordered &= values[i] <= log->last;
        log->last = values[i];
    }
    log->rows += batch->length;
    log->batches++;
    return GYRE_OK;
}

static gyre_status_t note_barrier(void *arg, int target, uint64_t id)
{
    (void)target;
    CHECK_EQ(id, ++((log_t *)arg)->barriers);
    return GYRE_OK;
}

static const gyre_schema_t *schema; /* two int64 */
static const size_t first_column = 0;
static const gyre_sort_key_t downwards = {.column = 0, .descending = true};
static const gyre_aggregate_t count_rows = {.fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS};

static gyre_operator_opts_t options(gyre_operator_kind_t kind, log_t *log)
{
    *log = (log_t){.last = INT64_MAX, .ordered = true};
    return (gyre_operator_opts_t){.size = sizeof(gyre_operator_opts_t),
                                  .kind = kind,
                                  .schema = schema,
                                  .receive = note,
                                  .barrier = note_barrier,
                                  .arg = log};
}

/* Rows of a key each, from key_of(i). */
static void insert(gyre_operator_t *op, int source, int64_t (*key_of)(int64_t), int64_t count)
{
    enum { CHUNK = 1000 };
    gyre_builder_t *builder;
    CHECK_OK(gyre_builder_create_batch(schema, NULL, &builder));
    for (int64_t first = 0; first < count; first += CHUNK) {
        const gyre_batch_t *batch;
        gyre_status_t status;
        for (int64_t i = first; i < count && i < first + CHUNK; i++) {
            CHECK_OK(gyre_builder_append_int64(builder->children[0], key_of(i)));
            CHECK_OK(gyre_builder_append_int64(builder->children[1], i));
        }
        CHECK_OK(gyre_builder_finish_batch(builder, &batch));
        while ((status = gyre_operator_insert(op, source, batch)) == GYRE_IN_PROGRESS)
            CHECK(gyre_operator_step(op) >= 0);
        CHECK_OK(status);
        gyre_batch_release(batch);
    }
    gyre_builder_destroy(builder);
}

static int64_t threes(int64_t i)
{
    return 3 * (i * check_size + check_rank);
}

static void finish_right(gyre_operator_t *op, int64_t count)
{
    insert(op, check_size + check_rank, threes, count);
    CHECK_OK(gyre_operator_finish(op, check_size + check_rank));
}

/* One source on each worker, or on each side, with as many rows. */
static gyre_operator_counts_t run(const gyre_operator_opts_t *opts, int64_t (*key_of)(int64_t),
                                  int64_t count)
{
    gyre_operator_t *op;
    gyre_operator_counts_t counts;
    CHECK_OK(gyre_operator_create(check_world, opts, &op));
    if (count > 0)
        insert(op, check_rank, key_of, count);
    CHECK_OK(gyre_operator_finish(op, check_rank));
    if (opts->kind == GYRE_JOIN)
        finish_right(op, count);
    CHECK_OK(gyre_operator_wait(op));
    CHECK_OK(gyre_operator_count(op, &counts));
    gyre_operator_destroy(op);
    return counts;
}

/* --- A target that gets no rows was not called at all --- */

static void empty(gyre_operator_opts_t opts, log_t *log)
{
    opts.targets = opts.kind == GYRE_GATHER && !opts.key_count ? 1 : 2 * check_size;
    opts.sources = check_size;
    if (opts.kind == GYRE_PIPE)
        opts.targets = check_size;
    run(&opts, NULL, 0);
    CHECK_EQ(log->batches, 0);
    for (int target = 0; target < opts.targets; target++)
        CHECK_EQ(log->per_target[target], target % check_size == check_rank);
}

/* Targets that nothing can come for are told at once; rows that are for nobody are forgotten. */
static void no_tasks(gyre_operator_opts_t opts, log_t *log)
{
    gyre_operator_t *op;
    opts.sources = GYRE_TASKS_NONE;
    opts.right_sources = opts.kind == GYRE_JOIN ? GYRE_TASKS_NONE : 0;
    opts.targets = opts.kind == GYRE_PIPE ? GYRE_TASKS_NONE : 0;
    *log = (log_t){0};
    CHECK_OK(gyre_operator_create(check_world, &opts, &op));
    CHECK_OK(gyre_operator_wait(op));
    gyre_operator_destroy(op);
    bool one = opts.kind == GYRE_GATHER && !opts.key_count;
    CHECK_EQ(check_sum(log->ends), opts.kind == GYRE_PIPE ? 0 : one ? 1 : check_size);
    if (opts.kind == GYRE_PIPE)
        return;
    opts.sources = opts.right_sources = 0;
    opts.targets = GYRE_TASKS_NONE;
    CHECK_EQ(run(&opts, threes, 100).bytes_sent, 0);
    CHECK_EQ(log->batches, 0);
}

static void empty_targets(void)
{
    for (int kind = 0; kind < GYRE_OPERATOR_KINDS; kind++)
        for (int variant = 0; variant < 2; variant++) {
            log_t log;
            gyre_operator_opts_t opts = options((gyre_operator_kind_t)kind, &log);
            bool keyed =
                kind == GYRE_REDUCE || kind == GYRE_JOIN || (variant && kind == GYRE_GATHER);
            if (keyed) {
                opts.keys = &first_column;
                opts.key_count = 1;
            }
            if (kind == GYRE_JOIN) {
                opts.right = schema;
                opts.right_keys = &first_column;
            }
            if (kind == GYRE_REDUCE || kind == GYRE_ALLREDUCE) {
                opts.aggregates = &count_rows;
                opts.aggregate_count = 1;
            }
            if (kind == GYRE_SORT) {
                opts.order = &downwards;
                opts.order_count = 1;
            }
            opts.bulk = variant;
            empty(opts, &log);
            no_tasks(opts, &log);
        }
}

/* --- Keyed reduce sent every row to its target --- */

static int64_t few_keys(int64_t i)
{
    return i % 10;
}

static void combined_at_the_source(void)
{
    log_t log;
    gyre_operator_opts_t opts = options(GYRE_REDUCE, &log);
    opts.keys = &first_column;
    opts.key_count = 1;
    opts.aggregates = &count_rows;
    opts.aggregate_count = 1;
    gyre_operator_counts_t counts = run(&opts, few_keys, 200000);
    CHECK_EQ(counts.rows_inserted, 200000);
    CHECK(counts.bytes_sent < 10000);
    CHECK_EQ(check_sum(log.rows), 10);
}

/* --- The hash of the smallest key named a target below 0 --- */

static int64_t smallest_keys(int64_t i)
{
    static const int64_t keys[] = {INT64_MIN, INT32_MIN, INT16_MIN, -1, 0, INT64_MAX};
    return i < 6 ? keys[i] : INT64_MIN + i;
}

static void smallest(void)
{
    log_t log;
    gyre_operator_opts_t opts = options(GYRE_PARTITION, &log);
    opts.keys = &first_column;
    opts.key_count = 1;
    opts.targets = 7;
    run(&opts, smallest_keys, 3000);
    CHECK_EQ(check_sum(log.rows), 3000 * check_size);
    CHECK_EQ(check_sum(log.ends), 7);
}

/* --- Gather by key heeded its order on disk only --- */

static int64_t scattered(int64_t i)
{
    return (int64_t)(check_mix((uint64_t)i, (uint64_t)check_rank) % 100000);
}

static void ordered(int64_t count, bool on_disk)
{
    log_t log;
    gyre_operator_opts_t opts = options(GYRE_GATHER, &log);
    opts.keys = &first_column;
    opts.key_count = 1;
    opts.order = &downwards;
    opts.order_count = 1;
    opts.targets = check_size;
    gyre_operator_counts_t counts = run(&opts, scattered, count);
    CHECK(log.ordered);
    CHECK_EQ(check_sum(log.rows), count * check_size);
    CHECK_EQ(check_sum(counts.rows_spilled) > 0, on_disk);
}

static void ordered_in_memory(void)
{
    ordered(1000, false);
}

static void ordered_on_disk(void)
{
    ordered(300000, true);
}

/* --- Ranges are sought once, also where nobody has rows yet --- */

static void stand(gyre_operator_t *op, uint64_t id)
{
    gyre_status_t status;
    while ((status = gyre_operator_barrier(op, check_rank, id)) == GYRE_IN_PROGRESS)
        CHECK(gyre_operator_step(op) >= 0);
    CHECK_OK(status);
}

/* Rows come from that rank on after the second of three barriers, from those before it at once. */
static void barriers_before_rows(void)
{
    for (int early = 0; early <= 1; early++) {
        log_t log;
        gyre_operator_t *op;
        gyre_operator_opts_t opts = options(GYRE_SORT, &log);
        opts.order = &downwards;
        opts.order_count = 1;
        CHECK_OK(gyre_operator_create(check_world, &opts, &op));
        for (int run = 0; run < 3; run++) {
            log = (log_t){.last = INT64_MAX, .ordered = true};
            if (check_rank < early)
                insert(op, check_rank, scattered, 5000);
            stand(op, 1);
            stand(op, 2);
            if (check_rank >= early)
                insert(op, check_rank, scattered, 5000);
            stand(op, 3);
            CHECK_OK(gyre_operator_finish(op, check_rank));
            CHECK_OK(gyre_operator_wait(op));
            CHECK(log.ordered);
            CHECK_EQ(check_sum(log.rows), 5000 * check_size);
            CHECK_OK(gyre_operator_reset(op));
        }
        gyre_operator_destroy(op);
    }
}

/* --- A barrier that a source gave before it finished, without progress in between, was lost --- */

static void barrier_before_the_end(void)
{
    log_t log;
    gyre_operator_t *op;
    gyre_operator_opts_t opts = options(GYRE_UNION, &log);
    CHECK_OK(gyre_operator_create(check_world, &opts, &op));
    CHECK_OK(gyre_operator_barrier(op, check_rank, 1));
    CHECK_OK(gyre_operator_finish(op, check_rank));
    CHECK_OK(gyre_operator_wait(op));
    CHECK_EQ(log.barriers, 1);
    CHECK_EQ(log.ends, 1);
    gyre_operator_destroy(op);
}

/* --- An outer join by hash gave no row without a partner, or gave it again in each pass --- */

static int64_t twos(int64_t i)
{
    return 2 * (i * check_size + check_rank);
}

static void outer_joins_by_hash(void)
{
    enum { ROWS = 40000 };
    int64_t all = (int64_t)ROWS * check_size, met = 2 * (all - 1) / 6 + 1;
    const int64_t rows[] = {[GYRE_JOIN_INNER] = met,
                            [GYRE_JOIN_LEFT] = all,
                            [GYRE_JOIN_RIGHT] = all,
                            [GYRE_JOIN_FULL] = 2 * all - met};
    for (int join = GYRE_JOIN_INNER; join <= GYRE_JOIN_FULL; join++) {
        log_t log;
        gyre_operator_opts_t opts = options(GYRE_JOIN, &log);
        opts.keys = opts.right_keys = &first_column;
        opts.key_count = 1;
        opts.right = schema;
        opts.join = (gyre_join_t)join;
        gyre_operator_counts_t counts = run(&opts, twos, ROWS);
        CHECK_EQ(check_sum(log.rows), rows[join]);
        CHECK(check_sum(counts.rows_spilled) > 0);
    }
}

int main(int argc, char **argv)
{
    static const gyre_field_t fields[] = {
        {.name = "key", .kind = GYRE_KIND_INT64, .required = true},
        {.name = "value", .kind = GYRE_KIND_INT64, .required = true}};
    static const check_case_t cases[] = {
        {"empty targets", empty_targets},
        {"combined at the source", combined_at_the_source},
        {"smallest keys", smallest},
        {"outer joins by hash", outer_joins_by_hash},
        {"barriers before rows", barriers_before_rows},
        {"barrier before the end", barrier_before_the_end},
        {"ordered in memory", ordered_in_memory},
        {"ordered on disk", ordered_on_disk},
    };
    CHECK_OK(gyre_schema_create(fields, 2, &schema));
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 120);
    gyre_schema_release(schema);
    return status;
}
