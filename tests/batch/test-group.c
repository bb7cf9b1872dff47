/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of groups against an oracle that looks for each row's group among all: a group is known by
 * the hash of its key, which is tested by itself. Values are small whole numbers, so that sums are
 * the same in every order. */
#include "batch/equal.h"
#include "batch/group.h"
#include "batch/rows.h"

#include <criterion/criterion.h>
#include <gyre/group.h>
#include <gyre/hash.h>
#include <math.h>
#include <string.h>

TestSuite(group, .timeout = 120);

enum { PLANS = 40, ROWS_MAX = 3000, GROUPS_MAX = 300, KEYS_MAX = 3, VALUES = 5 };

static const gyre_field_t values[VALUES] = {
    {"long", .kind = GYRE_KIND_INT64},
    {"byte", .kind = GYRE_KIND_UINT8, .required = true},
    {"single", .kind = GYRE_KIND_FLOAT32},
    {"amount", .kind = GYRE_KIND_DECIMAL128, .precision = 10},
    {"day", .kind = GYRE_KIND_DATE32},
};

static void add_up(void *arg, void *state, const void *value)
{
    ++*(size_t *)arg;
    *(int64_t *)state += *(const int64_t *)value;
}

/* Columns of values are counted from the first of them here. */
static size_t user_calls;
static const gyre_aggregate_t aggregates[] = {
    {GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS},
    {GYRE_FOLD_COUNT, .column = 0, .name = "longs"},
    {GYRE_FOLD_SUM, .column = 0},
    {GYRE_FOLD_PROD, .column = 0},
    {GYRE_FOLD_MIN, .column = 0},
    {GYRE_FOLD_MAX, .column = 0},
    {GYRE_FOLD_MEAN, .column = 0},
    {GYRE_FOLD_USER, 0, NULL, add_up, &user_calls},
    {GYRE_FOLD_SUM, .column = 1},
    {GYRE_FOLD_MIN, .column = 1},
    {GYRE_FOLD_MAX, .column = 1},
    {GYRE_FOLD_MEAN, .column = 1},
    {GYRE_FOLD_SUM, .column = 2},
    {GYRE_FOLD_MIN, .column = 2},
    {GYRE_FOLD_MAX, .column = 2},
    {GYRE_FOLD_MIN, .column = 3},
    {GYRE_FOLD_MAX, .column = 3},
    {GYRE_FOLD_MIN, .column = 4},
    {GYRE_FOLD_MAX, .column = 4},
};
enum { AGGREGATES = sizeof(aggregates) / sizeof(*aggregates) };

typedef struct expected {
    uint64_t hash;
    int64_t rows, counts[VALUES], sums[VALUES], mins[VALUES], maxs[VALUES];
    uint64_t prod;
} expected_t;

typedef struct plan {
    const gyre_schema_t *schema;
    size_t keys[KEYS_MAX], key_count, first_value;
    gyre_aggregate_t aggregates[AGGREGATES];
    expected_t groups[GROUPS_MAX];
    size_t group_count;
} plan_t;

static void make_plan(random_plan_t *random, plan_t *plan)
{
    gyre_field_t fields[64];
    const gyre_schema_t *keys = rows_schema(random);
    size_t count = keys->field_count;
    *plan = (plan_t){.key_count = 1 + random_below(random, KEYS_MAX), .first_value = count};
    memcpy(fields, keys->fields, count * sizeof(*fields));
    memcpy(fields + count, values, sizeof(values));
    cr_assert_eq(gyre_schema_create(fields, count + VALUES, &plan->schema), GYRE_OK);
    for (size_t i = 0; i < plan->key_count; i++)
        plan->keys[i] = random_below(random, count);
    for (size_t i = 0; i < AGGREGATES; i++) {
        plan->aggregates[i] = aggregates[i];
        if (aggregates[i].column != GYRE_GROUP_ROWS)
            plan->aggregates[i].column += count;
    }
    gyre_schema_release(keys);
}

static void put_value(gyre_builder_t *builder, int64_t value)
{
    const __int128 amount = value;
    switch (builder->kind) {
    case GYRE_KIND_INT64:
        cr_assert_eq(gyre_builder_append_int64(builder, value), GYRE_OK);
        break;
    case GYRE_KIND_UINT8:
        cr_assert_eq(gyre_builder_append_uint8(builder, (uint8_t)value), GYRE_OK);
        break;
    case GYRE_KIND_FLOAT32:
        cr_assert_eq(gyre_builder_append_float32(builder, (float)value), GYRE_OK);
        break;
    case GYRE_KIND_DATE32:
        cr_assert_eq(gyre_builder_append_int32(builder, (int32_t)value), GYRE_OK);
        break;
    default:
        cr_assert_eq(gyre_builder_append(builder, &amount, 1), GYRE_OK);
    }
}

static void expect(expected_t *group, size_t value, int64_t number)
{
    bool first = group->counts[value]++ == 0;
    group->sums[value] += number;
    if (first || number < group->mins[value])
        group->mins[value] = number;
    if (first || number > group->maxs[value])
        group->maxs[value] = number;
    if (value == 0)
        group->prod = (first ? 1 : group->prod) * (uint64_t)number;
}

static expected_t *group_of(plan_t *plan, uint64_t hash)
{
    for (size_t i = 0; i < plan->group_count; i++)
        if (plan->groups[i].hash == hash)
            return &plan->groups[i];
    cr_assert_lt(plan->group_count, GROUPS_MAX);
    plan->groups[plan->group_count].hash = hash;
    return &plan->groups[plan->group_count++];
}

/* A slice of a batch of keys out of a few, and what its rows do to their groups. */
static const gyre_batch_t *make_batch(random_plan_t *random, plan_t *plan, const uint64_t *keys,
                                      size_t key_count)
{
    static int64_t numbers[ROWS_MAX][VALUES];
    static bool nulls[ROWS_MAX][VALUES];
    static uint64_t hashes[ROWS_MAX];
    size_t rows = random_below(random, ROWS_MAX), first = random_below(random, rows + 1);
    uint64_t null_share = random_below(random, 3);
    const gyre_batch_t *whole, *batch;
    gyre_builder_t *builder;
    cr_assert_eq(gyre_builder_create_batch(plan->schema, NULL, &builder), GYRE_OK);
    for (size_t row = 0; row < rows; row++) {
        uint64_t key = keys[random_below(random, key_count)];
        for (size_t i = 0; i < plan->first_value; i++)
            rows_put(builder->children[i], rows_key(key, i));
        for (size_t i = 0; i < VALUES; i++) {
            gyre_builder_t *child = builder->children[plan->first_value + i];
            numbers[row][i] = (int64_t)random_below(random, 100) - (i == 1 ? 0 : 50);
            nulls[row][i] = !child->field->required && random_below(random, 4) < null_share;
            if (nulls[row][i])
                cr_assert_eq(gyre_builder_append_null(child, 1), GYRE_OK);
            else
                put_value(child, numbers[row][i]);
        }
    }
    cr_assert_eq(gyre_builder_finish_batch(builder, &whole), GYRE_OK);
    gyre_builder_destroy(builder);
    cr_assert_eq(gyre_batch_slice(whole, first, rows - first, &batch), GYRE_OK);
    cr_assert_eq(gyre_batch_hash(batch, plan->keys, plan->key_count, hashes), GYRE_OK);
    for (size_t row = first; row < rows; row++) {
        expected_t *group = group_of(plan, hashes[row - first]);
        group->rows++;
        for (size_t i = 0; i < VALUES; i++)
            if (!nulls[row][i])
                expect(group, i, numbers[row][i]);
    }
    gyre_batch_release(whole);
    return batch;
}

static double number_of(const gyre_column_t *column, size_t row)
{
    switch (column->field->kind) {
    case GYRE_KIND_INT64:
        return (double)((const int64_t *)column->values)[row];
    case GYRE_KIND_UINT64:
        return (double)((const uint64_t *)column->values)[row];
    case GYRE_KIND_UINT8:
        return ((const uint8_t *)column->values)[row];
    case GYRE_KIND_FLOAT32:
        return ((const float *)column->values)[row];
    case GYRE_KIND_FLOAT64:
        return ((const double *)column->values)[row];
    case GYRE_KIND_DATE32:
        return ((const int32_t *)column->values)[row];
    default:
        return (double)((const int64_t *)column->values)[2 * row];
    }
}

static double expected_of(const expected_t *group, gyre_fold_t fold, size_t value)
{
    switch (fold) {
    case GYRE_FOLD_PROD:
        return (double)(int64_t)group->prod;
    case GYRE_FOLD_MIN:
        return (double)group->mins[value];
    case GYRE_FOLD_MAX:
        return (double)group->maxs[value];
    case GYRE_FOLD_MEAN:
        return (double)group->sums[value] / (double)group->counts[value];
    default:
        return (double)group->sums[value];
    }
}

static void check_row(const plan_t *plan, const expected_t *group, const gyre_batch_t *batch,
                      size_t row)
{
    for (size_t i = 0; i < AGGREGATES; i++) {
        const gyre_column_t *column = batch->columns[plan->key_count + i];
        size_t value = aggregates[i].column;
        if (aggregates[i].fold == GYRE_FOLD_COUNT) {
            int64_t count = value == GYRE_GROUP_ROWS ? group->rows : group->counts[value];
            cr_assert_eq(((const int64_t *)column->values)[row], count);
            continue;
        }
        cr_assert_eq(gyre_column_is_null(column, row), group->counts[value] == 0, "%zu", i);
        if (group->counts[value] > 0)
            cr_assert_eq(number_of(column, row), expected_of(group, aggregates[i].fold, value),
                         "aggregate %zu of a group is %f: expected %f", i, number_of(column, row),
                         expected_of(group, aggregates[i].fold, value));
    }
}

/* In the order of the oracle, if ordered; the results come in pieces. */
static void check_groups(random_plan_t *random, plan_t *plan, const gyre_group_t *group,
                         bool ordered)
{
    const size_t keys[KEYS_MAX] = {0, 1, 2};
    uint64_t hashes[GROUPS_MAX];
    cr_assert_eq(gyre_group_count(group), plan->group_count);
    for (size_t done = 0, count; done < plan->group_count; done += count) {
        const gyre_batch_t *batch;
        count = 1 + random_below(random, plan->group_count - done);
        cr_assert_eq(gyre_group_result(group, GYRE_GROUP_FINAL, done, count, NULL, &batch),
                     GYRE_OK);
        cr_assert_eq(batch->schema->field_count, plan->key_count + AGGREGATES);
        cr_assert_eq(gyre_batch_hash(batch, keys, plan->key_count, hashes), GYRE_OK);
        for (size_t i = 0; i < count; i++) {
            const expected_t *expected = group_of(plan, hashes[i]);
            cr_assert(!ordered || expected == &plan->groups[done + i]);
            check_row(plan, expected, batch, i);
        }
        gyre_batch_release(batch);
    }
}

static gyre_group_t *make_group(const plan_t *plan)
{
    gyre_group_t *group;
    cr_assert_eq(gyre_group_create(plan->schema, plan->keys, plan->key_count, plan->aggregates,
                                   AGGREGATES, &group),
                 GYRE_OK, "%s", gyre_last_error());
    return group;
}

/* Rows as partial results, in two parts. */
static void merge_rows(random_plan_t *random, gyre_group_t *group, const gyre_batch_t *batch)
{
    size_t half = random_below(random, batch->length + 1);
    for (int i = 0; i < 2; i++) {
        const gyre_batch_t *slice, *partial;
        cr_assert_eq(gyre_batch_slice(batch, i ? half : 0, i ? batch->length - half : half, &slice),
                     GYRE_OK);
        cr_assert_eq(gyre__group_single(group, slice, &partial), GYRE_OK);
        cr_assert_eq(gyre_group_merge(group, partial, NULL), GYRE_OK, "%s", gyre_last_error());
        gyre_batch_release(partial);
        gyre_batch_release(slice);
    }
}

/* All rows to one table; and to one of two combiners, whose partial results meet in a fourth, or
 * into that one by one. */
Test(group, aggregates_are_those_of_the_oracle)
{
    random_plan_t random = random_start("group");
    for (int i = 0; i < PLANS; i++) {
        plan_t plan;
        make_plan(&random, &plan);
        gyre_group_t *all = make_group(&plan), *target = make_group(&plan);
        gyre_group_t *sources[] = {make_group(&plan), make_group(&plan)};
        size_t key_count = 1 + random_below(&random, GROUPS_MAX - 1), rows;
        uint64_t *keys = rows_keys(&random, key_count);
        for (size_t k = 0, count = random_below(&random, 5); k < count; k++) {
            const gyre_batch_t *batch = make_batch(&random, &plan, keys, key_count);
            cr_assert_eq(gyre_group_insert(all, batch, &rows), GYRE_OK, "%s", gyre_last_error());
            cr_assert_eq(rows, batch->length);
            size_t source = random_below(&random, 3);
            if (source < 2)
                cr_assert_eq(gyre_group_insert(sources[source], batch, NULL), GYRE_OK);
            else
                merge_rows(&random, target, batch);
            gyre_batch_release(batch);
        }
        check_groups(&random, &plan, all, true);
        for (int k = 0; k < 2; k++) {
            const gyre_batch_t *partial;
            cr_assert_eq(gyre_group_result(sources[k], GYRE_GROUP_PARTIAL, 0,
                                           gyre_group_count(sources[k]), NULL, &partial),
                         GYRE_OK);
            cr_assert(
                gyre_schema_equal(partial->schema, gyre_group_schema(target, GYRE_GROUP_PARTIAL)));
            cr_assert_eq(gyre_group_merge(target, partial, NULL), GYRE_OK);
            gyre_batch_release(partial);
            gyre_group_destroy(sources[k]);
        }
        check_groups(&random, &plan, target, false);
        gyre_group_destroy(all);
        gyre_group_destroy(target);
        gyre_schema_release(plan.schema);
        free(keys);
    }
}

Test(group, cleared_tables_start_again_in_the_same_memory)
{
    random_plan_t random = random_start("group clear");
    plan_t plan;
    make_plan(&random, &plan);
    gyre_group_t *group = make_group(&plan);
    uint64_t *keys = rows_keys(&random, 100);
    cr_assert_eq(gyre__index_room(&group->index, 100000), GYRE_OK); /* for few groups */
    for (int turn = 0; turn < 20; turn++) {
        const gyre_batch_t *batch = make_batch(&random, &plan, keys, 100);
        size_t bytes = gyre_group_bytes(group);
        cr_assert_eq(gyre_group_insert(group, batch, NULL), GYRE_OK);
        check_groups(&random, &plan, group, true);
        cr_assert_geq(gyre_group_bytes(group), bytes);
        gyre_group_clear(group);
        cr_assert_eq(gyre_group_count(group), 0);
        memset(plan.groups, 0, sizeof(plan.groups));
        plan.group_count = 0;
        gyre_batch_release(batch);
    }
    gyre_group_destroy(group);
    gyre_schema_release(plan.schema);
    free(keys);
}

typedef struct table {
    const gyre_schema_t *schema;
    gyre_builder_t *builder;
} table_t;

static table_t table_of(const gyre_field_t *fields, size_t count)
{
    table_t table;
    cr_assert_eq(gyre_schema_create(fields, count, &table.schema), GYRE_OK);
    cr_assert_eq(gyre_builder_create_batch(table.schema, NULL, &table.builder), GYRE_OK);
    return table;
}

static size_t groups_in(table_t *table)
{
    const size_t keys[] = {0, 1};
    const gyre_batch_t *batch;
    gyre_group_t *group;
    cr_assert_eq(gyre_builder_finish_batch(table->builder, &batch), GYRE_OK);
    cr_assert_eq(
        gyre_group_create(table->schema, keys, table->schema->field_count, NULL, 0, &group),
        GYRE_OK);
    cr_assert_eq(gyre_group_insert(group, batch, NULL), GYRE_OK);
    cr_assert_eq(gyre_group_insert(group, batch, NULL), GYRE_OK);
    size_t count = gyre_group_count(group);
    gyre_group_destroy(group);
    gyre_batch_release(batch);
    gyre_builder_destroy(table->builder);
    gyre_schema_release(table->schema);
    return count;
}

/* The hash of this number is that of null. */
Test(group, keys_of_one_hash_are_told_apart)
{
    const gyre_field_t fields[] = {{"a", .kind = GYRE_KIND_INT64}, {"b", .kind = GYRE_KIND_INT64}};
    const int64_t twin = INT64_C(0x6c6c756e20736920);
    for (size_t columns = 1; columns <= 2; columns++) {
        table_t table = table_of(fields, columns);
        for (int row = 0; row < 6; row++)
            for (size_t i = 0; i < columns; i++)
                if (row % 2)
                    gyre_builder_append_null(table.builder->children[i], 1);
                else
                    gyre_builder_append_int64(table.builder->children[i], twin);
        cr_expect_eq(groups_in(&table), 2);
    }
}

/* Bytes of a length, all alike but the one at a place. */
static const gyre_column_t *one_string(size_t length, size_t at)
{
    const gyre_field_t field = {"a", .kind = GYRE_KIND_STRING};
    const gyre_column_t *column;
    gyre_builder_t *builder;
    char bytes[41];
    memset(bytes, 'x', sizeof(bytes));
    if (at < length)
        bytes[at] = 'y';
    cr_assert_eq(gyre_builder_create(&field, NULL, &builder), GYRE_OK);
    cr_assert_eq(gyre_builder_append_bytes(builder, bytes, length), GYRE_OK);
    cr_assert_eq(gyre_builder_finish(builder, &column), GYRE_OK);
    gyre_builder_destroy(builder);
    return column;
}

/* Whatever their hashes. */
static bool alike(const gyre_column_t *left, const gyre_column_t *right)
{
    uint32_t number = 0, row = 0;
    size_t kept = gyre__keys_keep(left, &number, right, 0, &row, 1);
    cr_expect_eq(number == GYRE__KEYS_NONE, kept == 0);
    return kept == 1;
}

Test(group, strings_that_differ_in_one_byte_or_in_length_are_told_apart)
{
    for (size_t length = 0; length < 40; length++) {
        const gyre_column_t *key = one_string(length, length);
        for (size_t at = 0; at <= length; at++) {
            const gyre_column_t *other = one_string(length, at);
            cr_expect_eq(alike(key, other), at == length, "%zu bytes, byte %zu", length, at);
            gyre_column_release(other);
        }
        const gyre_column_t *longer = one_string(length + 1, length + 1);
        cr_expect(!alike(key, longer), "%zu bytes and one more", length);
        gyre_column_release(longer);
        gyre_column_release(key);
    }
}

/* Hashes of short ones alone say which they are. */
Test(group, strings_with_zeros_are_told_apart)
{
    static const struct {
        const char *bytes;
        size_t length;
    } strings[] = {{"", 0},  {"\0", 1},  {"\0\0\0\0\0\0\0", 8}, {"a", 1},
                   {"b", 1}, {"a\0", 2}, {"a\0\0\0\0\0\0", 8},  {"a\0\0\0\0\0\0\0", 9}};
    enum { COUNT = sizeof(strings) / sizeof(*strings) };
    for (int kind = GYRE_KIND_STRING; kind <= GYRE_KIND_BINARY; kind++) {
        const gyre_field_t field = {"s", .kind = (gyre_kind_t)kind};
        table_t table = table_of(&field, 1);
        for (int row = 0; row < 3 * COUNT; row++)
            gyre_builder_append_bytes(table.builder->children[0], strings[row % COUNT].bytes,
                                      strings[row % COUNT].length);
        cr_expect_eq(groups_in(&table), COUNT);
    }
}

Test(group, zeros_are_one_key_and_so_is_what_is_no_number)
{
    const double reals[] = {0.0, -0.0, NAN, -NAN, 1.0, 1.0};
    const gyre_field_t field = {"x", .kind = GYRE_KIND_FLOAT64};
    const gyre_field_t fields[] = {
        field, {"s", .kind = GYRE_KIND_STRUCT, .child_count = 1, .children = &field}};
    for (size_t columns = 1; columns <= 2; columns++) {
        table_t table = table_of(fields, columns);
        gyre_builder_t *const *children = table.builder->children;
        cr_assert_eq(gyre_builder_append(children[0], reals, 6), GYRE_OK);
        for (int row = 0; columns == 2 && row < 6; row++) {
            cr_assert_eq(gyre_builder_append_float64(children[1]->children[0], reals[row]),
                         GYRE_OK);
            cr_assert_eq(gyre_builder_end(children[1]), GYRE_OK);
        }
        cr_expect_eq(groups_in(&table), 3);
    }
}

static void keep_first(void *arg, void *state, const void *value)
{
    (void)arg;
    (void)state;
    (void)value;
}

Test(group, one_wide_state_takes_no_room_for_many)
{
    const gyre_field_t field = {"vector", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .required = true,
                                .size = 1 << 20};
    const gyre_aggregate_t fold = {.fold = GYRE_FOLD_USER, .function = keep_first};
    const gyre_schema_t *schema;
    const gyre_batch_t *batch;
    gyre_builder_t *builder;
    gyre_group_t *group;
    void *vector;
    cr_assert_eq(gyre_schema_create(&field, 1, &schema), GYRE_OK);
    cr_assert_eq(gyre_builder_create_batch(schema, NULL, &builder), GYRE_OK);
    cr_assert_eq(gyre_builder_extend(builder->children[0], 1, &vector), GYRE_OK);
    memset(vector, 1, (size_t)field.size);
    cr_assert_eq(gyre_builder_finish_batch(builder, &batch), GYRE_OK);
    cr_assert_eq(gyre_group_create(schema, NULL, 0, &fold, 1, &group), GYRE_OK);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(gyre_group_insert(group, batch, NULL), GYRE_OK);
    cr_assert_lt(gyre_group_bytes(group), 4 * (size_t)field.size);
    gyre_group_destroy(group);
    gyre_batch_release(batch);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
}

Test(group, what_does_not_go_together_is_refused)
{
    const gyre_field_t fields[] = {{"k", .kind = GYRE_KIND_STRING}, {"v", .kind = GYRE_KIND_INT64}};
    table_t table = table_of(fields, 2);
    const size_t key = 0, beyond = 2;
    const gyre_aggregate_t text = {GYRE_FOLD_SUM, .column = 0}, none = {GYRE_FOLD_SUM, .column = 2},
                           user = {GYRE_FOLD_USER, .column = 1},
                           rows = {GYRE_FOLD_MAX, .column = GYRE_GROUP_ROWS},
                           sum = {GYRE_FOLD_SUM, .column = 1};
    const gyre_batch_t *batch, *part;
    const size_t columns[] = {1, 0};
    gyre_group_t *group;
    cr_expect_eq(gyre_group_create(table.schema, &key, 1, &text, 1, &group), GYRE_ERR_ARG);
    cr_expect_str_eq(gyre_last_error(), "fold 1 does not go with a column of string");
    cr_expect_eq(gyre_group_create(table.schema, &key, 1, &none, 1, &group), GYRE_ERR_RANGE);
    cr_expect_eq(gyre_group_create(table.schema, &key, 1, &user, 1, &group), GYRE_ERR_ARG);
    cr_expect_eq(gyre_group_create(table.schema, &key, 1, &rows, 1, &group), GYRE_ERR_ARG);
    cr_expect_eq(gyre_group_create(table.schema, &beyond, 1, NULL, 0, &group), GYRE_ERR_RANGE);
    cr_expect_eq(gyre_group_create(table.schema, &key, 0, NULL, 0, &group), GYRE_ERR_ARG);
    cr_assert_eq(gyre_group_create(table.schema, &key, 1, &sum, 1, &group), GYRE_OK);
    cr_assert_eq(gyre_builder_finish_batch(table.builder, &batch), GYRE_OK);
    cr_assert_eq(gyre_batch_select(batch, columns, 2, &part), GYRE_OK);
    cr_expect_eq(gyre_group_insert(group, part, NULL), GYRE_ERR_ARG);
    cr_expect_eq(gyre_group_insert(group, batch, NULL), GYRE_OK);
    gyre_batch_release(part);
    cr_expect_eq(gyre_group_result(group, GYRE_GROUP_FINAL, 0, 1, NULL, &part), GYRE_ERR_RANGE);
    cr_assert_eq(gyre_group_result(group, GYRE_GROUP_FINAL, 0, 0, NULL, &part), GYRE_OK);
    cr_expect_eq(part->length, 0);
    gyre_batch_release(part);
    gyre_batch_release(batch);
    gyre_group_destroy(group);
    gyre_builder_destroy(table.builder);
    gyre_schema_release(table.schema);
}
