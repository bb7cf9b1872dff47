/* SPDX-License-Identifier: Apache-2.0 */
/* Joins: every pair of rows of a round with equal keys comes once, and every row without a partner
 * once where it is kept, in memory and beyond. What comes is compared with what must by sums of
 * hashes. */
#include "dataflow/flow-plan.h"

#include <gyre/sort.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LEFT_SOURCE, LEFT_ROW, LEFT_KEY, LEFT_NAME, LEFT_PAD, LEFT_COLUMNS };
enum { RIGHT_KEY, RIGHT_NAME, RIGHT_PAD, RIGHT_ROW, RIGHT_SOURCE, RIGHT_COLUMNS };
enum { NAME_MAX_BYTES = 48, PAD_LONG = 30000, SKEWED_KEY = 7 };

static const int64_t no_key = INT64_MIN;

static const gyre_field_t left_fields[LEFT_COLUMNS] = {
    {.name = "source", .kind = GYRE_KIND_INT32, .required = true},
    {.name = "row", .kind = GYRE_KIND_INT64, .required = true},
    {.name = "key", .kind = GYRE_KIND_INT64},
    {.name = "name", .kind = GYRE_KIND_STRING},
    {.name = "pad", .kind = GYRE_KIND_BINARY, .required = true}};
static const gyre_field_t right_fields[RIGHT_COLUMNS] = {
    {.name = "key", .kind = GYRE_KIND_INT64},
    {.name = "name", .kind = GYRE_KIND_STRING},
    {.name = "pad", .kind = GYRE_KIND_BINARY, .required = true},
    {.name = "row", .kind = GYRE_KIND_INT64, .required = true},
    {.name = "source", .kind = GYRE_KIND_INT32, .required = true}};

/* What is drawn beside the plan. */
typedef struct shape {
    uint64_t keys; /* how many there are */
    uint64_t skew; /* thousandths of the rows have one of them */
    uint64_t pad;  /* most rows have fewer bytes of it */
    bool left_empty, right_empty;
    bool by_key, by_name; /* what keys are made of */
    size_t left_keys[2], right_keys[2];
} shape_t;

typedef struct seen {
    uint64_t count, digest;
    int64_t last_key;
} seen_t;

static const gyre_schema_t *schemas[2];
static gyre_builder_t *builders[2];
static const plan_t *plan;
static shape_t shape;
static seen_t seen[ROUNDS_MAX][TASKS_MAX];
static int ends[TASKS_MAX];

/* --- Rows --- */

static int64_t key_of(uint64_t draw)
{
    uint64_t rest = draw / 11;
    if (rest % 1000 < shape.skew)
        return SKEWED_KEY;
    return (int64_t)(rest / 1000 % shape.keys);
}

static bool key_is_null(uint64_t draw)
{
    return draw % 11 == 0;
}

static bool name_is_null(uint64_t draw)
{
    return draw % 13 == 0;
}

/* Names are as distinct as keys. */
static size_t print_name(int64_t key, char *name)
{
    return (size_t)snprintf(name, NAME_MAX_BYTES, "the name of %" PRId64, key);
}

static size_t name_of(uint64_t draw, char *name)
{
    return print_name(key_of(draw), name);
}

static size_t pad_length(uint64_t draw)
{
    return draw / 143 % 500 == 0 ? PAD_LONG : draw / 143 % shape.pad;
}

/* That the row is joined by. */
static int64_t join_key(uint64_t draw)
{
    if ((shape.by_key && key_is_null(draw)) || (shape.by_name && name_is_null(draw)))
        return no_key;
    return key_of(draw);
}

static void append_row(gyre_builder_t *const *columns, const size_t *at, int source, int64_t row,
                       uint64_t draw)
{
    static char pad[PAD_LONG];
    char name[NAME_MAX_BYTES];
    check_fill(pad, pad_length(draw), draw);
    CHECK_OK(gyre_builder_append_int32(columns[at[LEFT_SOURCE]], source));
    CHECK_OK(gyre_builder_append_int64(columns[at[LEFT_ROW]], row));
    if (key_is_null(draw))
        CHECK_OK(gyre_builder_append_null(columns[at[LEFT_KEY]], 1));
    else
        CHECK_OK(gyre_builder_append_int64(columns[at[LEFT_KEY]], key_of(draw)));
    if (name_is_null(draw))
        CHECK_OK(gyre_builder_append_null(columns[at[LEFT_NAME]], 1));
    else
        CHECK_OK(gyre_builder_append_bytes(columns[at[LEFT_NAME]], name, name_of(draw, name)));
    CHECK_OK(gyre_builder_append_bytes(columns[at[LEFT_PAD]], pad, pad_length(draw)));
}

/* The columns of the left, as they lie on each side. */
static const size_t columns_of[2][LEFT_COLUMNS] = {
    {LEFT_SOURCE, LEFT_ROW, LEFT_KEY, LEFT_NAME, LEFT_PAD},
    {RIGHT_SOURCE, RIGHT_ROW, RIGHT_KEY, RIGHT_NAME, RIGHT_PAD}};

static bool is_right(const plan_t *p, int source)
{
    return source >= p->opts.sources;
}

static size_t rows_of(const plan_t *p, int source, size_t count)
{
    return (is_right(p, source) ? shape.right_empty : shape.left_empty) ? 0 : count;
}

static const gyre_batch_t *make_batch(const plan_t *p, int source, int64_t first, size_t count)
{
    const gyre_batch_t *batch;
    bool right = is_right(p, source);
    for (size_t i = 0; i < rows_of(p, source, count); i++) {
        int64_t row = first + (int64_t)i;
        append_row(builders[right]->children, columns_of[right], source, row,
                   flow_row_key(p, source, row));
    }
    CHECK_OK(gyre_builder_finish_batch(builders[right], &batch));
    return batch;
}

/* --- The oracle --- */

typedef struct entry {
    int64_t key;
    uint64_t id;
} entry_t;

static uint64_t id_of(int source, int64_t row)
{
    return check_mix((uint64_t)source + 1, (uint64_t)row);
}

static uint64_t digest_of(uint64_t left, uint64_t right)
{
    return check_mix(left, right + 3);
}

static int compare_entries(const void *left, const void *right)
{
    int64_t l = ((const entry_t *)left)->key, r = ((const entry_t *)right)->key;
    return (l > r) - (l < r);
}

/* All rows of a side in a round, by key. */
static entry_t *make_entries(const plan_t *p, bool right, uint64_t round, size_t *count)
{
    int first = right ? p->opts.sources : 0;
    int behind = right ? p->opts.sources + p->opts.right_sources : p->opts.sources;
    size_t room = 16;
    entry_t *entries = malloc(room * sizeof(*entries));
    *count = 0;
    for (int source = first; source < behind; source++) {
        int64_t row, end;
        flow_round_rows(p, source, round, &row, &end);
        for (size_t i = rows_of(p, source, (size_t)(end - row)); i > 0; i--, row++) {
            if (*count == room)
                entries = realloc(entries, (room *= 2) * sizeof(*entries));
            entries[(*count)++] =
                (entry_t){join_key(flow_row_key(p, source, row)), id_of(source, row)};
        }
    }
    qsort(entries, *count, sizeof(*entries), compare_entries);
    return entries;
}

static size_t same_keys(const entry_t *entries, size_t count, size_t at)
{
    size_t end = at;
    while (end < count && entries[end].key == entries[at].key)
        end++;
    return end - at;
}

static bool keeps(const plan_t *p, bool right)
{
    return p->opts.join == GYRE_JOIN_FULL ||
           p->opts.join == (right ? GYRE_JOIN_RIGHT : GYRE_JOIN_LEFT);
}

/* Rows of a side without a partner. */
static void expect_alone(const plan_t *p, bool right, const entry_t *entries, size_t count,
                         seen_t *all)
{
    if (!keeps(p, right))
        return;
    for (size_t i = 0; i < count; i++)
        all->digest += right ? digest_of(0, entries[i].id) : digest_of(entries[i].id, 0);
    all->count += count;
}

static seen_t expect_all(const plan_t *p, uint64_t round)
{
    seen_t all = {0};
    size_t left_count, right_count, l = 0, r = 0;
    entry_t *left = make_entries(p, false, round, &left_count);
    entry_t *right = make_entries(p, true, round, &right_count);
    while (l < left_count || r < right_count) {
        size_t ls = l < left_count ? same_keys(left, left_count, l) : 0;
        size_t rs = r < right_count ? same_keys(right, right_count, r) : 0;
        int64_t order = !ls ? 1 : !rs ? -1 : compare_entries(&left[l], &right[r]);
        if (order < 0 || (ls && left[l].key == no_key)) {
            expect_alone(p, false, left + l, ls, &all);
            l += ls;
        } else if (order > 0 || right[r].key == no_key) {
            expect_alone(p, true, right + r, rs, &all);
            r += rs;
        } else {
            for (size_t i = 0; i < ls; i++)
                for (size_t k = 0; k < rs; k++)
                    all.digest += digest_of(left[l + i].id, right[r + k].id);
            all.count += ls * rs;
            l += ls;
            r += rs;
        }
    }
    free(left);
    free(right);
    return all;
}

/* --- Targets --- */

/* The id of a row that came, 0 where it is missing, which is checked as a whole. */
static uint64_t check_row(const gyre_batch_t *batch, bool right, size_t i, int64_t *key)
{
    const gyre_column_t *const *columns = batch->columns + (right ? LEFT_COLUMNS : 0);
    const size_t *at = columns_of[right];
    char name[NAME_MAX_BYTES];
    size_t length;
    if (gyre_column_is_null(columns[at[LEFT_SOURCE]], i)) {
        for (size_t c = 0; c < LEFT_COLUMNS; c++)
            CHECK(gyre_column_is_null(columns[c], i));
        return 0;
    }
    int source = ((const int32_t *)columns[at[LEFT_SOURCE]]->values)[i];
    int64_t row = ((const int64_t *)columns[at[LEFT_ROW]]->values)[i];
    CHECK_EQ(is_right(plan, source), right);
    uint64_t draw = flow_row_key(plan, source, row);
    CHECK_EQ(gyre_column_is_null(columns[at[LEFT_KEY]], i), key_is_null(draw));
    if (!key_is_null(draw))
        CHECK_EQ(((const int64_t *)columns[at[LEFT_KEY]]->values)[i], key_of(draw));
    CHECK_EQ(gyre_column_is_null(columns[at[LEFT_NAME]], i), name_is_null(draw));
    const char *bytes = gyre_column_bytes(columns[at[LEFT_NAME]], i, &length);
    if (!name_is_null(draw))
        CHECK(length == name_of(draw, name) && memcmp(bytes, name, length) == 0);
    bytes = gyre_column_bytes(columns[at[LEFT_PAD]], i, &length);
    CHECK_EQ(length, pad_length(draw));
    if (i % 16 == 0)
        CHECK_CONTENT(bytes, length, draw);
    *key = join_key(draw);
    return id_of(source, row);
}

/* Whether keys come in that order, none last. */
static bool in_order(int64_t first, int64_t second)
{
    char names[2][NAME_MAX_BYTES];
    if (first == no_key || second == no_key)
        return second == no_key;
    if (shape.by_key)
        return first <= second;
    print_name(first, names[0]);
    print_name(second, names[1]);
    return strcmp(names[0], names[1]) <= 0;
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    seen_t *s = &seen[flow_round(plan, target)][target];
    CHECK(arg == seen);
    CHECK_EQ(source, -1);
    CHECK_EQ(plan->target_ranks[target], check_rank);
    if (flow_refuses(plan))
        return GYRE_IN_PROGRESS;
    CHECK_EQ(ends[target], 0);
    if (!batch) {
        ends[target]++;
        return GYRE_OK;
    }
    CHECK(batch->length > 0);
    for (size_t i = 0; i < batch->length; i++) {
        int64_t left_key = no_key, right_key = no_key;
        uint64_t left = check_row(batch, false, i, &left_key);
        uint64_t right = check_row(batch, true, i, &right_key);
        CHECK(left || right);
        if (left && right)
            CHECK(left_key == right_key && left_key != no_key);
        int64_t key = left ? left_key : right_key;
        if (plan->opts.algorithm == GYRE_JOIN_SORT && s->digest != 0)
            CHECK(in_order(s->last_key, key));
        s->last_key = key;
        s->digest += digest_of(left, right);
    }
    s->count += batch->length;
    return GYRE_OK;
}

/* --- Plans --- */

static void draw_keys(plan_t *p, uint64_t *random)
{
    uint64_t choice = check_below(random, 3);
    size_t count = 0;
    shape.by_key = choice != 1;
    shape.by_name = choice != 0;
    if (shape.by_key) {
        shape.left_keys[count] = LEFT_KEY;
        shape.right_keys[count++] = RIGHT_KEY;
    }
    if (shape.by_name) {
        shape.left_keys[count] = LEFT_NAME;
        shape.right_keys[count++] = RIGHT_NAME;
    }
    p->opts.keys = shape.left_keys;
    p->opts.right_keys = shape.right_keys;
    p->opts.key_count = count;
}

/* As many rows as give some hundred thousand pairs. */
static void draw_rows(plan_t *p, uint64_t *random)
{
    static const struct {
        uint64_t keys, rows;
    } sizes[] = {{3, 600}, {100, 3000}, {30000, 20000}};
    uint64_t size = check_below(random, 3), rows = sizes[size].rows;
    int sources = p->opts.sources > p->opts.right_sources ? p->opts.sources : p->opts.right_sources;
    shape.keys = sizes[size].keys;
    shape.skew = check_below(random, 2) ? 400 * 1000 / rows : 0;
    if (check_below(random, 4) == 0)
        rows = check_below(random, 100);
    if (p->batches > 0 && sources > 0)
        p->rows_max = 2 * rows / (p->batches * (uint64_t)sources) + 1;
}

static void draw(plan_t *p, uint64_t *random, gyre_join_algorithm_t algorithm)
{
    flow_draw(p, random, GYRE_JOIN);
    shape = (shape_t){.pad = 50,
                      .left_empty = check_below(random, 10) == 0,
                      .right_empty = check_below(random, 10) == 0};
    p->batch = make_batch;
    p->opts.schema = schemas[0];
    p->opts.right = schemas[1];
    p->opts.right_sources = (int)check_below(random, TASKS_MAX + 1);
    p->opts.right_ranks = p->right_ranks;
    p->opts.join = (gyre_join_t)check_below(random, 4);
    p->opts.algorithm = algorithm;
    p->opts.receive = receive;
    p->opts.arg = seen;
    if (check_below(random, 2))
        p->opts.targets = 1 + (int)check_below(random, 2);
    draw_keys(p, random);
    draw_rows(p, random);
}

static void check_round(const plan_t *p, uint64_t round)
{
    seen_t all = {0};
    for (int target = 0; target < p->opts.targets; target++) {
        all.count += seen[round][target].count;
        all.digest += seen[round][target].digest;
    }
    all.count = check_sum(all.count);
    all.digest = check_sum(all.digest);
    if (check_rank == 0) {
        seen_t expected = p->opts.targets ? expect_all(p, round) : (seen_t){0};
        CHECK_EQ(all.count, expected.count);
        CHECK_EQ(all.digest, expected.digest);
    }
}

static void join_once(gyre_operator_t *op, const plan_t *p)
{
    plan = p;
    memset(seen, 0, sizeof(seen));
    memset(ends, 0, sizeof(ends));
    flow_drive(op, p);
    for (int target = 0; target < p->opts.targets; target++)
        CHECK_EQ(ends[target], p->target_ranks[target] == check_rank);
    for (uint64_t round = 0; round < flow_rounds(p); round++)
        check_round(p, round);
}

static void join(gyre_join_algorithm_t algorithm)
{
    uint64_t random = check_share(check_seed());
    for (int i = 0; i < 24; i++) {
        plan_t p;
        draw(&p, &random, algorithm);
        flow_runs(&p, &random, join_once);
    }
}

static void by_hash(void)
{
    join(GYRE_JOIN_HASH);
}

static void by_sort(void)
{
    join(GYRE_JOIN_SORT);
}

/* Each of a few keys has many bytes of rows, so buckets are dealt out again. */
static void wide_rows(void)
{
    uint64_t random = check_share(check_seed());
    for (int i = 0; i < 4; i++) {
        plan_t p;
        draw(&p, &random, GYRE_JOIN_HASH);
        shape.skew = 0;
        shape.keys = 4;
        shape.pad = PAD_LONG;
        shape.left_empty = shape.right_empty = false;
        p.opts.targets = 1;
        p.opts.sources = p.opts.right_sources = 4;
        p.opts.join = (gyre_join_t)i;
        p.batches = 5;
        p.rows_max = 20;
        flow_runs(&p, &random, join_once);
    }
}

/* Most rows have one key, on both sides, so no dealing out makes them fewer. */
static void one_key(void)
{
    uint64_t random = check_share(check_seed());
    for (int i = 0; i < 8; i++) {
        plan_t p;
        gyre_operator_t *op;
        gyre_operator_counts_t counts = {.size = sizeof(counts)};
        draw(&p, &random, (gyre_join_algorithm_t)(i / 4));
        shape.skew = 950;
        shape.keys = 500;
        shape.pad = 3000;
        shape.left_empty = shape.right_empty = false;
        p.opts.targets = 1;
        p.opts.sources = p.opts.right_sources = 4;
        p.opts.join = (gyre_join_t)(i % 4);
        p.batches = 8;
        p.barriers = 0;
        p.rows_max = 22;
        CHECK_OK(gyre_operator_create(check_world, &p.opts, &op));
        join_once(op, &p);
        CHECK_OK(gyre_operator_count(op, &counts));
        if (getenv("TEST_SPILLS") && p.target_ranks[0] == check_rank)
            CHECK(counts.rows_spilled > 0);
        gyre_operator_destroy(op);
    }
}

static gyre_status_t ignore(void *arg, int target, int source, const gyre_batch_t *batch)
{
    (void)arg;
    (void)target;
    (void)source;
    (void)batch;
    return GYRE_OK;
}

/* What targets receive: names are told apart, and what may be missing is optional. */
static void columns(void)
{
    static const gyre_field_t left[] = {{.name = "id", .kind = GYRE_KIND_INT64, .required = true},
                                        {.name = "id_right", .kind = GYRE_KIND_INT8},
                                        {.name = "a", .kind = GYRE_KIND_INT8, .required = true}};
    static const gyre_field_t right[] = {{.name = "b", .kind = GYRE_KIND_INT8, .required = true},
                                         {.name = "id", .kind = GYRE_KIND_INT64},
                                         {.name = "a", .kind = GYRE_KIND_STRING}};
    static const char *const names[] = {"id", "id_right", "a", "b", "id_right_right", "a_right"};
    static const size_t left_key = 0, right_key = 1;
    const gyre_schema_t *sides[2];
    CHECK_OK(gyre_schema_create(left, 3, &sides[0]));
    CHECK_OK(gyre_schema_create(right, 3, &sides[1]));
    for (gyre_join_t type = GYRE_JOIN_INNER; type <= GYRE_JOIN_FULL; type++) {
        gyre_operator_t *op;
        gyre_operator_opts_t opts = {.size = sizeof(opts),
                                     .kind = GYRE_JOIN,
                                     .schema = sides[0],
                                     .keys = &left_key,
                                     .key_count = 1,
                                     .right = sides[1],
                                     .right_keys = &right_key,
                                     .join = type,
                                     .receive = ignore};
        CHECK_OK(gyre_operator_create(check_world, &opts, &op));
        const gyre_schema_t *received = gyre_operator_schema(op);
        CHECK_EQ(received->field_count, 6);
        for (size_t i = 0; i < 6; i++)
            CHECK(strcmp(received->fields[i].name, names[i]) == 0);
        bool left_stays = type == GYRE_JOIN_INNER || type == GYRE_JOIN_LEFT;
        bool right_stays = type == GYRE_JOIN_INNER || type == GYRE_JOIN_RIGHT;
        CHECK_EQ(received->fields[0].required, left_stays);
        CHECK_EQ(received->fields[3].required, right_stays);
        gyre_operator_destroy(op);
    }
    gyre_schema_release(sides[0]);
    gyre_schema_release(sides[1]);
}

static void wrong(void)
{
    static const size_t no_column = 99, other_type = RIGHT_PAD;
    static const int no_rank = -1;
    plan_t good;
    gyre_operator_t *op = NULL;
    uint64_t random = check_share(check_seed());
    draw(&good, &random, GYRE_JOIN_HASH);
    good.opts.sources = good.opts.right_sources = good.opts.targets = 2; /* which may be none */
    struct {
        gyre_operator_opts_t opts;
        gyre_status_t status;
    } bad[] = {
        {good.opts, GYRE_ERR_ARG},  {good.opts, GYRE_ERR_ARG},    {good.opts, GYRE_ERR_RANGE},
        {good.opts, GYRE_ERR_ARG},  {good.opts, GYRE_ERR_ARG},    {good.opts, GYRE_ERR_UNKNOWN},
        {good.opts, GYRE_ERR_RANK}, {good.opts, GYRE_ERR_RANGE},  {good.opts, GYRE_ERR_ARG},
        {good.opts, GYRE_ERR_ARG},  {good.opts, GYRE_ERR_UNKNOWN}};
    bad[0].opts.right = NULL;
    bad[1].opts.right_keys = NULL;
    bad[2].opts.right_keys = &no_column;
    bad[2].opts.key_count = 1;
    bad[3].opts.right_keys = &other_type;
    bad[3].opts.key_count = 1;
    bad[4].opts.key_count = 0;
    bad[5].opts.join = GYRE_JOIN_FULL + 1;
    bad[6].opts.right_ranks = &no_rank;
    bad[6].opts.right_sources = 1;
    bad[7].opts.right_sources = GYRE_TASKS_NONE - 1;
    bad[8].opts.kind = GYRE_PARTITION;
    bad[9].opts.partitioner = GYRE_PARTITIONER_BALANCE;
    bad[10].opts.algorithm = GYRE_JOIN_SORT + 1;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_IS(gyre_operator_create(check_world, &bad[i].opts, &op), bad[i].status);
    good.opts.join = check_rank ? GYRE_JOIN_LEFT : GYRE_JOIN_RIGHT;
    if (check_size > 1)
        CHECK_IS(gyre_operator_create(check_world, &good.opts, &op), GYRE_ERR_ARG);
    CHECK(op == NULL);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {
        {"by hash", by_hash}, {"by sort", by_sort}, {"wide rows", wide_rows},
        {"one key", one_key}, {"columns", columns}, {"wrong", wrong},
    };
    CHECK_OK(gyre_schema_create(left_fields, LEFT_COLUMNS, &schemas[0]));
    CHECK_OK(gyre_schema_create(right_fields, RIGHT_COLUMNS, &schemas[1]));
    for (int side = 0; side < 2; side++)
        CHECK_OK(gyre_builder_create_batch(schemas[side], NULL, &builders[side]));
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 200);
    for (int side = 0; side < 2; side++) {
        gyre_builder_destroy(builders[side]);
        gyre_schema_release(schemas[side]);
    }
    return status;
}
