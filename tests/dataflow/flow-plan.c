/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/flow-plan.h"

#include <string.h>

const gyre_schema_t *flow_schema;
uint64_t flow_told[TASKS_MAX];
int64_t flow_marked[TASKS_MAX];
static const gyre_schema_t *plain_schema;
static gyre_builder_t *builder;
static uint64_t refuse_state;
static const plan_t *driven;

void flow_open(void)
{
    static const gyre_field_t fields[COLUMNS] = {
        {.name = "source", .kind = GYRE_KIND_INT32, .required = true},
        {.name = "row", .kind = GYRE_KIND_INT64, .required = true},
        {.name = "key", .kind = GYRE_KIND_INT64},
        {.name = "text", .kind = GYRE_KIND_STRING}};
    CHECK_OK(gyre_schema_create(fields, COLUMNS, &flow_schema));
    CHECK_OK(gyre_schema_create(fields, COLUMN_TEXT, &plain_schema));
}

void flow_close(void)
{
    gyre_builder_destroy(builder);
    gyre_schema_release(flow_schema);
    gyre_schema_release(plain_schema);
}

void flow_draw(plan_t *p, uint64_t *random, gyre_operator_kind_t kind)
{
    gyre_operator_opts_t *o = &p->opts;
    *p = (plan_t){
        .seed = check_random(random), .batches = check_below(random, 12), .batch = flow_batch};
    bool many = check_below(random, 6) == 0;
    p->rows_max = many ? 6000 : check_below(random, 100);
    p->long_text = !many && check_below(random, 3) == 0 ? 700000 : 300;
    p->refusing = check_below(random, 2);
    p->barriers = check_below(random, 2) ? 0 : check_below(random, ROUNDS_MAX);
    if (p->barriers >= p->batches)
        p->barriers = 0;
    p->marks = check_below(random, 2);
    *o = (gyre_operator_opts_t){.size = sizeof(*o),
                                .kind = kind,
                                .schema = flow_schema,
                                .barrier = flow_barrier,
                                .watermark = flow_watermark};
    o->sources = (int)check_below(random, TASKS_MAX + 1);
    o->targets = kind == GYRE_PIPE ? o->sources : (int)check_below(random, TASKS_MAX + 1);
    if (kind == GYRE_GATHER)
        o->targets = o->targets > 0;
    for (int i = 0; i < TASKS_MAX; i++) {
        p->source_ranks[i] = (int)check_below(random, (uint64_t)check_size);
        p->target_ranks[i] = (int)check_below(random, (uint64_t)check_size);
        p->right_ranks[i] = (int)check_below(random, (uint64_t)check_size);
    }
    o->source_ranks = p->source_ranks;
    o->target_ranks = p->target_ranks;
    o->stream = check_below(random, 2);
    refuse_state = p->seed + (uint64_t)check_rank;
}

void flow_make_plain(plan_t *p)
{
    p->plain = true;
    p->opts.schema = plain_schema;
    p->opts.targets = check_size < TASKS_MAX ? check_size : TASKS_MAX;
    for (int i = 0; i < p->opts.targets; i++)
        p->target_ranks[i] = i;
}

size_t flow_text_length(uint64_t key, const plan_t *p)
{
    uint64_t draw = check_mix(key, 5);
    return draw % 1000 == 0 ? p->long_text + draw / 1000 % 100 : draw % 40;
}

uint64_t flow_row_key(const plan_t *p, int source, int64_t row)
{
    return check_mix(check_mix(p->seed, (uint64_t)source), (uint64_t)row);
}

int64_t flow_key_value(uint64_t key)
{
    return key % 2 ? 7 : (int64_t)(key % 1000);
}

static bool is_null(const plan_t *p, uint64_t key, int64_t row)
{
    return key % 11 == 0 && (!p->plain || row / 1000 % 4 == 0);
}

/* The same rows without their texts. */
static const gyre_batch_t *make_plain(const gyre_batch_t *batch)
{
    static const size_t columns[] = {COLUMN_SOURCE, COLUMN_ROW, COLUMN_KEY};
    const gyre_batch_t *plain;
    CHECK_OK(gyre_batch_select(batch, columns, COLUMN_TEXT, &plain));
    gyre_batch_release(batch);
    return plain;
}

const gyre_batch_t *flow_batch(const plan_t *p, int source, int64_t first, size_t count)
{
    static char text[1 << 21];
    const gyre_batch_t *batch;
    if (!builder)
        CHECK_OK(gyre_builder_create_batch(flow_schema, NULL, &builder));
    for (size_t i = 0; i < count; i++) {
        uint64_t key = flow_row_key(p, source, first + (int64_t)i);
        size_t length = flow_text_length(key, p);
        check_fill(text, length, key);
        CHECK_OK(gyre_builder_append_int32(builder->children[COLUMN_SOURCE], source));
        CHECK_OK(gyre_builder_append_int64(builder->children[COLUMN_ROW], first + (int64_t)i));
        if (is_null(p, key, first + (int64_t)i))
            CHECK_OK(gyre_builder_append_null(builder->children[COLUMN_KEY], 1));
        else
            CHECK_OK(gyre_builder_append_int64(builder->children[COLUMN_KEY], flow_key_value(key)));
        CHECK_OK(gyre_builder_append_bytes(builder->children[COLUMN_TEXT], text, length));
    }
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    return p->plain ? make_plain(batch) : batch;
}

void flow_check_row(const plan_t *p, const gyre_batch_t *batch, size_t i, int *source, int64_t *row)
{
    size_t length;
    const gyre_column_t *const *columns = batch->columns;
    *source = ((const int32_t *)columns[COLUMN_SOURCE]->values)[i];
    *row = ((const int64_t *)columns[COLUMN_ROW]->values)[i];
    CHECK(*source >= 0 && *source < p->opts.sources);
    uint64_t key = flow_row_key(p, *source, *row);
    CHECK_EQ(gyre_column_is_null(columns[COLUMN_KEY], i), is_null(p, key, *row));
    if (!is_null(p, key, *row))
        CHECK_EQ(((const int64_t *)columns[COLUMN_KEY]->values)[i], flow_key_value(key));
    if (p->plain)
        return;
    const char *text = gyre_column_bytes(columns[COLUMN_TEXT], i, &length);
    CHECK_EQ(length, flow_text_length(key, p));
    CHECK_CONTENT(text, length, key);
}

size_t flow_batch_rows(const plan_t *p, int source, uint64_t number)
{
    uint64_t draw = check_mix(check_mix(p->seed, 1000 + (uint64_t)source), number);
    return draw % 7 == 0 ? 0 : draw / 7 % (p->rows_max + 1);
}

/* Barrier b comes behind batch (b + 1) * batches / (barriers + 1). */
bool flow_barrier_behind(const plan_t *p, uint64_t batch, uint64_t *id)
{
    for (*id = 0; *id < p->barriers; ++*id)
        if ((*id + 1) * p->batches / (p->barriers + 1) == batch)
            return true;
    return false;
}

uint64_t flow_batches(const plan_t *p, int source)
{
    uint64_t draw = check_mix(check_mix(p->seed, 2000), (uint64_t)source);
    return source == 0 || draw % 4 ? p->batches : draw / 4 % (p->batches + 1);
}

uint64_t flow_rounds(const plan_t *p)
{
    return p->opts.stream ? p->barriers + 1 : 1;
}

void flow_round_rows(const plan_t *p, int source, uint64_t round, int64_t *first, int64_t *end)
{
    uint64_t rounds = flow_rounds(p), b = 0, id;
    *first = *end = 0;
    for (uint64_t at = 0; b < flow_batches(p, source); b++) {
        at += rounds > 1 && flow_barrier_behind(p, b, &id);
        if (at > round)
            break;
        *end += (int64_t)flow_batch_rows(p, source, b);
        *first = at < round ? *end : *first;
    }
}

uint64_t flow_round(const plan_t *p, int target)
{
    return p->opts.stream ? flow_told[target] : 0;
}

static bool keeps(const gyre_operator_opts_t *o)
{
    return o->bulk || o->kind == GYRE_REDUCE || o->kind == GYRE_ALLREDUCE || o->kind == GYRE_SORT ||
           o->kind == GYRE_JOIN || (o->kind == GYRE_GATHER && o->key_count > 0);
}

/* What sources that are at a barrier have said before: the least of all. */
static int64_t mark_at(const plan_t *p, uint64_t barrier)
{
    uint64_t behind = (barrier + 1) * p->batches / (p->barriers + 1);
    int64_t least = INT64_MAX;
    if (!p->marks || behind == 0 || (keeps(&p->opts) && !p->opts.stream))
        return INT64_MIN;
    for (int source = 0; source < p->opts.sources + p->opts.right_sources; source++) {
        int64_t rows = 0;
        for (uint64_t b = 0; b < behind; b++)
            rows += (int64_t)flow_batch_rows(p, source, b);
        if (flow_batches(p, source) > behind && rows < least)
            least = rows;
    }
    return least;
}

gyre_status_t flow_watermark(void *arg, int target, int64_t time)
{
    CHECK(arg == driven->opts.arg);
    CHECK_EQ(driven->target_ranks[target], check_rank);
    if (flow_refuses(driven))
        return GYRE_IN_PROGRESS;
    CHECK(time > flow_marked[target]);
    flow_marked[target] = time;
    return GYRE_OK;
}

gyre_status_t flow_barrier(void *arg, int target, uint64_t id)
{
    CHECK(arg == driven->opts.arg);
    CHECK_EQ(driven->target_ranks[target], check_rank);
    if (flow_refuses(driven))
        return GYRE_IN_PROGRESS;
    CHECK_EQ(id, 100 + flow_told[target]);
    CHECK_EQ(flow_marked[target], mark_at(driven, flow_told[target]));
    flow_told[target]++;
    return GYRE_OK;
}

bool flow_refuses(const plan_t *p)
{
    return p->refusing && check_below(&refuse_state, 3) == 0;
}

typedef struct progress {
    uint64_t batch;
    int64_t row;
    bool mark_due, barrier_given, finished;
} progress_t;

/* False: refused, or nothing left. */
static bool advance(gyre_operator_t *op, const plan_t *p, int source, progress_t *at)
{
    uint64_t id;
    gyre_status_t status;
    if (at->finished)
        return false;
    if (at->mark_due) {
        status = gyre_operator_watermark(op, source, at->row);
        CHECK(status == GYRE_OK || status == GYRE_IN_PROGRESS);
        at->mark_due = status == GYRE_IN_PROGRESS;
        return status == GYRE_OK;
    }
    if (at->batch == flow_batches(p, source)) {
        CHECK_OK(gyre_operator_finish(op, source));
        CHECK_IS(gyre_operator_finish(op, source), GYRE_ERR_STATE);
        at->finished = true;
        return true;
    }
    if (!at->barrier_given && flow_barrier_behind(p, at->batch, &id)) {
        status = gyre_operator_barrier(op, source, 100 + id);
        at->barrier_given = status == GYRE_OK;
    } else {
        size_t count = flow_batch_rows(p, source, at->batch);
        const gyre_batch_t *batch = p->batch(p, source, at->row, count);
        status = gyre_operator_insert(op, source, batch);
        gyre_batch_release(batch);
        if (status == GYRE_OK) {
            at->row += (int64_t)count;
            at->batch++;
            at->barrier_given = false;
            at->mark_due = p->marks;
        }
    }
    CHECK(status == GYRE_OK || status == GYRE_IN_PROGRESS);
    return status == GYRE_OK;
}

/* Those of the right side of a join come behind those of the left. */
static int rank_of(const plan_t *p, int source)
{
    return source < p->opts.sources ? p->source_ranks[source]
                                    : p->right_ranks[source - p->opts.sources];
}

void flow_drive(gyre_operator_t *op, const plan_t *p)
{
    progress_t at[2 * TASKS_MAX] = {0};
    gyre_status_t status = GYRE_IN_PROGRESS;
    int sources = p->opts.sources + p->opts.right_sources;
    driven = p;
    memset(flow_told, 0, sizeof(flow_told));
    for (int target = 0; target < TASKS_MAX; target++)
        flow_marked[target] = INT64_MIN;
    while (status == GYRE_IN_PROGRESS) {
        bool moved = false;
        for (int source = 0; source < sources; source++)
            if (rank_of(p, source) == check_rank)
                moved |= advance(op, p, source, &at[source]);
        status = moved ? gyre_operator_progress(op) : gyre_operator_step(op);
    }
    CHECK_OK(status);
    uint64_t barriers = sources > 0 ? p->barriers : 0;
    for (int target = 0; target < p->opts.targets; target++)
        CHECK_EQ(flow_told[target], p->target_ranks[target] == check_rank ? barriers : 0);
}

/* In a plan 0 tasks are none. */
static gyre_operator_opts_t make_opts(const plan_t *p)
{
    gyre_operator_opts_t opts = p->opts;
    opts.sources = opts.sources ? opts.sources : GYRE_TASKS_NONE;
    opts.targets = opts.targets ? opts.targets : GYRE_TASKS_NONE;
    if (opts.kind == GYRE_JOIN && !opts.right_sources)
        opts.right_sources = GYRE_TASKS_NONE;
    return opts;
}

void flow_runs(plan_t *p, uint64_t *random, void (*once)(gyre_operator_t *, const plan_t *))
{
    gyre_operator_opts_t opts = make_opts(p);
    gyre_operator_t *op;
    CHECK_OK(gyre_operator_create(check_world, &opts, &op));
    once(op, p);
    while (check_below(random, 2)) {
        CHECK_OK(gyre_operator_reset(op));
        p->seed = check_random(random);
        once(op, p);
    }
    gyre_operator_destroy(op);
}

const gyre_aggregate_t flow_aggregates[FLOW_AGGREGATES] = {
    {.fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "rows"},
    {.fold = GYRE_FOLD_SUM, .column = COLUMN_ROW, .name = "sum"},
    {.fold = GYRE_FOLD_MIN, .column = COLUMN_ROW, .name = "least"},
    {.fold = GYRE_FOLD_MAX, .column = COLUMN_ROW, .name = "most"},
    {.fold = GYRE_FOLD_MEAN, .column = COLUMN_ROW, .name = "mean"}};
