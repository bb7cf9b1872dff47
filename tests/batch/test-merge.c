/* SPDX-License-Identifier: Apache-2.0 */
/* Merging sorted runs gives what sorting all of their rows at once would. */
#include "batch/merge.h"
#include "batch/order.h"
#include "batch/rows.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

TestSuite(merge, .timeout = 100);

enum { PLANS = 80, RUNS_MAX = 40, ROWS_MAX = 120 };

static gyre__spill_t *open_spill(random_plan_t *random)
{
    const char *const dir = "/tmp";
    gyre__spill_t *spill;
    const gyre__spill_opts_t opts = {.frame =
                                         random_below(random, 2) ? random_below(random, 20000) : 0};
    cr_assert_eq(gyre__spill_create(&dir, 1, &opts, &spill), GYRE_OK, "%s", gyre_last_error());
    return spill;
}

/* A run of the batch's rows in order, in pieces. */
static gyre__run_t *sorted_run(random_plan_t *random, gyre__spill_t *spill, size_t number,
                               const gyre_batch_t *batch, const gyre__merge_opts_t *opts)
{
    const gyre_batch_t *sorted, *slice;
    gyre__run_t *run;
    size_t step = 1 + random_below(random, ROWS_MAX);
    cr_assert_eq(gyre_batch_sort(batch, opts->keys, opts->key_count, NULL, &sorted), GYRE_OK);
    cr_assert_eq(gyre__run_create(spill, number, batch->schema, &run), GYRE_OK);
    for (size_t first = 0; first < sorted->length; first += step) {
        size_t left = sorted->length - first;
        cr_assert_eq(gyre_batch_slice(sorted, first, left < step ? left : step, &slice), GYRE_OK);
        cr_assert_eq(gyre__run_append(run, slice), GYRE_OK, "%s", gyre_last_error());
        gyre_batch_release(slice);
    }
    gyre_batch_release(sorted);
    return run;
}

/* The merge yields the rows of all, sorted; leaves it early, after so many rows. */
static void check_merge(gyre__merge_t *merge, const gyre_batch_t *all,
                        const gyre__merge_opts_t *opts, size_t leave)
{
    const gyre_batch_t *sorted, *expected, *batch;
    size_t first = 0;
    cr_assert_eq(gyre_batch_sort(all, opts->keys, opts->key_count, NULL, &sorted), GYRE_OK);
    while (first <= leave) {
        cr_assert_eq(gyre__merge_next(merge, &batch), GYRE_OK, "%s", gyre_last_error());
        size_t left = all->length - first, count = left < opts->rows ? left : opts->rows;
        cr_assert_eq(batch ? batch->length : 0, count);
        if (!batch)
            break;
        cr_assert_eq(gyre_batch_slice(sorted, first, count, &expected), GYRE_OK);
        cr_assert(gyre_batch_equal(batch, expected), "rows from %zu of %zu", first, all->length);
        gyre_batch_release(expected);
        gyre_batch_release(batch);
        first += count;
    }
    gyre_batch_release(sorted);
}

Test(merge, equals_a_sort)
{
    random_plan_t random = random_start("merge");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        gyre__spill_t *spill = open_spill(&random);
        gyre_sort_key_t keys[ORDER_KEYS_MAX];
        const gyre_batch_t *batches[RUNS_MAX], *all;
        gyre__merge_t *merge;
        size_t runs = 1 + random_below(&random, RUNS_MAX), most = 0;
        const gyre__merge_opts_t opts = {.keys = keys,
                                         .key_count = order_keys(&random, schema, keys),
                                         .fan_in = 2 + random_below(&random, 20),
                                         .rows = 1 + random_below(&random, 300),
                                         .spill = random_below(&random, 4) ? spill : NULL};
        cr_assert_eq(gyre__merge_create(schema, &opts, &merge), GYRE_OK, "%s", gyre_last_error());
        for (size_t i = 0; i < runs; i++) {
            size_t count = random_below(&random, ROWS_MAX);
            uint64_t *drawn = rows_keys(&random, count);
            for (size_t k = 0; k < count; k++)
                drawn[k] %= ROWS_MAX;
            batches[i] = rows_batch(schema, drawn, count);
            free(drawn);
            gyre__run_t *run =
                sorted_run(&random, random_below(&random, 3) ? spill : NULL, i, batches[i], &opts);
            most = run->memory > most ? run->memory : most;
            cr_assert_eq(gyre__merge_add(merge, run), GYRE_OK);
        }
        most = most < spill->opts.frame ? spill->opts.frame : most;
        cr_assert_leq(gyre__merge_memory(merge), most * runs);
        cr_assert_eq(gyre_batch_concatenate(batches, runs, NULL, &all), GYRE_OK);
        check_merge(merge, all, &opts, random_below(&random, 5) ? SIZE_MAX : all->length / 2);
        cr_assert_leq(gyre__merge_memory(merge), most * runs);
        gyre__merge_destroy(merge);
        cr_assert_eq(spill->files[0].live, 0);
        for (size_t i = 0; i < runs; i++)
            gyre_batch_release(batches[i]);
        gyre_batch_release(all);
        gyre__spill_destroy(spill);
        gyre_schema_release(schema);
    }
}

/* Runs that must be merged on disk before, and no room for that. */
Test(merge, a_full_disk_ends_it)
{
    random_plan_t random = random_start("merge full");
    const gyre_sort_key_t key = {.column = 0};
    const gyre_schema_t *schema = rows_schema(&random);
    gyre__spill_t *spill = open_spill(&random);
    const gyre__merge_opts_t opts = {&key, 1, .fan_in = 3, .rows = ROWS_MAX, .spill = spill};
    const gyre_batch_t *batch;
    gyre__merge_t *merge;
    cr_assert_eq(gyre__merge_create(schema, &opts, &merge), GYRE_OK);
    for (size_t i = 0; i < RUNS_MAX; i++) {
        uint64_t *keys = rows_keys(&random, ROWS_MAX);
        batch = rows_batch(schema, keys, ROWS_MAX);
        gyre__run_t *run = sorted_run(&random, spill, i, batch, &opts);
        cr_assert_eq(gyre__merge_add(merge, run), GYRE_OK);
        gyre_batch_release(batch);
        free(keys);
    }
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {spill->files[0].end, RLIM_INFINITY};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_lt(gyre__merge_next(merge, &batch), 0);
    cr_assert(strstr(gyre_last_error(), "spill directory /tmp: writing"), "%s", gyre_last_error());
    gyre__merge_destroy(merge);
    cr_assert_eq(spill->files[0].live, 0);
    gyre__spill_destroy(spill);
    gyre_schema_release(schema);
}

Test(merge, of_nothing_is_nothing)
{
    const gyre_field_t field = {"n", .kind = GYRE_KIND_INT64};
    const gyre_sort_key_t key = {.column = 0};
    const gyre__merge_opts_t opts = {&key, 1, .fan_in = 2, .rows = 10};
    const gyre_schema_t *schema;
    const gyre_batch_t *batch;
    gyre__merge_t *merge;
    cr_assert_eq(gyre_schema_create(&field, 1, &schema), GYRE_OK);
    cr_assert_eq(gyre__merge_create(schema, &opts, &merge), GYRE_OK);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(gyre__merge_next(merge, &batch), GYRE_OK);
        cr_assert_null(batch);
    }
    gyre__merge_destroy(merge);
    cr_assert_eq(
        gyre__merge_create(schema, &(gyre__merge_opts_t){&key, 1, .fan_in = 1, .rows = 1}, &merge),
        GYRE_ERR_RANGE);
    gyre_schema_release(schema);
}
