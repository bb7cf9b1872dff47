/* SPDX-License-Identifier: Apache-2.0 */
/* One iteration is a whole run of an operator: all sources insert their rows and finish, until it
 * is complete on all workers. Targets count what they get and do not look at it, but where it is
 * checked. */
#include "flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const gyre_sort_key_t by_key = {.column = 0};

typedef struct source {
    int task;
    bool right; /* of a join */
    gyre__bench_rows_t rows;
    size_t next; /* batch */
} source_t;

/* Sums over rows, the same in whatever order they come. */
typedef struct tally {
    uint64_t rows, sum;
} tally_t;

typedef struct flow {
    const gyre_schema_t *schema;
    gyre_operator_t *op;
    source_t *sources;
    int source_count;           /* of this worker */
    uint64_t rows, bytes, runs; /* that they insert; iterations so far */
    size_t columns[2];          /* of what is received, that are those of the rows */
    tally_t inserted, received; /* in iterations that are checked */
    bool looking;               /* at what is received */
} flow_t;

/* --- Checks --- */

static uint64_t sum_of_values(const gyre_batch_t *batch)
{
    const gyre_column_t *column = batch->columns[1];
    const uint64_t *values = column->values;
    uint64_t sum = 0;
    for (size_t i = 0; i < batch->length; i++)
        sum += values[i];
    return sum;
}

/* Of what the operator leaves as it is: whole rows, or the sum of all values. */
static gyre_status_t count(const gyre__bench_t *bench, const gyre_batch_t *batch,
                           const size_t *columns, tally_t *tally)
{
    if (bench->opts.op->flow->keyed) {
        tally->sum += sum_of_values(batch);
        return GYRE_OK;
    }
    uint64_t *hashes = malloc((batch->length + 1) * sizeof(*hashes));
    gyre_status_t status = hashes ? gyre_batch_hash(batch, columns, 2, hashes) : GYRE_ERR_NO_MEMORY;
    for (size_t i = 0; status == GYRE_OK && i < batch->length; i++)
        tally->sum += hashes[i];
    tally->rows += batch->length;
    free(hashes);
    return status;
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    gyre__bench_t *bench = arg;
    flow_t *flow = bench->state;
    (void)target;
    (void)source;
    return batch && flow->looking ? count(bench, batch, flow->columns, &flow->received) : GYRE_OK;
}

/* Looks at the order within each batch. */
static gyre_status_t receive_sorted(void *arg, int target, int source, const gyre_batch_t *batch)
{
    gyre__bench_t *bench = arg;
    const flow_t *flow = bench->state;
    for (size_t i = 1; batch && flow->looking && i < batch->length; i++)
        bench->wrong += gyre_batch_compare(batch, i - 1, batch, i, &by_key, 1) > 0;
    return receive(arg, target, source, batch);
}

/* Each row of a join's left side finds one of the right: so it is the left that comes out. */
static void check(gyre__bench_t *bench)
{
    static const size_t columns[] = {0, 1};
    flow_t *flow = bench->state;
    for (int i = 0; i < flow->source_count; i++)
        for (size_t k = 0; k < flow->sources[i].rows.count && !flow->sources[i].right; k++)
            count(bench, flow->sources[i].rows.batches[k], columns, &flow->inserted);
}

/* At rank 0, of all. */
static int compare(gyre__bench_t *bench)
{
    flow_t *flow = bench->state;
    tally_t mine[2] = {flow->inserted, flow->received}, all[2] = {{0}};
    tally_t(*each)[2] = calloc((size_t)bench->size, sizeof(*each));
    int status = each ? bench->side->gather(bench, mine, sizeof(mine), each) : GYRE_ERR_NO_MEMORY;
    for (int rank = 0; !status && rank < bench->size; rank++)
        for (int i = 0; i < 2; i++) {
            all[i].rows += each[rank][i].rows;
            all[i].sum += each[rank][i].sum;
        }
    free(each);
    if (status || !memcmp(&all[0], &all[1], sizeof(all[0])))
        return status;
    bench->wrong++;
    fprintf(stderr, "%s %s: %zu rows a source: what targets received is not what was inserted\n",
            bench->side->program, bench->opts.op->name, bench->length);
    return GYRE_OK;
}

/* --- Cells --- */

/* The most memory that this process had since it was asked to forget. */
static uint64_t peak_of_process(void)
{
    unsigned long kilobytes = 0;
    char line[128];
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "VmHWM: %lu", &kilobytes) == 1)
            break;
    if (file)
        fclose(file);
    return (uint64_t)kilobytes * 1024;
}

static void forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file)
        return;
    fputs("5", file);
    fclose(file);
}

static int tasks(const gyre__bench_t *bench, int given)
{
    return given ? given : bench->size;
}

static gyre_status_t make_source(gyre__bench_t *bench, int task, int sources)
{
    flow_t *flow = bench->state;
    source_t *source = &flow->sources[flow->source_count++];
    source->task = task;
    source->right = task >= sources;
    gyre_status_t status =
        source->right
            ? gyre__bench_rows_of_keys(&bench->opts, flow->schema, task - sources, sources,
                                       &source->rows)
            : gyre__bench_rows_make(&bench->opts, flow->schema, task, bench->length, &source->rows);
    for (size_t i = 0; i < source->rows.count; i++) {
        flow->rows += source->rows.batches[i]->length;
        flow->bytes += gyre_batch_bytes(source->rows.batches[i]);
    }
    return status;
}

/* Those of a join's right side lie on the workers where the left's do. */
static gyre_status_t make_sources(gyre__bench_t *bench, int sides)
{
    flow_t *flow = bench->state;
    int sources = tasks(bench, bench->opts.sources);
    gyre_status_t status = GYRE_OK;
    flow->sources = calloc((size_t)sources * (size_t)sides, sizeof(*flow->sources));
    if (!flow->sources)
        return GYRE_ERR_NO_MEMORY;
    for (int side = 0; side < sides; side++)
        for (int i = bench->rank; i < sources && status == GYRE_OK; i += bench->size)
            status = make_source(bench, side * sources + i, sources);
    return status;
}

static int begin(gyre__bench_t *bench, const gyre_operator_opts_t *usual)
{
    static const size_t key = 0;
    gyre_operator_opts_t opts = *usual;
    flow_t *flow = calloc(1, sizeof(*flow));
    if (!flow)
        return GYRE_ERR_NO_MEMORY;
    bool join = opts.kind == GYRE_JOIN;
    bench->state = flow;
    flow->columns[0] = join ? 2 : 0; /* the right's key, which equals the left's */
    flow->columns[1] = 1;
    gyre_status_t status = gyre__bench_rows_schema(&bench->opts, &flow->schema);
    if (status == GYRE_OK)
        status = make_sources(bench, join ? 2 : 1);
    if (status != GYRE_OK)
        return status;
    forget_peak();
    opts.size = sizeof(opts);
    opts.schema = flow->schema;
    opts.sources = tasks(bench, bench->opts.sources);
    opts.targets = tasks(bench, bench->opts.targets);
    if (join) {
        opts.right = flow->schema;
        opts.right_sources = opts.sources;
        opts.right_keys = &key;
    }
    if (opts.kind != GYRE_SORT) {
        opts.keys = &key;
        opts.key_count = 1;
    }
    opts.receive = opts.kind == GYRE_SORT ? receive_sorted : receive;
    opts.arg = bench;
    return gyre_operator_create(gyre__bench_world, &opts, &flow->op);
}

static int partition_begin(gyre__bench_t *bench)
{
    return begin(bench, &(gyre_operator_opts_t){.kind = GYRE_PARTITION});
}

static int reduce_begin(gyre__bench_t *bench)
{
    static const gyre_aggregate_t sum = {.fold = GYRE_FOLD_SUM, .column = 1};
    return begin(bench, &(gyre_operator_opts_t){
                            .kind = GYRE_REDUCE, .aggregates = &sum, .aggregate_count = 1});
}

static int join_begin(gyre__bench_t *bench)
{
    return begin(bench, &(gyre_operator_opts_t){.kind = GYRE_JOIN});
}

static int sort_begin(gyre__bench_t *bench)
{
    return begin(bench,
                 &(gyre_operator_opts_t){.kind = GYRE_SORT, .order = &by_key, .order_count = 1});
}

static int end(gyre__bench_t *bench, gyre__bench_load_t *load)
{
    flow_t *flow = bench->state;
    gyre_operator_counts_t counts;
    int status = gyre_operator_count(flow->op, &counts);
    if (!status)
        status = compare(bench);
    if (!status)
        *load = (gyre__bench_load_t){.rows = flow->rows,
                                     .bytes = flow->bytes,
                                     .peak = peak_of_process(),
                                     .held = counts.memory_peak,
                                     .spilled = counts.bytes_spilled,
                                     .runs = flow->runs};
    gyre_operator_destroy(flow->op);
    for (int i = 0; i < flow->source_count; i++)
        gyre__bench_rows_free(&flow->sources[i].rows);
    gyre_schema_release(flow->schema);
    free(flow->sources);
    free(flow);
    return status;
}

/* --- Iterations --- */

/* A batch of each source; *left: sources that have more. GYRE_IN_PROGRESS: one was refused. */
static gyre_status_t insert_some(flow_t *flow, int *left)
{
    gyre_status_t result = GYRE_OK;
    *left = 0;
    for (int i = 0; i < flow->source_count && result >= 0; i++) {
        source_t *source = &flow->sources[i];
        if (source->next > source->rows.count)
            continue;
        gyre_status_t status =
            source->next < source->rows.count
                ? gyre_operator_insert(flow->op, source->task, source->rows.batches[source->next])
                : gyre_operator_finish(flow->op, source->task);
        source->next += status == GYRE_OK;
        *left += source->next <= source->rows.count;
        result = status == GYRE_OK ? result : status;
    }
    return result;
}

static int once(gyre__bench_t *bench)
{
    flow_t *flow = bench->state;
    gyre_status_t status = GYRE_OK;
    flow->looking = bench->stride > 0;
    flow->runs++;
    for (int i = 0; i < flow->source_count; i++)
        flow->sources[i].next = 0;
    for (int left = 1; left > 0 && status >= 0;) {
        status = insert_some(flow, &left);
        if (status == GYRE_IN_PROGRESS)
            status = gyre_operator_step(flow->op);
    }
    if (status >= 0)
        status = gyre_operator_wait(flow->op);
    return status == GYRE_OK ? gyre_operator_reset(flow->op) : status;
}

#define FLOW(id, flow_, title_, text)                                                              \
    const gyre__bench_op_t gyre__bench_##id = {.name = #id,                                        \
                                               .title = title_,                                    \
                                               .help = text,                                       \
                                               .metric = GYRE__BENCH_RECORDS,                      \
                                               .legs = 1,                                          \
                                               .min = 1 << 20,                                     \
                                               .max = 1 << 20,                                     \
                                               .least = 1,                                         \
                                               .most = SIZE_MAX,                                   \
                                               .iterations = 10,                                   \
                                               .warmup = 2,                                        \
                                               .flow = &(flow_),                                   \
                                               .once = once}

static const gyre__bench_flow_t partition = {.begin = partition_begin, .check = check, .end = end};
static const gyre__bench_flow_t join = {.begin = join_begin, .check = check, .end = end};
static const gyre__bench_flow_t sort = {.begin = sort_begin, .check = check, .end = end};
static const gyre__bench_flow_t reduce = {
    .keyed = true, .begin = reduce_begin, .check = check, .end = end};

FLOW(partition, partition, "Partition", "each row to the target that its key's hash names");
FLOW(keyed_reduce, reduce, "Keyed Reduce", "sums of the values of equal keys");
FLOW(join, join, "Join", "rows with those of a second side, which has each key once");
FLOW(sort, sort, "Sort", "rows in the order of their keys, over all targets");
