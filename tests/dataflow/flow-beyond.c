/* SPDX-License-Identifier: Apache-2.0 */
/* Reduce beyond GYRE_MEMORY: many keys, one of which has half of the rows, as numbers and as
 * strings. What every key has to get is known everywhere. */
#include "dataflow/flow-plan.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_ROWS = 3000, KEY_LENGTH = 24 };

typedef struct beyond {
    bool strings;
    bool distinct; /* hardly two rows have the same key; else half of them have one */
    int targets;   /* one, or one on each worker */
    int64_t keys;
    int batches; /* of a source */
    uint64_t seed;
    int64_t *counts, *sums; /* by key */
    uint64_t expected;      /* keys of which there are rows */
    uint64_t received;      /* by this worker */
    int ends;               /* that its targets were told */
} beyond_t;

static const gyre_aggregate_t aggregates[] = {
    {.fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "rows"},
    {.fold = GYRE_FOLD_SUM, .column = 1, .name = "sum"}};

static int64_t key_of(const beyond_t *b, int source, int64_t row)
{
    uint64_t draw = check_mix(check_mix(b->seed, (uint64_t)source), (uint64_t)row);
    return draw % 2 && !b->distinct ? 0 : (int64_t)(draw / 2 % (uint64_t)b->keys);
}

static void expect(beyond_t *b)
{
    memset(b->counts, 0, (size_t)b->keys * sizeof(*b->counts));
    memset(b->sums, 0, (size_t)b->keys * sizeof(*b->sums));
    for (int source = 0; source < check_size; source++)
        for (int64_t row = 0; row < (int64_t)b->batches * BATCH_ROWS; row++) {
            b->counts[key_of(b, source, row)]++;
            b->sums[key_of(b, source, row)] += row;
        }
    b->expected = 0;
    for (int64_t key = 0; key < b->keys; key++)
        b->expected += b->counts[key] != 0;
}

static const gyre_batch_t *make_batch(const beyond_t *b, gyre_builder_t *builder, int64_t first)
{
    const gyre_batch_t *batch;
    for (int64_t row = first; row < first + BATCH_ROWS; row++) {
        char text[KEY_LENGTH + 1];
        int64_t key = key_of(b, check_rank, row);
        if (b->strings)
            CHECK_OK(gyre_builder_append_bytes(
                builder->children[0], text,
                (size_t)snprintf(text, sizeof(text), "key %0*d", (int)(key % 16), (int)key)));
        else
            CHECK_OK(gyre_builder_append_int64(builder->children[0], key));
        CHECK_OK(gyre_builder_append_int64(builder->children[1], row));
    }
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    return batch;
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    beyond_t *b = arg;
    (void)target;
    CHECK_EQ(source, -1);
    b->ends += !batch;
    for (size_t i = 0; batch && i < batch->length; i++) {
        size_t length;
        int64_t key;
        if (b->strings) {
            const char *text = gyre_column_bytes(batch->columns[0], i, &length);
            CHECK(length > 4 && !memcmp(text, "key ", 4));
            for (key = 0; length > 4; length--)
                key = key * 10 + *(text++ + 4) - '0';
        } else {
            key = ((const int64_t *)batch->columns[0]->values)[i];
        }
        CHECK(key >= 0 && key < b->keys);
        CHECK_EQ(((const int64_t *)batch->columns[1]->values)[i], b->counts[key]);
        CHECK_EQ(((const int64_t *)batch->columns[2]->values)[i], b->sums[key]);
        CHECK(b->counts[key] != 0);
        b->counts[key] = 0; /* not twice */
        b->received++;
    }
    return GYRE_OK;
}

/* --- Runs --- */

static const gyre_schema_t *make_schema(const beyond_t *b)
{
    const gyre_field_t fields[] = {
        {.name = "key", .kind = b->strings ? GYRE_KIND_STRING : GYRE_KIND_INT64, .required = true},
        {.name = "row", .kind = GYRE_KIND_INT64, .required = true}};
    const gyre_schema_t *schema;
    CHECK_OK(gyre_schema_create(fields, 2, &schema));
    return schema;
}

static gyre_operator_t *make_operator(beyond_t *b, const gyre_schema_t *schema)
{
    static const size_t key = 0;
    const gyre_operator_opts_t opts = {.size = sizeof(opts),
                                       .kind = GYRE_REDUCE,
                                       .schema = schema,
                                       .targets = b->targets,
                                       .keys = &key,
                                       .key_count = 1,
                                       .aggregates = aggregates,
                                       .aggregate_count = 2,
                                       .receive = receive,
                                       .arg = b};
    gyre_operator_t *op;
    CHECK_OK(gyre_operator_create(check_world, &opts, &op));
    b->counts = malloc((size_t)b->keys * sizeof(*b->counts));
    b->sums = malloc((size_t)b->keys * sizeof(*b->sums));
    return op;
}

static void insert(gyre_operator_t *op, const gyre_batch_t *batch)
{
    gyre_status_t status;
    while ((status = gyre_operator_insert(op, check_rank, batch)) == GYRE_IN_PROGRESS)
        CHECK(gyre_operator_step(op) >= 0);
    CHECK_OK(status);
}

static void run_once(gyre_operator_t *op, const gyre_schema_t *schema, beyond_t *b)
{
    gyre_builder_t *builder;
    b->ends = 0;
    b->received = 0;
    expect(b);
    CHECK_OK(gyre_builder_create_batch(schema, NULL, &builder));
    for (int i = 0; i < b->batches; i++) {
        const gyre_batch_t *batch = make_batch(b, builder, (int64_t)i * BATCH_ROWS);
        insert(op, batch);
        gyre_batch_release(batch);
    }
    gyre_builder_destroy(builder);
    CHECK_OK(gyre_operator_finish(op, check_rank));
    CHECK_OK(gyre_operator_wait(op));
    CHECK_EQ(b->ends, check_rank < b->targets);
    CHECK_EQ(check_sum(b->received), b->expected);
}

/* Of the environment, in the form in which tests give it: 1m; 0: none is given. */
static size_t mebibytes(const char *name)
{
    const char *text = getenv(name);
    return text ? (size_t)strtoull(text, NULL, 10) << 20 : 0;
}

/* deep: some buckets are dealt out again. */
static void check_counts(const gyre_operator_t *op, bool deep)
{
    enum { PAGE = 64 << 10, GRANTED = 8 /* pages: of the channel, the combiner, the target */ };
    size_t memory = mebibytes("GYRE_MEMORY");
    gyre_operator_counts_t counts;
    CHECK_OK(gyre_operator_count(op, &counts));
    uint64_t received = check_sum(counts.rows_received), spilled = check_sum(counts.rows_spilled);
    CHECK(memory ? spilled > (deep ? received : 0) : spilled == 0);
    CHECK_EQ(counts.bytes_spilled > 0, counts.rows_spilled > 0);
    if (memory)
        CHECK(counts.memory_peak <= memory + (size_t)GRANTED * PAGE);
}

static void run(beyond_t b)
{
    b.seed = check_share(check_seed());
    const gyre_schema_t *schema = make_schema(&b);
    gyre_operator_t *op = make_operator(&b, schema);
    for (int i = 0; i < 3; i++) {
        run_once(op, schema, &b);
        b.seed++;
        CHECK_OK(gyre_operator_reset(op));
    }
    check_counts(op, b.targets == 1);
    gyre_operator_destroy(op);
    gyre_schema_release(schema);
    free(b.counts);
    free(b.sums);
}

static void numbers(void)
{
    run((beyond_t){.targets = check_size, .keys = 100000, .batches = 40});
}

static void strings(void)
{
    run((beyond_t){.strings = true, .targets = check_size, .keys = 100000, .batches = 40});
}

/* Sources find that aggregating gains nothing, and go on without. */
static void distinct(void)
{
    run((beyond_t){.distinct = true, .targets = check_size, .keys = 2000000, .batches = 60});
}

/* What one target gets is dealt out by several levels. */
static void deep(void)
{
    run((beyond_t){.targets = 1, .keys = 1000000, .batches = 100});
}

/* --- Many runs --- */

static int open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    CHECK(dir != NULL);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* Neither memory nor files grow once it has been used some times. */
static void again(void)
{
    enum { FIRST = 20, RUNS = 100, SLACK = 256 << 10 };
    beyond_t b = {.strings = true,
                  .targets = check_size,
                  .keys = 20000,
                  .batches = 4,
                  .seed = check_share(check_seed())};
    const gyre_schema_t *schema = make_schema(&b);
    gyre_operator_t *op = make_operator(&b, schema);
    size_t bytes = 0;
    int files = 0;
    for (int i = 0; i < RUNS; i++) {
        run_once(op, schema, &b);
        CHECK_OK(gyre_operator_reset(op));
        struct mallinfo2 info = mallinfo2();
        if (i == FIRST) {
            bytes = info.uordblks + info.hblkhd;
            files = open_files();
        }
        if (i > FIRST) {
            CHECK(info.uordblks + info.hblkhd <= bytes + SLACK);
            CHECK_EQ(open_files(), files);
        }
    }
    gyre_operator_destroy(op);
    gyre_schema_release(schema);
    free(b.counts);
    free(b.sums);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {
        {"numbers", numbers}, {"strings", strings}, {"distinct", distinct},
        {"deep", deep},       {"again", again},
    };
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 200);
}
