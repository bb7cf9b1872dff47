/* SPDX-License-Identifier: Apache-2.0 */
/* Operators against an oracle. Every row says which source it is of and which row of that; what it
 * holds follows from those, so every worker knows what each target must get, in which order of each
 * source, and which rows lie before which barrier. Plans are random: tasks, where they are,
 * batches, keys, rows longer than pages, receivers that refuse. */
#include "lib/check.h"

#include <gyre/hash.h>
#include <gyre/operator.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_SOURCE, COLUMN_ROW, COLUMN_KEY, COLUMN_TEXT, COLUMNS };
enum { TASKS_MAX = 20 };

typedef struct plan {
    gyre_operator_opts_t opts;
    int source_ranks[TASKS_MAX], target_ranks[TASKS_MAX];
    size_t keys[2];
    uint64_t seed;
    uint64_t batches; /* of a source, in a run */
    size_t rows_max;  /* of a batch */
    size_t long_text; /* one row in a thousand is about so long */
    uint64_t barriers;
    bool refusing;
} plan_t;

/* What a target of this worker has to get, and has got. */
typedef struct expectation {
    int64_t *rows[TASKS_MAX]; /* of each source, in order */
    size_t count[TASKS_MAX], got[TASKS_MAX];
    size_t at_barrier[TASKS_MAX][8]; /* rows of each source before each barrier */
    uint64_t barriers;
    int ends;
} expectation_t;

static const gyre_schema_t *schema;
static gyre_builder_t *builder;
static expectation_t expected[TASKS_MAX];
static const plan_t *plan;
static uint64_t refuse_state;

static size_t text_length(uint64_t key, const plan_t *p)
{
    uint64_t draw = check_mix(key, 5);
    return draw % 1000 == 0 ? p->long_text + draw / 1000 % 100 : draw % 40;
}

static uint64_t row_key(const plan_t *p, int source, int64_t row)
{
    return check_mix(check_mix(p->seed, (uint64_t)source), (uint64_t)row);
}

/* Half of the rows have one key: skew. */
static int64_t key_value(uint64_t key)
{
    return key % 2 ? 7 : (int64_t)(key % 1000);
}

static const gyre_batch_t *make_batch(const plan_t *p, int source, int64_t first, size_t count)
{
    static char text[1 << 21];
    const gyre_batch_t *batch;
    if (!builder)
        CHECK_OK(gyre_builder_create_batch(schema, NULL, &builder));
    for (size_t i = 0; i < count; i++) {
        uint64_t key = row_key(p, source, first + (int64_t)i);
        size_t length = text_length(key, p);
        check_fill(text, length, key);
        CHECK_OK(gyre_builder_append_int32(builder->children[COLUMN_SOURCE], source));
        CHECK_OK(gyre_builder_append_int64(builder->children[COLUMN_ROW], first + (int64_t)i));
        if (key % 11 == 0)
            CHECK_OK(gyre_builder_append_null(builder->children[COLUMN_KEY], 1));
        else
            CHECK_OK(gyre_builder_append_int64(builder->children[COLUMN_KEY], key_value(key)));
        CHECK_OK(gyre_builder_append_bytes(builder->children[COLUMN_TEXT], text, length));
    }
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    return batch;
}

static size_t batch_rows(const plan_t *p, int source, uint64_t number)
{
    uint64_t draw = check_mix(check_mix(p->seed, 1000 + (uint64_t)source), number);
    return draw % 7 == 0 ? 0 : draw / 7 % (p->rows_max + 1);
}

/* --- The oracle --- */

static gyre_status_t partition_by_key(void *arg, int source, const gyre_batch_t *batch,
                                      size_t first, size_t count, int targets, int32_t *target_of)
{
    const int64_t *rows = batch->columns[COLUMN_ROW]->values;
    (void)arg;
    for (size_t i = 0; i < count; i++) {
        int64_t row = rows[batch->columns[COLUMN_ROW]->offset + first + i];
        target_of[i] = (int32_t)((row * 7 + source) % targets);
    }
    return GYRE_OK;
}

static int target_of(const plan_t *p, int source, int64_t row, const uint64_t *hash, size_t start,
                     size_t row_in_batch, size_t batch_length)
{
    int targets = p->opts.targets;
    size_t run = (batch_length + (size_t)targets - 1) / (size_t)targets;
    switch (p->opts.partitioner) {
    case GYRE_PARTITIONER_USER:
        return (int)((row * 7 + source) % targets);
    case GYRE_PARTITIONER_BALANCE:
        return (int)((start + row_in_batch / run) % (size_t)targets);
    default:
        return (int)((hash[row_in_batch] >> 32) * (uint64_t)targets >> 32);
    }
}

static void expect_row(const plan_t *p, int target, int source, int64_t row)
{
    if (p->opts.target_ranks[target] != check_rank)
        return;
    expectation_t *e = &expected[target];
    if ((e->count[source] & (e->count[source] - 1)) == 0)
        e->rows[source] =
            realloc(e->rows[source], (e->count[source] * 2 + 1) * sizeof(*e->rows[source]));
    e->rows[source][e->count[source]++] = row;
}

static void expect_batch(const plan_t *p, int source, int64_t first, size_t count, size_t *start)
{
    int targets = p->opts.targets;
    uint64_t *hash = NULL;
    if (count == 0)
        return;
    if (p->opts.partitioner == GYRE_PARTITIONER_HASH) {
        const gyre_batch_t *batch = make_batch(p, source, first, count);
        hash = malloc(count * sizeof(*hash));
        CHECK_OK(gyre_batch_hash(batch, p->keys, p->opts.key_count, hash));
        gyre_batch_release(batch);
    }
    for (size_t i = 0; i < count; i++) {
        int64_t row = first + (int64_t)i;
        if (p->opts.kind == GYRE_PARTITION)
            expect_row(p, target_of(p, source, row, hash, *start, i, count), source, row);
        else if (p->opts.kind == GYRE_PIPE || p->opts.kind == GYRE_UNION)
            expect_row(p, source % targets, source, row);
        else
            for (int target = 0; target < targets; target++)
                expect_row(p, target, source, row);
    }
    free(hash);
    size_t run = (count + (size_t)targets - 1) / (size_t)targets;
    *start = (*start + (count + run - 1) / run) % (size_t)targets;
}

/* Barrier b comes behind batch (b + 1) * batches / (barriers + 1). */
static bool barrier_behind(const plan_t *p, uint64_t batch, uint64_t *id)
{
    for (*id = 0; *id < p->barriers; ++*id)
        if ((*id + 1) * p->batches / (p->barriers + 1) == batch)
            return true;
    return false;
}

static void expect_all(const plan_t *p)
{
    memset(expected, 0, sizeof(expected));
    for (int source = 0; source < p->opts.sources; source++) {
        int64_t row = 0;
        size_t start = (size_t)(source % p->opts.targets);
        for (uint64_t b = 0; b < p->batches; b++) {
            uint64_t id;
            size_t count = batch_rows(p, source, b);
            if (barrier_behind(p, b, &id))
                for (int target = 0; target < p->opts.targets; target++)
                    expected[target].at_barrier[source][id] = expected[target].count[source];
            expect_batch(p, source, row, count, &start);
            row += (int64_t)count;
        }
    }
}

static void forget_all(void)
{
    for (int target = 0; target < TASKS_MAX; target++)
        for (int source = 0; source < TASKS_MAX; source++)
            free(expected[target].rows[source]);
}

/* --- Targets --- */

static void check_row(expectation_t *e, const gyre_batch_t *batch, size_t i, int told)
{
    size_t length;
    const gyre_column_t *const *columns = batch->columns;
    int source =
        ((const int32_t *)columns[COLUMN_SOURCE]->values)[columns[COLUMN_SOURCE]->offset + i];
    int64_t row = ((const int64_t *)columns[COLUMN_ROW]->values)[columns[COLUMN_ROW]->offset + i];
    CHECK(source >= 0 && source < plan->opts.sources);
    CHECK_EQ(told, plan->opts.kind == GYRE_PARTITION ? -1 : source);
    CHECK(e->got[source] < e->count[source]);
    CHECK_EQ(row, e->rows[source][e->got[source]]);
    e->got[source]++;
    uint64_t key = row_key(plan, source, row);
    CHECK_EQ(gyre_column_is_null(columns[COLUMN_KEY], i), key % 11 == 0);
    if (key % 11)
        CHECK_EQ(((const int64_t *)columns[COLUMN_KEY]->values)[columns[COLUMN_KEY]->offset + i],
                 key_value(key));
    const char *text = gyre_column_bytes(columns[COLUMN_TEXT], i, &length);
    CHECK_EQ(length, text_length(key, plan));
    CHECK_CONTENT(text, length, key);
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    CHECK(arg == &expected);
    CHECK_EQ(plan->opts.target_ranks[target], check_rank);
    if (plan->refusing && check_below(&refuse_state, 3) == 0)
        return GYRE_IN_PROGRESS;
    expectation_t *e = &expected[target];
    CHECK_EQ(e->ends, 0);
    if (!batch) {
        CHECK_EQ(source, -1);
        e->ends++;
        return GYRE_OK;
    }
    CHECK(batch->length > 0);
    for (size_t i = 0; i < batch->length; i++)
        check_row(e, batch, i, source);
    return GYRE_OK;
}

static gyre_status_t barrier(void *arg, int target, uint64_t id)
{
    CHECK(arg == &expected);
    if (plan->refusing && check_below(&refuse_state, 3) == 0)
        return GYRE_IN_PROGRESS;
    expectation_t *e = &expected[target];
    CHECK_EQ(id, 100 + e->barriers);
    for (int source = 0; source < plan->opts.sources; source++)
        CHECK_EQ(e->got[source], e->at_barrier[source][e->barriers]);
    e->barriers++;
    return GYRE_OK;
}

static void check_all_received(const plan_t *p)
{
    for (int target = 0; target < p->opts.targets; target++) {
        if (p->opts.target_ranks[target] != check_rank)
            continue;
        const expectation_t *e = &expected[target];
        CHECK_EQ(e->ends, 1);
        CHECK_EQ(e->barriers, p->barriers);
        for (int source = 0; source < p->opts.sources; source++)
            CHECK_EQ(e->got[source], e->count[source]);
    }
}

/* --- Sources --- */

typedef struct progress {
    uint64_t batch;
    int64_t row;
    bool barrier_given, finished;
} progress_t;

/* False: refused, or nothing left. */
static bool advance(gyre_operator_t *op, const plan_t *p, int source, progress_t *at)
{
    uint64_t id;
    gyre_status_t status;
    if (at->finished)
        return false;
    if (at->batch == p->batches) {
        CHECK_OK(gyre_operator_finish(op, source));
        CHECK_IS(gyre_operator_finish(op, source), GYRE_ERR_STATE);
        at->finished = true;
        return true;
    }
    if (!at->barrier_given && barrier_behind(p, at->batch, &id)) {
        status = gyre_operator_barrier(op, source, 100 + id);
        at->barrier_given = status == GYRE_OK;
    } else {
        size_t count = batch_rows(p, source, at->batch);
        const gyre_batch_t *batch = make_batch(p, source, at->row, count);
        status = gyre_operator_insert(op, source, batch);
        gyre_batch_release(batch);
        if (status == GYRE_OK) {
            at->row += (int64_t)count;
            at->batch++;
            at->barrier_given = false;
        }
    }
    CHECK(status == GYRE_OK || status == GYRE_IN_PROGRESS);
    return status == GYRE_OK;
}

static void run_once(gyre_operator_t *op, const plan_t *p)
{
    progress_t at[TASKS_MAX] = {0};
    gyre_status_t status = GYRE_IN_PROGRESS;
    plan = p;
    expect_all(p);
    while (status == GYRE_IN_PROGRESS) {
        bool moved = false;
        for (int source = 0; source < p->opts.sources; source++)
            if (p->source_ranks[source] == check_rank)
                moved |= advance(op, p, source, &at[source]);
        status = moved ? gyre_operator_progress(op) : gyre_operator_step(op);
    }
    CHECK_OK(status);
    check_all_received(p);
    forget_all();
}

static void draw(plan_t *p, uint64_t *random, gyre_operator_kind_t kind)
{
    gyre_operator_opts_t *o = &p->opts;
    *p = (plan_t){.seed = check_random(random), .batches = check_below(random, 12)};
    bool many = check_below(random, 6) == 0;
    p->rows_max = many ? 6000 : check_below(random, 100);
    p->long_text = !many && check_below(random, 3) == 0 ? 700000 : 300;
    p->refusing = check_below(random, 2);
    p->barriers = check_below(random, 3) ? 0 : check_below(random, 6);
    if (p->barriers >= p->batches)
        p->barriers = 0;
    *o = (gyre_operator_opts_t){.size = sizeof(*o), .kind = kind, .schema = schema};
    o->sources = 1 + (int)check_below(random, TASKS_MAX);
    o->targets = kind == GYRE_PIPE     ? o->sources
                 : kind == GYRE_GATHER ? 1
                                       : 1 + (int)check_below(random, TASKS_MAX);
    for (int i = 0; i < TASKS_MAX; i++) {
        p->source_ranks[i] = (int)check_below(random, (uint64_t)check_size);
        p->target_ranks[i] = (int)check_below(random, (uint64_t)check_size);
    }
    o->source_ranks = p->source_ranks;
    o->target_ranks = p->target_ranks;
    o->stream = check_below(random, 2);
    o->receive = receive;
    o->barrier = barrier;
    o->arg = &expected;
    if (kind == GYRE_PARTITION) {
        o->partitioner = 1 + (gyre_partitioner_t)check_below(random, 3);
        o->partition = o->partitioner == GYRE_PARTITIONER_USER ? partition_by_key : NULL;
        if (o->partitioner == GYRE_PARTITIONER_HASH) {
            p->keys[0] = COLUMN_KEY;
            p->keys[1] = COLUMN_SOURCE;
            o->keys = p->keys;
            o->key_count = 1 + check_below(random, 2);
        }
    }
}

static void run_kind(gyre_operator_kind_t kind, int plans)
{
    uint64_t random = check_share(check_seed());
    refuse_state = random + (uint64_t)check_rank;
    for (int i = 0; i < plans; i++) {
        plan_t p;
        gyre_operator_t *op;
        draw(&p, &random, kind);
        CHECK_OK(gyre_operator_create(check_world, &p.opts, &op));
        run_once(op, &p);
        while (check_below(&random, 2)) {
            CHECK_OK(gyre_operator_reset(op));
            p.seed = check_random(&random);
            run_once(op, &p);
        }
        gyre_operator_destroy(op);
    }
}

#define CASE(name, kind)                                                                           \
    static void run_##name(void)                                                                   \
    {                                                                                              \
        run_kind(kind, 12);                                                                        \
    }
CASE(pipe, GYRE_PIPE)
CASE(union, GYRE_UNION)
CASE(broadcast, GYRE_BROADCAST)
CASE(gather, GYRE_GATHER)
CASE(allgather, GYRE_ALLGATHER)
CASE(partition, GYRE_PARTITION)

/* --- Reduce: every key's aggregates once, at the target that its hash names. --- */

enum { KEYS = 1001 }; /* the last: null */

typedef struct totals {
    int64_t count, sum, least, most;
} totals_t;

static totals_t *totals; /* by key, and source where that is a key as well */
static const gyre_schema_t *reduced;
static uint64_t groups_received;

static size_t total_of(const plan_t *p, int64_t key, int source)
{
    return p->opts.key_count == 1 ? (size_t)key : (size_t)key * TASKS_MAX + (size_t)source;
}

static void expect_totals(const plan_t *p)
{
    memset(totals, 0, KEYS * TASKS_MAX * sizeof(*totals));
    for (int source = 0; source < p->opts.sources; source++) {
        int64_t row = 0;
        for (uint64_t b = 0; b < p->batches; b++)
            for (size_t i = batch_rows(p, source, b); i > 0; i--, row++) {
                uint64_t key = row_key(p, source, row);
                totals_t *t = &totals[total_of(p, key % 11 ? key_value(key) : KEYS - 1, source)];
                t->least = !t->count || row < t->least ? row : t->least;
                t->most = !t->count || row > t->most ? row : t->most;
                t->sum += row;
                t->count++;
            }
    }
}

static int64_t int64_at(const gyre_batch_t *batch, size_t column, size_t row)
{
    const gyre_column_t *c = batch->columns[column];
    return ((const int64_t *)c->values)[c->offset + row];
}

static void check_group(const gyre_batch_t *batch, size_t i, uint64_t hash, int target)
{
    size_t keys = plan->opts.key_count;
    int64_t key = gyre_column_is_null(batch->columns[0], i) ? KEYS - 1 : int64_at(batch, 0, i);
    int source = 0;
    if (keys == 2)
        source = ((const int32_t *)batch->columns[1]->values)[batch->columns[1]->offset + i];
    CHECK(key >= 0 && key < KEYS && source >= 0 && source < TASKS_MAX);
    totals_t *t = &totals[total_of(plan, key, source)];
    CHECK_EQ(int64_at(batch, keys, i), t->count);
    CHECK_EQ(int64_at(batch, keys + 1, i), t->sum);
    CHECK_EQ(int64_at(batch, keys + 2, i), t->least);
    CHECK_EQ(int64_at(batch, keys + 3, i), t->most);
    const gyre_column_t *mean = batch->columns[keys + 4];
    CHECK(((const double *)mean->values)[mean->offset + i] == (double)t->sum / (double)t->count);
    CHECK_EQ(target, (int)((hash >> 32) * (uint64_t)plan->opts.targets >> 32));
    t->count = -1; /* not twice */
}

static gyre_status_t receive_groups(void *arg, int target, int source, const gyre_batch_t *batch)
{
    static const size_t columns[] = {0, 1};
    CHECK(arg == &expected);
    CHECK_EQ(source, -1);
    CHECK_EQ(plan->opts.target_ranks[target], check_rank);
    if (plan->refusing && check_below(&refuse_state, 3) == 0)
        return GYRE_IN_PROGRESS;
    CHECK_EQ(expected[target].ends, 0);
    if (!batch) {
        expected[target].ends++;
        return GYRE_OK;
    }
    CHECK(gyre_schema_equal(batch->schema, reduced));
    uint64_t *hashes = malloc(batch->length * sizeof(*hashes));
    CHECK_OK(gyre_batch_hash(batch, columns, plan->opts.key_count, hashes));
    for (size_t i = 0; i < batch->length; i++)
        check_group(batch, i, hashes[i], target);
    free(hashes);
    groups_received += batch->length;
    return GYRE_OK;
}

static uint64_t count_groups(void)
{
    uint64_t count = 0;
    for (size_t i = 0; i < (size_t)KEYS * TASKS_MAX; i++)
        count += totals[i].count != 0;
    return count;
}

static void reduce_once(gyre_operator_t *op, const plan_t *p)
{
    progress_t at[TASKS_MAX] = {0};
    gyre_status_t status = GYRE_IN_PROGRESS;
    plan = p;
    memset(expected, 0, sizeof(expected));
    expect_totals(p);
    groups_received = 0;
    while (status == GYRE_IN_PROGRESS) {
        bool moved = false;
        for (int source = 0; source < p->opts.sources; source++)
            if (p->source_ranks[source] == check_rank)
                moved |= advance(op, p, source, &at[source]);
        status = moved ? gyre_operator_progress(op) : gyre_operator_step(op);
    }
    CHECK_OK(status);
    for (int target = 0; target < p->opts.targets; target++)
        CHECK_EQ(expected[target].ends, p->target_ranks[target] == check_rank);
    CHECK_EQ(check_sum(groups_received), count_groups());
}

static void run_reduce(void)
{
    static const gyre_aggregate_t aggregates[] = {
        {.fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "rows"},
        {.fold = GYRE_FOLD_SUM, .column = COLUMN_ROW, .name = "sum"},
        {.fold = GYRE_FOLD_MIN, .column = COLUMN_ROW, .name = "least"},
        {.fold = GYRE_FOLD_MAX, .column = COLUMN_ROW, .name = "most"},
        {.fold = GYRE_FOLD_MEAN, .column = COLUMN_ROW, .name = "mean"}};
    uint64_t random = check_share(check_seed());
    refuse_state = random + (uint64_t)check_rank;
    totals = malloc(KEYS * TASKS_MAX * sizeof(*totals));
    for (int i = 0; i < 12; i++) {
        plan_t p;
        gyre_operator_t *op;
        draw(&p, &random, GYRE_REDUCE);
        p.keys[0] = COLUMN_KEY;
        p.keys[1] = COLUMN_SOURCE;
        p.opts.keys = p.keys;
        p.opts.key_count = 1 + check_below(&random, 2);
        p.opts.aggregates = aggregates;
        p.opts.aggregate_count = sizeof(aggregates) / sizeof(aggregates[0]);
        p.opts.receive = receive_groups;
        p.opts.barrier = NULL;
        CHECK_OK(gyre_operator_create(check_world, &p.opts, &op));
        reduced = gyre_operator_schema(op);
        CHECK_EQ(reduced->field_count, p.opts.key_count + p.opts.aggregate_count);
        reduce_once(op, &p);
        while (check_below(&random, 2)) {
            CHECK_OK(gyre_operator_reset(op));
            p.seed = check_random(&random);
            reduce_once(op, &p);
        }
        gyre_operator_destroy(op);
    }
    free(totals);
}

/* What makes no operator is refused by all members alike, and the next one works. */
static void wrong(void)
{
    static const size_t no_column = COLUMNS;
    static const int no_rank = 1 << 20;
    gyre_operator_opts_t good = {.size = sizeof(good),
                                 .kind = GYRE_PARTITION,
                                 .schema = schema,
                                 .receive = receive,
                                 .arg = &expected};
    gyre_operator_t *op = NULL;
    struct {
        gyre_operator_opts_t opts;
        gyre_status_t status;
    } bad[] = {{good, GYRE_ERR_ARG},   {good, GYRE_ERR_ARG},  {good, GYRE_ERR_ARG},
               {good, GYRE_ERR_RANGE}, {good, GYRE_ERR_RANK}, {good, GYRE_ERR_RANGE},
               {good, GYRE_ERR_ARG},   {good, GYRE_ERR_ARG},  {good, GYRE_ERR_ARG},
               {good, GYRE_ERR_ARG},   {good, GYRE_ERR_ARG},  {good, GYRE_ERR_UNKNOWN},
               {good, GYRE_ERR_ARG},   {good, GYRE_ERR_ARG}};
    bad[0].opts.size--;
    bad[1].opts.schema = NULL;
    bad[2].opts.receive = NULL;
    bad[3].opts.keys = &no_column;
    bad[3].opts.key_count = 1;
    bad[4].opts.source_ranks = &no_rank;
    bad[4].opts.sources = 1;
    bad[5].opts.targets = -1;
    bad[6].opts.partitioner = GYRE_PARTITIONER_HASH;
    bad[7].opts.partitioner = GYRE_PARTITIONER_USER;
    bad[8].opts.kind = GYRE_PIPE;
    bad[8].opts.sources = 2;
    bad[8].opts.targets = 3;
    bad[9].opts.kind = GYRE_GATHER;
    bad[9].opts.targets = 2;
    bad[10].opts.kind = GYRE_BROADCAST;
    bad[10].opts.partitioner = GYRE_PARTITIONER_BALANCE;
    bad[11].opts.kind = GYRE_OPERATOR_KINDS;
    bad[12].opts.kind = GYRE_REDUCE;
    bad[13].opts.aggregate_count = 1;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_IS(gyre_operator_create(check_world, &bad[i].opts, &op), bad[i].status);
    /* One member alone is wrong, in each way in turn. */
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]) && check_size > 1; i++)
        CHECK_IS(gyre_operator_create(check_world, check_rank ? &good : &bad[i].opts, &op),
                 bad[i].status);
    good.sources = 3 + (check_rank == 0);
    if (check_size > 1)
        CHECK_IS(gyre_operator_create(check_world, &good, &op), GYRE_ERR_ARG);
    CHECK(op == NULL);
    gyre_operator_destroy(NULL);
    run_kind(GYRE_PARTITION, 1);
}

/* Calls that the state of an operator does not allow. */
static void state(void)
{
    gyre_operator_opts_t opts = {.size = sizeof(opts),
                                 .kind = GYRE_UNION,
                                 .schema = schema,
                                 .receive = receive,
                                 .arg = &expected};
    plan_t p = {.opts = opts};
    static const gyre_field_t other_field = {.name = "a", .kind = GYRE_KIND_INT8};
    const gyre_schema_t *other;
    gyre_builder_t *bytes;
    const gyre_batch_t *batch;
    gyre_operator_t *op;
    CHECK_OK(gyre_schema_create(&other_field, 1, &other));
    CHECK_OK(gyre_builder_create_batch(other, NULL, &bytes));
    CHECK_OK(gyre_builder_append_int8(bytes->children[0], 1));
    CHECK_OK(gyre_builder_finish_batch(bytes, &batch));
    CHECK_OK(gyre_operator_create(check_world, &opts, &op));
    CHECK_IS(gyre_operator_insert(op, check_rank, batch), GYRE_ERR_ARG);
    CHECK_IS(gyre_operator_insert(op, check_rank, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_operator_insert(op, check_size, batch), GYRE_ERR_RANGE);
    CHECK_IS(gyre_operator_finish(op, -1), GYRE_ERR_RANGE);
    CHECK_IS(gyre_operator_wait(op), GYRE_ERR_STATE);
    CHECK_IS(gyre_operator_reset(op), GYRE_ERR_STATE);
    plan = &p;
    for (int i = 0; i < check_size; i++)
        p.target_ranks[i] = i;
    p.opts.target_ranks = p.target_ranks;
    memset(expected, 0, sizeof(expected));
    CHECK_OK(gyre_operator_finish(op, check_rank));
    CHECK_IS(gyre_operator_barrier(op, check_rank, 1), GYRE_ERR_STATE);
    CHECK_OK(gyre_operator_wait(op));
    CHECK_EQ(expected[check_rank].ends, 1);
    gyre_operator_destroy(op);
    gyre_batch_release(batch);
    gyre_builder_destroy(bytes);
    gyre_schema_release(other);
}

int main(int argc, char **argv)
{
    static const gyre_field_t fields[COLUMNS] = {
        {.name = "source", .kind = GYRE_KIND_INT32, .required = true},
        {.name = "row", .kind = GYRE_KIND_INT64, .required = true},
        {.name = "key", .kind = GYRE_KIND_INT64},
        {.name = "text", .kind = GYRE_KIND_STRING}};
    static const check_case_t cases[] = {
        {"pipe", run_pipe},
        {"union", run_union},
        {"broadcast", run_broadcast},
        {"gather", run_gather},
        {"allgather", run_allgather},
        {"partition", run_partition},
        {"reduce", run_reduce},
        {"wrong", wrong},
        {"state", state},
    };
    CHECK_OK(gyre_schema_create(fields, COLUMNS, &schema));
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 200);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
    return status;
}
