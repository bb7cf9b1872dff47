/* SPDX-License-Identifier: Apache-2.0 */
/* Operators against an oracle: what each target must get, in which order of each source, and which
 * rows lie before which barrier. */
#include "dataflow/flow-plan.h"

#include <gyre/hash.h>
#include <stdlib.h>
#include <string.h>

enum { BARRIERS_MAX = 64 };

/* What a target of this worker has to get, and has got. */
typedef struct expectation {
    int64_t *rows[TASKS_MAX]; /* of each source, in order */
    size_t count[TASKS_MAX], got[TASKS_MAX];
    size_t at_barrier[TASKS_MAX][BARRIERS_MAX]; /* rows of each source before each barrier */
    int ends;
} expectation_t;

static expectation_t expected[TASKS_MAX];
static const plan_t *plan;

/* --- The oracle --- */

static gyre_status_t partition_by_key(void *arg, int source, const gyre_batch_t *batch,
                                      size_t first, size_t count, int targets, int32_t *target_of)
{
    const int64_t *rows = batch->columns[COLUMN_ROW]->values;
    (void)arg;
    for (size_t i = 0; i < count; i++) {
        int64_t row = rows[first + i];
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
    case GYRE_PARTITIONER_SOURCE:
        return source % targets;
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
    if (count == 0 || targets == 0)
        return;
    if (p->opts.partitioner == GYRE_PARTITIONER_HASH) {
        const gyre_batch_t *batch = flow_batch(p, source, first, count);
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

static void expect_all(const plan_t *p)
{
    memset(expected, 0, sizeof(expected));
    for (int source = 0; source < p->opts.sources; source++) {
        int64_t row = 0;
        size_t start = p->opts.targets ? (size_t)(source % p->opts.targets) : 0;
        for (uint64_t b = 0; b < p->batches; b++) {
            uint64_t id;
            size_t count = b < flow_batches(p, source) ? flow_batch_rows(p, source, b) : 0;
            if (flow_barrier_behind(p, b, &id))
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
    int source;
    int64_t row;
    flow_check_row(plan, batch, i, &source, &row);
    CHECK_EQ(told, plan->opts.kind == GYRE_PARTITION ? -1 : source);
    CHECK(e->got[source] < e->count[source]);
    CHECK_EQ(row, e->rows[source][e->got[source]]);
    CHECK(row >= flow_marked[e - expected]);
    e->got[source]++;
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    CHECK(arg == &expected);
    CHECK_EQ(plan->opts.target_ranks[target], check_rank);
    if (flow_refuses(plan))
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
    const expectation_t *e = &expected[target];
    bool kept = plan->opts.bulk && !plan->opts.stream;
    for (int source = 0; source < plan->opts.sources; source++)
        CHECK_EQ(e->got[source], kept ? 0 : e->at_barrier[source][flow_told[target]]);
    return flow_barrier(arg, target, id);
}

static void check_all_received(const plan_t *p)
{
    for (int target = 0; target < p->opts.targets; target++) {
        if (p->opts.target_ranks[target] != check_rank)
            continue;
        const expectation_t *e = &expected[target];
        CHECK_EQ(e->ends, 1);
        for (int source = 0; source < p->opts.sources; source++)
            CHECK_EQ(e->got[source], e->count[source]);
    }
}

static void run_once(gyre_operator_t *op, const plan_t *p)
{
    plan = p;
    expect_all(p);
    flow_drive(op, p);
    check_all_received(p);
    forget_all();
}

static void draw_partitioner(plan_t *p, uint64_t *random)
{
    gyre_operator_opts_t *o = &p->opts;
    static const gyre_partitioner_t partitioners[] = {
        GYRE_PARTITIONER_HASH, GYRE_PARTITIONER_BALANCE, GYRE_PARTITIONER_SOURCE,
        GYRE_PARTITIONER_USER};
    o->partitioner = partitioners[check_below(random, 4)];
    o->partition = o->partitioner == GYRE_PARTITIONER_USER ? partition_by_key : NULL;
    if (o->partitioner == GYRE_PARTITIONER_HASH) {
        p->keys[0] = COLUMN_KEY;
        p->keys[1] = COLUMN_SOURCE;
        o->keys = p->keys;
        o->key_count = 1 + check_below(random, 2);
    }
}

/* With many barriers: that many, between batches of a few rows. */
static void run_kind(gyre_operator_kind_t kind, int plans, uint64_t many_barriers)
{
    uint64_t random = check_share(check_seed());
    for (int i = 0; i < plans; i++) {
        plan_t p;
        flow_draw(&p, &random, kind);
        if (many_barriers) {
            p.barriers = many_barriers;
            p.batches = 3 * many_barriers;
            p.rows_max = 4;
        }
        p.opts.receive = receive;
        p.opts.barrier = barrier;
        p.opts.arg = &expected;
        p.opts.bulk = check_below(&random, 3) == 0;
        if (kind == GYRE_PARTITION && check_below(&random, 2))
            flow_make_plain(&p);
        if (kind == GYRE_PARTITION)
            draw_partitioner(&p, &random);
        flow_runs(&p, &random, run_once);
    }
}

#define CASE(name, kind)                                                                           \
    static void run_##name(void)                                                                   \
    {                                                                                              \
        run_kind(kind, 12, 0);                                                                     \
    }
CASE(pipe, GYRE_PIPE)
CASE(union, GYRE_UNION)
CASE(broadcast, GYRE_BROADCAST)
CASE(gather, GYRE_GATHER)
CASE(allgather, GYRE_ALLGATHER)
CASE(partition, GYRE_PARTITION)

static void run_barriers(void)
{
    run_kind(GYRE_PARTITION, 3, BARRIERS_MAX);
    run_kind(GYRE_PIPE, 2, BARRIERS_MAX);
    run_kind(GYRE_ALLGATHER, 2, BARRIERS_MAX);
}

/* Options that make no operator, with what they are refused with. */
typedef struct wrong {
    gyre_operator_opts_t opts;
    gyre_status_t status;
} wrong_t;

enum { WRONG_MAX = 32 };
static wrong_t wrongs[WRONG_MAX];
static size_t wrong_count;

static gyre_operator_opts_t right_opts(void)
{
    return (gyre_operator_opts_t){.size = sizeof(gyre_operator_opts_t),
                                  .kind = GYRE_PARTITION,
                                  .schema = flow_schema,
                                  .receive = receive,
                                  .arg = &expected};
}

/* One more, right so far but for its kind, to be spoiled. */
static gyre_operator_opts_t *add_wrong(gyre_operator_kind_t kind, gyre_status_t status)
{
    CHECK(wrong_count < WRONG_MAX);
    wrong_t *wrong = &wrongs[wrong_count++];
    *wrong = (wrong_t){right_opts(), status};
    wrong->opts.kind = kind;
    return &wrong->opts;
}

static void add_wrong_basics(void)
{
    add_wrong(GYRE_PARTITION, GYRE_ERR_ARG)->size--;
    add_wrong(GYRE_PARTITION, GYRE_ERR_ARG)->schema = NULL;
    add_wrong(GYRE_PARTITION, GYRE_ERR_ARG)->receive = NULL;
    add_wrong(GYRE_OPERATOR_KINDS, GYRE_ERR_UNKNOWN);
}

static void add_wrong_tasks(void)
{
    static const int no_rank = 1 << 20;
    gyre_operator_opts_t *opts = add_wrong(GYRE_PARTITION, GYRE_ERR_RANK);
    opts->source_ranks = &no_rank;
    opts->sources = 1;
    add_wrong(GYRE_PARTITION, GYRE_ERR_RANGE)->targets = GYRE_TASKS_NONE - 1;
    opts = add_wrong(GYRE_PIPE, GYRE_ERR_ARG);
    opts->sources = 2;
    opts->targets = 3;
    add_wrong(GYRE_GATHER, GYRE_ERR_ARG)->targets = 2;
}

static void set_key(gyre_operator_opts_t *opts, const size_t *key)
{
    opts->keys = key;
    opts->key_count = 1;
}

static void add_wrong_keys(void)
{
    static const size_t no_column = COLUMNS;
    set_key(add_wrong(GYRE_PARTITION, GYRE_ERR_RANGE), &no_column);
    add_wrong(GYRE_PARTITION, GYRE_ERR_ARG)->partitioner = GYRE_PARTITIONER_HASH;
    add_wrong(GYRE_PARTITION, GYRE_ERR_ARG)->partitioner = GYRE_PARTITIONER_USER;
    add_wrong(GYRE_BROADCAST, GYRE_ERR_ARG)->partitioner = GYRE_PARTITIONER_BALANCE;
    add_wrong(GYRE_REDUCE, GYRE_ERR_ARG);
    add_wrong(GYRE_ALLREDUCE, GYRE_ERR_ARG);
    add_wrong(GYRE_PARTITION, GYRE_ERR_ARG)->aggregate_count = 1;
}

static gyre_operator_opts_t *add_wrong_order(gyre_operator_kind_t kind, gyre_status_t status,
                                             const gyre_sort_key_t *order)
{
    gyre_operator_opts_t *opts = add_wrong(kind, status);
    opts->order = order;
    opts->order_count = 1;
    return opts;
}

static void add_wrong_orders(void)
{
    static const size_t key = COLUMN_KEY;
    static const gyre_sort_key_t by_row = {.column = COLUMN_ROW}, by_nothing = {.column = COLUMNS};
    add_wrong_order(GYRE_PARTITION, GYRE_ERR_ARG, &by_row);
    add_wrong(GYRE_PARTITION, GYRE_ERR_ARG)->partitioner = GYRE_PARTITIONER_RANGE;
    add_wrong(GYRE_SORT, GYRE_ERR_ARG);
    add_wrong(GYRE_PARTITION, GYRE_ERR_ARG)->grouped = 1;
    set_key(add_wrong_order(GYRE_GATHER, GYRE_ERR_ARG, &by_row), &key);
    set_key(add_wrong_order(GYRE_GATHER, GYRE_ERR_ARG, NULL), &key);
    add_wrong_order(GYRE_SORT, GYRE_ERR_RANGE, &by_nothing);
    set_key(add_wrong_order(GYRE_SORT, GYRE_ERR_ARG, &by_row), &key);
}

/* What makes no operator is refused by all members alike, and the next one works. */
static void wrong(void)
{
    gyre_operator_opts_t good = right_opts();
    gyre_operator_t *op = NULL;
    wrong_count = 0;
    add_wrong_basics();
    add_wrong_tasks();
    add_wrong_keys();
    add_wrong_orders();
    for (size_t i = 0; i < wrong_count; i++)
        CHECK_IS(gyre_operator_create(check_world, &wrongs[i].opts, &op), wrongs[i].status);
    /* One member alone is wrong, in each way in turn. */
    for (size_t i = 0; i < wrong_count && check_size > 1; i++)
        CHECK_IS(gyre_operator_create(check_world, check_rank ? &good : &wrongs[i].opts, &op),
                 wrongs[i].status);
    good.sources = 3 + (check_rank == 0);
    if (check_size > 1)
        CHECK_IS(gyre_operator_create(check_world, &good, &op), GYRE_ERR_ARG);
    CHECK(op == NULL);
    gyre_operator_destroy(NULL);
    run_kind(GYRE_PARTITION, 1, 0);
}

/* Calls that the state of an operator does not allow. */
static void state(void)
{
    gyre_operator_opts_t opts = {.size = sizeof(opts),
                                 .kind = GYRE_UNION,
                                 .schema = flow_schema,
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
    gyre_operator_counts_t counts;
    CHECK_OK(gyre_operator_count(op, &counts));
    CHECK_EQ(counts.size, sizeof(counts));
    CHECK_EQ(counts.rows_inserted, 0);
    CHECK_EQ(counts.bytes_sent, 0);
    CHECK_EQ(gyre_task_rank(0, 5, 2), 0);
    CHECK_EQ(gyre_task_rank(2, 5, 2), 0);
    CHECK_EQ(gyre_task_rank(3, 5, 2), 1);
    CHECK_EQ(gyre_task_rank(4, 5, 2), 1);
    gyre_operator_destroy(op);
    gyre_batch_release(batch);
    gyre_builder_destroy(bytes);
    gyre_schema_release(other);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {
        {"pipe", run_pipe},
        {"union", run_union},
        {"broadcast", run_broadcast},
        {"gather", run_gather},
        {"allgather", run_allgather},
        {"partition", run_partition},
        {"barriers", run_barriers},
        {"reduce", flow_reduce},
        {"total", flow_total},
        {"sort", flow_sort},
        {"gather by key", flow_gather_by_key},
        {"wrong", wrong},
        {"state", state},
    };
    flow_open();
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 200);
    flow_close();
    return status;
}
