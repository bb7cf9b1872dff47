/* SPDX-License-Identifier: Apache-2.0 */
/* Every link between sets against loops over a table that all workers know. */
#include "tset-plan.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 8 };

static gyre_env_t *env;
static uint64_t seed;

/* --- What functions do --- */

static int64_t twice(int64_t value)
{
    return 2 * value + 1;
}

static gyre_status_t map_row(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    (void)part;
    CHECK_OK(gyre_builder_append_int64(out->children[0], gyre_row_int64(row, ID)));
    return gyre_builder_append_int64(out->children[1], twice(gyre_row_int64(row, VALUE)));
}

static gyre_status_t map_batch(gyre_partition_t *part, const gyre_batch_t *in,
                               const gyre_batch_t **out)
{
    gyre_builder_t *builder;
    CHECK_OK(gyre_builder_create_batch(part->out, NULL, &builder));
    for (size_t i = 0; i < in->length; i++)
        CHECK_OK(map_row(part, &(gyre_row_t){in, i}, builder));
    CHECK_OK(gyre_builder_finish_batch(builder, out));
    gyre_builder_destroy(builder);
    return GYRE_OK;
}

/* As many as the key says, which may be none. */
static gyre_status_t flatmap_row(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    (void)part;
    for (int64_t i = 0; i < gyre_row_int64(row, KEY) % 5; i++) {
        CHECK_OK(gyre_builder_append_int64(out->children[0], gyre_row_int64(row, ID)));
        CHECK_OK(gyre_builder_append_int64(out->children[1], i));
    }
    return GYRE_OK;
}

static bool keep_row(gyre_partition_t *part, const gyre_row_t *row)
{
    (void)part;
    return gyre_row_int64(row, VALUE) % 3 == 0;
}

static gyre_status_t keep_batch(gyre_partition_t *part, const gyre_batch_t *in, bool *keep)
{
    for (size_t i = 0; i < in->length; i++)
        keep[i] = keep_row(part, &(gyre_row_t){in, i});
    return GYRE_OK;
}

static gyre_status_t sum_open(gyre_partition_t *part)
{
    part->state = calloc(2, sizeof(int64_t));
    return GYRE_OK;
}

static gyre_status_t sum_begin(gyre_partition_t *part)
{
    memset(part->state, 0, 2 * sizeof(int64_t));
    return GYRE_OK;
}

static void sum_close(gyre_partition_t *part)
{
    free(part->state);
}

static gyre_status_t sum_row(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    (void)out;
    ((int64_t *)part->state)[0]++;
    ((int64_t *)part->state)[1] += gyre_row_int64(row, VALUE);
    return GYRE_OK;
}

static gyre_status_t sum_finish(gyre_partition_t *part, gyre_builder_t *out)
{
    CHECK_OK(gyre_builder_append_int64(out->children[0], ((int64_t *)part->state)[0]));
    return gyre_builder_append_int64(out->children[1], ((int64_t *)part->state)[1]);
}

static const gyre_schema_t *pair_schema;

static gyre_function_t pair(gyre_function_t function)
{
    function.schema = pair_schema;
    return function;
}

/* --- Oracles --- */

static print_t print_table(const table_t *table)
{
    print_t print = {0, 0};
    char text[32];
    for (int64_t id = 0; id < (int64_t)table->rows; id++) {
        size_t length = table_text(table, id, text);
        print_add(&print,
                  (int64_t[]){id, table_key(table, id), table_value(table, id),
                              text_number(text, length)},
                  4);
    }
    return print;
}

static print_t times(print_t print, uint64_t count)
{
    return (print_t){print.rows * count, print.sum * count};
}

/* --- Narrow --- */

static void check_narrow(gyre_tset_t *set, const table_t *table)
{
    print_t mapped = {0, 0}, flat = {0, 0}, kept = {0, 0}, chosen = {0, 0};
    char text[32];
    for (int64_t id = 0; id < (int64_t)table->rows; id++) {
        int64_t key = table_key(table, id), value = table_value(table, id);
        int64_t number = text_number(text, table_text(table, id, text));
        print_add(&mapped, (int64_t[]){id, twice(value)}, 2);
        for (int64_t i = 0; i < key % 5; i++)
            print_add(&flat, (int64_t[]){id, i}, 2);
        if (value % 3 == 0)
            print_add(&kept, (int64_t[]){id, key, value, number}, 4);
        print_add(&chosen, (int64_t[]){number, id}, 2);
    }
    gyre_function_t function = pair((gyre_function_t){.row = map_row});
    CHECK_SET(gyre_tset_map(set, &function), mapped);
    function = pair((gyre_function_t){.batch = map_batch});
    CHECK_SET(gyre_tset_map(set, &function), mapped);
    function = pair((gyre_function_t){.row = flatmap_row});
    CHECK_SET(gyre_tset_flatmap(set, &function), flat);
    function = (gyre_function_t){.keep = keep_row};
    CHECK_SET(gyre_tset_filter(set, &function), kept);
    function = (gyre_function_t){.keep_batch = keep_batch};
    gyre_tset_t *filtered = gyre_tset_filter(set, &function);
    CHECK_SET(filtered, kept);
    CHECK_SET(gyre_tset_select(set, (size_t[]){TEXT, ID}, 2), chosen);
    CHECK_SET(gyre_tset_sample(set, 1, 7), print_table(table));
    CHECK_SET(gyre_tset_sample(set, 0, 7), ((print_t){0, 0}));
    gyre_tset_t *sample = gyre_tset_sample(set, 0.5, seed);
    print_t half = tset_print(sample);
    CHECK_SET(sample, half);
    CHECK(half.rows <= table->rows &&
          (table->rows < 1000 || (half.rows > table->rows / 3 && half.rows < 2 * table->rows / 3)));
}

static void check_compute(gyre_tset_t *set, const table_t *table)
{
    int64_t sum = 0;
    for (int64_t id = 0; id < (int64_t)table->rows; id++)
        sum += table_value(table, id);
    gyre_function_t function = pair((gyre_function_t){.row = sum_row,
                                                      .finish = sum_finish,
                                                      .open = sum_open,
                                                      .begin = sum_begin,
                                                      .close = sum_close});
    gyre_tset_t *sums = gyre_tset_compute(set, &function);
    const gyre_aggregate_t folds[] = {{.fold = GYRE_FOLD_SUM, .column = 0, .name = "rows"},
                                      {.fold = GYRE_FOLD_SUM, .column = 1, .name = "sum"},
                                      {GYRE_FOLD_COUNT, GYRE_GROUP_ROWS, "parts", NULL, NULL}};
    print_t expected = {0, 0};
    print_add(&expected, (int64_t[]){(int64_t)table->rows, sum, gyre_tset_parallelism(set)}, 3);
    CHECK_SET(gyre_tset_reduce(sums, folds, 3), expected);
    CHECK_SET(gyre_tset_reduce(gyre_tset_compute_collect(set, &function), folds, 3), expected);
    CHECK_SET(gyre_tset_allreduce(sums, folds, 3),
              times(expected, (uint64_t)gyre_tset_parallelism(set)));
}

/* --- Wide --- */

static gyre_status_t by_value(void *arg, int source, const gyre_batch_t *batch, size_t first,
                              size_t count, int targets, int32_t *target_of)
{
    const int64_t *values = batch->columns[VALUE]->values;
    (void)source;
    CHECK(arg == &seed);
    for (size_t i = 0; i < count; i++)
        target_of[i] = (int32_t)((uint64_t)values[first + i] % (uint64_t)targets);
    return GYRE_OK;
}

static void check_wide(gyre_tset_t *set, const table_t *table, uint64_t *random)
{
    print_t all = print_table(table);
    uint64_t parts = (uint64_t)gyre_tset_parallelism(set);
    int other = tset_parts(random);
    CHECK_SET(set, all);
    CHECK_SET(gyre_tset_direct(set), all);
    CHECK_SET(gyre_tset_pipe(set), all);
    CHECK_SET(gyre_tset_partition(set, NULL, NULL, other), all);
    CHECK_SET(gyre_tset_partition(set, by_value, &seed, other), all);
    gyre_tset_t *one = gyre_tset_gather(set);
    CHECK_EQ(gyre_tset_parallelism(one), 1);
    CHECK_SET(one, all);
    CHECK_SET(gyre_tset_replicate(one, other), times(all, (uint64_t)other));
    CHECK_SET(gyre_tset_allgather(set), times(all, parts));
    gyre_tset_t *sets[3] = {set, gyre_tset_pipe(set), set};
    CHECK_SET(gyre_tset_union(sets, 3), times(all, 3));
    CHECK_SET(gyre_tset_distinct(gyre_tset_union(sets, 3), other), all);
}

/* What a part has of sorted rows: how many, and whether they ascend; and its first and last. */
static void check_sorted(gyre_tset_t *set, const table_t *table, int parts)
{
    gyre_tset_t *sorted =
        gyre_tset_cache(gyre_tset_sort(set, (gyre_sort_key_t[]){{.column = VALUE}}, 1, parts));
    gyre_dataset_t *data;
    uint64_t rows = 0, last = 0; /* values are made positive */
    CHECK_OK(gyre_tset_data(sorted, &data));
    for (int part = 0; part < gyre_dataset_parts(data); part++) {
        size_t count;
        uint64_t first = UINT64_MAX, own = 0;
        const gyre_batch_t *const *batches = gyre_dataset_batches(data, part, &count);
        for (size_t i = 0; i < count; i++)
            for (size_t row = 0; row < batches[i]->length; row++) {
                const int64_t *values = batches[i]->columns[VALUE]->values;
                uint64_t value = (uint64_t)(values[row] + 1000000);
                CHECK(value >= own);
                first = first == UINT64_MAX ? value : first;
                own = value;
                rows++;
            }
        bool has = first != UINT64_MAX;
        uint64_t anybody = check_sum(has);
        CHECK(anybody <= 1); /* a part lies on one worker */
        uint64_t begins = check_sum(has ? first : 0), ends = check_sum(has ? own : 0);
        CHECK(!anybody || begins >= last);
        last = anybody ? ends : last;
    }
    CHECK_EQ(check_sum(rows), table->rows);
    gyre_dataset_release(data);
    CHECK_SET(sorted, print_table(table));
}

/* Rows of a memory source are in order over all parts, so a row's number is its id. */
static void check_numbers(gyre_tset_t *set, const table_t *table)
{
    print_t print = {0, 0};
    char text[32];
    for (int64_t id = 0; id < (int64_t)table->rows; id++) {
        size_t length = table_text(table, id, text);
        print_add(&print,
                  (int64_t[]){id, id, table_key(table, id), table_value(table, id),
                              text_number(text, length)},
                  5);
    }
    CHECK_SET(gyre_tset_zip_with_index(set), print);
}

/* --- With keys --- */

typedef struct group {
    int64_t rows, sum;
} group_t;

static group_t *groups_of(const table_t *table)
{
    group_t *groups = calloc((size_t)table->keys, sizeof(*groups));
    for (int64_t id = 0; id < (int64_t)table->rows; id++) {
        group_t *group = &groups[table_key(table, id)];
        group->rows++;
        group->sum += table_value(table, id);
    }
    return groups;
}

/* Batches of one key, the first of each announced. */
static gyre_status_t group_batch(gyre_partition_t *part, const gyre_batch_t *in,
                                 const gyre_batch_t **out)
{
    const int64_t *keys = in->columns[KEY]->values;
    int64_t *last = part->state;
    for (size_t i = 0; i < in->length; i++)
        CHECK_EQ(keys[i], keys[0]);
    CHECK(part->source == 1 ? keys[0] == *last : keys[0] > *last);
    CHECK(part->source == 0 || part->source == 1);
    *last = keys[0];
    *out = gyre_batch_retain(in);
    return GYRE_OK;
}

static gyre_status_t group_open(gyre_partition_t *part)
{
    part->state = malloc(sizeof(int64_t));
    return GYRE_OK;
}

static gyre_status_t group_begin(gyre_partition_t *part)
{
    *(int64_t *)part->state = -1;
    return GYRE_OK;
}

static const gyre_function_t watch_groups = {
    .batch = group_batch, .open = group_open, .begin = group_begin, .close = sum_close};

static void check_keyed(gyre_tset_t *set, const table_t *table, uint64_t *random)
{
    print_t all = print_table(table), reduced = {0, 0};
    group_t *groups = groups_of(table);
    for (int64_t key = 0; key < table->keys; key++)
        if (groups[key].rows)
            print_add(&reduced, (int64_t[]){key, groups[key].sum, groups[key].rows}, 3);
    const gyre_aggregate_t folds[] = {{.fold = GYRE_FOLD_SUM, .column = VALUE},
                                      {GYRE_FOLD_COUNT, GYRE_GROUP_ROWS, "rows", NULL, NULL}};
    gyre_tset_t *keyed = gyre_tset_keyed(set, (size_t[]){KEY}, 1);
    CHECK_SET(gyre_tset_keyed_reduce(keyed, folds, 2, tset_parts(random)), reduced);
    CHECK_SET(gyre_tset_keyed_partition(keyed, NULL, NULL, tset_parts(random)), all);
    CHECK_SET(gyre_tset_keyed_partition(keyed, by_value, &seed, tset_parts(random)), all);
    CHECK_SET(gyre_tset_keyed_gather_ungrouped(keyed, NULL, 0, tset_parts(random)), all);
    gyre_tset_t *gathered = gyre_tset_keyed_gather(
        keyed, (gyre_sort_key_t[]){{.column = KEY}, {.column = VALUE}}, 2, tset_parts(random));
    CHECK_SET(gyre_tset_map(gathered, &watch_groups), all);
    free(groups);
}

static void check_join(gyre_tset_t *set, const table_t *table, uint64_t *random)
{
    table_t small = {.seed = table->seed + 9, .rows = table->rows / 50 + 1, .keys = table->keys};
    group_t *groups = groups_of(table);
    uint64_t pairs = 0, lone = 0;
    int64_t most = 0;
    char *met = calloc((size_t)table->keys, 1);
    for (int64_t id = 0; id < (int64_t)small.rows; id++) {
        int64_t key = table_key(&small, id);
        pairs += (uint64_t)groups[key].rows;
        lone += groups[key].rows == 0;
        met[key] = 1;
    }
    for (int64_t key = 0; key < table->keys; key++)
        most += met[key] ? 0 : groups[key].rows;
    gyre_tset_t *left = gyre_tset_keyed(set, (size_t[]){KEY}, 1);
    gyre_tset_t *right =
        gyre_tset_keyed(table_set(env, &small, tset_parts(random)), (size_t[]){KEY}, 1);
    const uint64_t expected[] = {pairs, pairs + (uint64_t)most, pairs + lone,
                                 pairs + (uint64_t)most + lone};
    for (int type = GYRE_JOIN_INNER; type <= GYRE_JOIN_FULL; type++) {
        gyre_tset_t *join =
            gyre_tset_join(left, right, (gyre_join_t)type,
                           (gyre_join_algorithm_t)check_below(random, 2), tset_parts(random));
        CHECK_EQ(tset_print(join).rows, expected[type]);
    }
    /* With itself, by what is unique. */
    gyre_tset_t *itself = gyre_tset_keyed(set, (size_t[]){ID}, 1);
    gyre_tset_t *join = gyre_tset_join(itself, itself, GYRE_JOIN_INNER, GYRE_JOIN_HASH, 0);
    CHECK_SET(gyre_tset_select(join, (size_t[]){ID, KEY, VALUE, TEXT}, COLUMNS),
              print_table(table));
    CHECK_SET(gyre_tset_select(join, (size_t[]){4 + ID, 4 + KEY, 4 + VALUE, 4 + TEXT}, COLUMNS),
              print_table(table));
    free(groups);
    free(met);
}

/* --- Cases --- */

static void begin(void)
{
    static const gyre_field_t fields[] = {{.name = "a", .kind = GYRE_KIND_INT64},
                                          {.name = "b", .kind = GYRE_KIND_INT64}};
    if (!pair_schema) {
        tset_open();
        CHECK_OK(gyre_schema_create(fields, 2, &pair_schema));
    }
    seed = check_seed();
    CHECK_OK(gyre_env_create(check_world, NULL, &env));
}

static void end(void)
{
    CHECK_OK(gyre_env_status(env));
    gyre_env_destroy(env);
}

#define CASE(name, ...)                                                                            \
    static void name(void)                                                                         \
    {                                                                                              \
        begin();                                                                                   \
        uint64_t random = seed;                                                                    \
        for (int round = 0; round < ROUNDS; round++) {                                             \
            table_t table = tset_draw(&random);                                                    \
            gyre_tset_t *set = table_set(env, &table, tset_parts(&random));                        \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
        end();                                                                                     \
    }

CASE(narrow, check_narrow(set, &table))
CASE(compute, check_compute(set, &table))
CASE(wide, check_wide(set, &table, &random))
CASE(sort, check_sorted(set, &table, tset_parts(&random)))
CASE(numbers, check_numbers(set, &table))
CASE(keyed, check_keyed(set, &table, &random))
CASE(join, check_join(set, &table, &random))

static const check_case_t cases[] = {{"narrow", narrow}, {"compute", compute}, {"wide", wide},
                                     {"sort", sort},     {"numbers", numbers}, {"keyed", keyed},
                                     {"join", join}};

int main(int argc, char **argv)
{
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_MULTIPLE, 120);
    tset_close();
    gyre_schema_release(pair_schema);
    return status;
}
