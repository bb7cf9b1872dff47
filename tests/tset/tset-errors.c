/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a call is said once, with the name of its set, and returned by all that
 * evaluates; functions that fail end the job at all workers. */
#include "tset-plan.h"

#include <limits.h>
#include <string.h>

static gyre_env_t *env;

static gyre_status_t give_nothing(gyre_partition_t *part, const gyre_row_t *row,
                                  gyre_builder_t *out)
{
    (void)part;
    (void)row;
    (void)out;
    return GYRE_OK;
}

static gyre_status_t fail_row(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    (void)out;
    return part->index == 1 && gyre_row_int64(row, 0) > 700 ? GYRE_ERR_IO : GYRE_OK;
}

static bool keep(gyre_partition_t *part, const gyre_row_t *row)
{
    (void)part;
    (void)row;
    return true;
}

static gyre_status_t give_back(gyre_partition_t *part, const gyre_batch_t *in,
                               const gyre_batch_t **out)
{
    (void)part;
    *out = gyre_batch_retain(in);
    return GYRE_OK;
}

/* Rows of one column, whatever the schema says. */
static gyre_status_t give_one(gyre_partition_t *part, const gyre_batch_t **out)
{
    const gyre_schema_t *schema;
    gyre_builder_t *builder;
    (void)part;
    CHECK_OK(gyre_schema_create(&(gyre_field_t){.name = "a", .kind = GYRE_KIND_INT64}, 1, &schema));
    CHECK_OK(gyre_builder_create_batch(schema, NULL, &builder));
    CHECK_OK(gyre_builder_append_int64(builder->children[0], 1));
    CHECK_OK(gyre_builder_finish_batch(builder, out));
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
    return GYRE_OK;
}

static const gyre_function_t nothing = {.row = give_nothing}, failing = {.row = fail_row},
                             keeping = {.keep = keep}, none = {.schema = NULL};
static const gyre_aggregate_t sum = {.fold = GYRE_FOLD_SUM, .column = 0}, wrong = {.column = 7};

/* Each call on a fresh environment with a set "range-0" of three parts. */
#define POISONED(call, status, text)                                                               \
    do {                                                                                           \
        CHECK_OK(gyre_env_create(check_world, NULL, &env));                                        \
        gyre_tset_t *set = gyre_tset_range(env, 0, 1000, 3), *keyed;                               \
        keyed = gyre_tset_keyed(set, (size_t[]){0}, 1);                                            \
        (void)keyed;                                                                               \
        gyre_tset_t *made = call;                                                                  \
        CHECK(made);                                                                               \
        CHECK(!gyre_tset_schema(made) && gyre_tset_name(made));                                    \
        CHECK_IS(gyre_env_status(env), status);                                                    \
        if (!strstr(gyre_last_error(), text))                                                      \
            check_fail(__FILE__, __LINE__, "\"%s\" not in the text", text);                        \
        CHECK(!gyre_tset_schema(gyre_tset_map(gyre_tset_pipe(made), &nothing)));                   \
        CHECK_IS(gyre_tset_count(made, &(uint64_t){0}), status);                                   \
        CHECK_IS(gyre_env_run(env), status);                                                       \
        CHECK(strstr(gyre_last_error(), text));                                                    \
        gyre_env_destroy(env);                                                                     \
    } while (0)

static void calls(void)
{
    const gyre_sort_key_t beyond = {.column = 3};
    POISONED(gyre_tset_range(env, 0, 1, -2), GYRE_ERR_RANGE, "range-2: parallelism -2");
    POISONED(gyre_tset_text(env, (const char *[]){"/etc/passwd"}, 1, NULL, INT_MAX), GYRE_ERR_RANGE,
             "expected 0 to 1048576");
    POISONED(gyre_tset_pipe(gyre_tset_partition(set, NULL, NULL, INT_MAX)), GYRE_ERR_RANGE,
             "partition-2: parallelism 2147483647");
    POISONED(gyre_tset_range(env, INT64_MAX, 2, 0), GYRE_ERR_RANGE, "beyond 64 bits");
    POISONED(gyre_tset_source(env, &none, 0), GYRE_ERR_ARG, "neither next and next_batch");
    POISONED(gyre_tset_source(env, NULL, 0), GYRE_ERR_ARG, "no function");
    POISONED(gyre_tset_memory(env, NULL, 0, 0), GYRE_ERR_ARG, "no batches");
    POISONED(gyre_tset_dataset(env, NULL, NULL), GYRE_ERR_ARG, "a dataset with parts");
    POISONED(gyre_tset_text(env, (const char *[]){"/no/such"}, 1, NULL, 0), GYRE_ERR_NOT_FOUND,
             "/no/such");
    POISONED(gyre_tset_map(set, NULL), GYRE_ERR_ARG, "map-2: no function");
    POISONED(gyre_tset_map(set, &none), GYRE_ERR_ARG, "neither row and batch");
    POISONED(gyre_tset_map(set, &keeping), GYRE_ERR_ARG, "keep is for filters");
    POISONED(gyre_tset_filter(set, &nothing), GYRE_ERR_ARG, "keep or keep_batch");
    POISONED(gyre_tset_compute(set, &nothing), GYRE_ERR_ARG, "needs finish");
    POISONED(gyre_tset_select(set, (size_t[]){1}, 1), GYRE_ERR_RANGE, "column 1 of 1");
    POISONED(gyre_tset_select(set, NULL, 0), GYRE_ERR_ARG, "without columns");
    POISONED(gyre_tset_sample(set, 1.5, 0), GYRE_ERR_RANGE, "1.5 of the rows");
    POISONED(gyre_tset_sort(set, NULL, 0, 0), GYRE_ERR_ARG, "without an order");
    POISONED(gyre_tset_sort(set, &beyond, 1, 0), GYRE_ERR_RANGE, "column 3");
    POISONED(gyre_tset_reduce(set, NULL, 0), GYRE_ERR_ARG, "reduce-2");
    POISONED(gyre_tset_reduce(set, &wrong, 1), GYRE_ERR_RANGE, "7");
    POISONED(gyre_tset_replicate(set, 3), GYRE_ERR_ARG, "expected one to replicate");
    POISONED(gyre_tset_union((gyre_tset_t *[]){set, gyre_tset_gather(set)}, 2), GYRE_ERR_ARG,
             "expected as many");
    POISONED(gyre_tset_union((gyre_tset_t *[]){set, gyre_tset_zip_with_index(set)}, 2),
             GYRE_ERR_ARG, "differ in their columns");
    POISONED(gyre_tset_keyed(set, NULL, 0), GYRE_ERR_ARG, "without keys");
    POISONED(gyre_tset_keyed(set, (size_t[]){4}, 1), GYRE_ERR_RANGE, "column 4 as a key");
    POISONED(gyre_tset_keyed_reduce(set, &sum, 1, 0), GYRE_ERR_ARG, "\"range-0\" has no keys");
    POISONED(gyre_tset_keyed_gather(set, NULL, 0, 0), GYRE_ERR_ARG, "has no keys");
    POISONED(gyre_tset_join(keyed, set, GYRE_JOIN_INNER, GYRE_JOIN_HASH, 0), GYRE_ERR_ARG,
             "\"range-0\" has no keys");
    POISONED(gyre_tset_map_to_tuple(set, &nothing, 2), GYRE_ERR_RANGE, "column 1 as a key");
    POISONED(gyre_tset_add_input(keyed, "side", set), GYRE_ERR_ARG, "a stored set");
    POISONED(gyre_tset_add_input(gyre_tset_add_input(keyed, "side", gyre_tset_cache(set)), "side",
                                 gyre_tset_cache(set)),
             GYRE_ERR_ARG, "a second input \"side\"");
    POISONED(gyre_tset_set_name(keyed, "range-0"), GYRE_ERR_ARG, "is called \"range-0\"");
    POISONED(gyre_tset_set_name(keyed, "pipe-7"), GYRE_ERR_ARG, "comes later");
    POISONED(gyre_tset_cache(gyre_tset_sink(set, &nothing)), GYRE_ERR_ARG, "gives no rows");
    POISONED(gyre_tset_join(keyed, NULL, GYRE_JOIN_INNER, GYRE_JOIN_HASH, 0), GYRE_ERR_ARG, "NULL");
    CHECK(gyre_tset_map(NULL, &nothing));
    CHECK_IS(gyre_tset_count(NULL, &(uint64_t){0}), GYRE_ERR_ARG);
}

/* A function's error, at all workers. */
#define FAILS(call, status, text)                                                                  \
    do {                                                                                           \
        CHECK_OK(gyre_env_create(check_world, NULL, &env));                                        \
        gyre_tset_t *set = gyre_tset_range(env, 0, 2000, 3);                                       \
        (void)set;                                                                                 \
        CHECK_IS(call, status);                                                                    \
        if (!strstr(gyre_last_error(), text))                                                      \
            check_fail(__FILE__, __LINE__, "\"%s\" not in the text", text);                        \
        gyre_env_destroy(env);                                                                     \
    } while (0)

static void functions(void)
{
    const gyre_field_t fields[] = {{.name = "a", .kind = GYRE_KIND_INT64},
                                   {.name = "b", .kind = GYRE_KIND_STRING}};
    gyre_function_t one_for_two = {.batch = give_back}, one_of_two = {.next_batch = give_one};
    CHECK_OK(gyre_schema_create(fields, 2, &one_for_two.schema));
    one_of_two.schema = one_for_two.schema;
    FAILS(gyre_tset_count(gyre_tset_map(set, &one_for_two), &(uint64_t){0}), GYRE_ERR_STATE,
          "failed: a batch of another schema");
    FAILS(gyre_tset_count(gyre_tset_source(env, &one_of_two, 3), &(uint64_t){0}), GYRE_ERR_STATE,
          "failed: a batch of another schema");
    gyre_schema_release(one_for_two.schema);
    FAILS(gyre_tset_for_each(set, &failing), GYRE_ERR_IO, "sink-1 1 failed");
    FAILS(gyre_tset_count(gyre_tset_map(gyre_tset_partition(set, NULL, NULL, 0), &nothing),
                          &(uint64_t){0}),
          GYRE_ERR_STATE, "expected as many of a map");
    FAILS(gyre_tset_evaluate(set), GYRE_ERR_STATE, "\"range-0\" is no lazy store");
    FAILS(gyre_tset_eval_and_update(gyre_tset_lazy_cache(set), gyre_tset_lazy_cache(set)),
          GYRE_ERR_STATE, "expected a lazy cache");
    FAILS(gyre_tset_save_text(set, "/tmp", NULL), GYRE_ERR_ARG, "one column of strings");
}

/* After what failed by itself all others are as they were. */
static void others(void)
{
    uint64_t count = 0;
    CHECK_OK(gyre_env_create(check_world, NULL, &env));
    gyre_tset_t *set = gyre_tset_range(env, 0, 2000, 3);
    CHECK_IS(gyre_tset_for_each(set, &failing), GYRE_ERR_IO);
    CHECK_OK(gyre_env_run(env));
    gyre_tset_t *wrong_map = gyre_tset_map(gyre_tset_partition(set, NULL, NULL, 0), &nothing);
    CHECK_IS(gyre_tset_count(wrong_map, &count), GYRE_ERR_STATE);
    CHECK_IS(gyre_tset_count(set, NULL), GYRE_ERR_ARG);
    CHECK_OK(gyre_env_run(env));
    CHECK_OK(gyre_tset_count(set, &count));
    CHECK_EQ(count, 2000);
    gyre_env_destroy(env);
}

/* What only one worker cannot make, none waits for. */
static void lone(void)
{
    const gyre_env_opts_t threads = {.size = sizeof(threads), .threads = check_rank ? 0 : 2};
    CHECK_OK(gyre_env_create(check_world, &threads, &env));
    CHECK_IS(gyre_tset_for_each(gyre_tset_range(env, 0, 10, 3), &nothing), GYRE_ERR_STATE);
    CHECK(strstr(gyre_last_error(), "expected GYRE_THREAD_MULTIPLE"));
    gyre_env_destroy(env);
    const char *path = check_rank ? "/etc/passwd" : "/no/such";
    for (int update = 0; update < 2; update++) {
        CHECK_OK(gyre_env_create(check_world, NULL, &env));
        gyre_tset_t *cached =
            gyre_tset_cache(gyre_tset_text(env, (const char *[]){"/etc/passwd"}, 1, NULL, 2));
        gyre_tset_t *lazy = gyre_tset_lazy_cache(gyre_tset_text(env, &path, 1, NULL, 2));
        CHECK_IS(update ? gyre_tset_eval_and_update(lazy, cached) : gyre_tset_evaluate(lazy),
                 GYRE_ERR_NOT_FOUND);
        CHECK(strstr(gyre_last_error(), "/no/such"));
        gyre_env_destroy(env);
    }
}

static const check_case_t cases[] = {
    {"calls", calls}, {"functions", functions}, {"others", others}, {"lone", lone}};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 120);
}
