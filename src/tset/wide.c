/* SPDX-License-Identifier: Apache-2.0 */
/* Sets whose rows come from parts of others through operators. */
#include "base/error.h"
#include "tset/set.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- Any operator --- */

static gyre_status_t copy_aggregates(gyre_operator_opts_t *flow)
{
    gyre_aggregate_t *aggregates;
    void *copy = NULL;
    size_t count = flow->aggregate_count;
    flow->aggregate_count = 0;
    gyre_status_t status = gyre__set_copy(flow->aggregates, count, sizeof(*aggregates), &copy);
    flow->aggregates = aggregates = copy;
    for (size_t i = 0; i < count && status == GYRE_OK; i++) {
        if (aggregates[i].name && !(aggregates[i].name = strdup(aggregates[i].name)))
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a name");
        flow->aggregate_count++;
    }
    return status;
}

/* What it points to becomes the edge's own, or, after an error, nothing. */
static gyre_status_t take_flow(gyre__set_edge_t *edge, const gyre_operator_opts_t *opts)
{
    gyre_operator_opts_t *flow = &edge->flow;
    void *keys = NULL, *right = NULL, *order = NULL;
    *flow = *opts;
    gyre_status_t status = gyre__set_copy(opts->keys, opts->key_count, sizeof(size_t), &keys);
    if (status == GYRE_OK && opts->right_keys)
        status = gyre__set_copy(opts->right_keys, opts->key_count, sizeof(size_t), &right);
    if (status == GYRE_OK)
        status = gyre__set_copy(opts->order, opts->order_count, sizeof(gyre_sort_key_t), &order);
    flow->keys = keys;
    flow->right_keys = right;
    flow->order = order;
    if (status == GYRE_OK)
        return copy_aggregates(flow);
    flow->aggregates = NULL;
    flow->aggregate_count = 0;
    return status;
}

static gyre_status_t add_edges(gyre_tset_t *set, const gyre_operator_opts_t *flow)
{
    bool joins = flow->kind == GYRE_JOIN;
    size_t count = joins ? 1 : set->parent_count;
    set->edges = calloc(count, sizeof(*set->edges));
    if (!set->edges)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu operators", count);
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < count && status == GYRE_OK; i++) {
        gyre__set_edge_t *edge = &set->edges[set->edge_count++];
        edge->parent = i;
        edge->right = joins;
        status = take_flow(edge, flow);
        edge->flow.size = sizeof(edge->flow);
        edge->flow.schema = set->parents[i]->schema;
        edge->flow.right = joins ? set->parents[1]->schema : NULL;
    }
    return status;
}

gyre_tset_t *gyre__set_wide(gyre_tset_t *const *parents, size_t count, const char *what,
                            const gyre_operator_opts_t *flow, int parallelism)
{
    gyre_tset_t *set = gyre__set_create(NULL, GYRE__SET_WIDE, what, parents, count);
    if (set->poisoned)
        return set;
    gyre_status_t status = gyre__set_spread(set, parallelism, set->parallelism);
    return gyre__set_end(set, status == GYRE_OK ? add_edges(set, flow) : status);
}

/* The same, with the parents' keys. */
static gyre_tset_t *keeping(gyre_tset_t *set)
{
    return set->poisoned ? set : gyre__set_end(set, gyre__set_keep_keys(set, set->parents[0]));
}

/* --- Part to part --- */

gyre_tset_t *gyre_tset_direct(gyre_tset_t *set)
{
    const gyre_operator_opts_t flow = {.kind = GYRE_PIPE, .bulk = 1};
    return keeping(gyre__set_wide(&set, 1, "direct", &flow, 0));
}

gyre_tset_t *gyre_tset_pipe(gyre_tset_t *set)
{
    const gyre_operator_opts_t flow = {.kind = GYRE_PIPE};
    return keeping(gyre__set_wide(&set, 1, "pipe", &flow, 0));
}

gyre_tset_t *gyre_tset_union(gyre_tset_t *const *sets, size_t count)
{
    const gyre_operator_opts_t flow = {.kind = GYRE_PIPE};
    gyre_tset_t *made = gyre__set_wide(sets, sets ? count : 0, "union", &flow, 0);
    for (size_t i = 0; i < count && !made->poisoned; i++) {
        if (sets[i]->parallelism != made->parallelism)
            return gyre__set_end(made, gyre__error(GYRE_ERR_ARG,
                                                   "\"%s\" has %d parts and \"%s\" %d, expected "
                                                   "as many",
                                                   sets[0]->name, sets[0]->parallelism,
                                                   sets[i]->name, sets[i]->parallelism));
        if (!gyre_schema_equal(sets[i]->schema, made->schema))
            return gyre__set_end(made, gyre__error(GYRE_ERR_ARG,
                                                   "\"%s\" and \"%s\" differ in their columns",
                                                   sets[0]->name, sets[i]->name));
    }
    return keeping(made);
}

/* --- All to all --- */

gyre_tset_t *gyre_tset_partition(gyre_tset_t *set, gyre_partition_fn partition, void *arg,
                                 int parallelism)
{
    const gyre_operator_opts_t flow = {.kind = GYRE_PARTITION,
                                       .partitioner = partition ? GYRE_PARTITIONER_USER
                                                                : GYRE_PARTITIONER_BALANCE,
                                       .partition = partition,
                                       .arg = arg};
    return keeping(gyre__set_wide(&set, 1, "partition", &flow, parallelism));
}

gyre_tset_t *gyre_tset_gather(gyre_tset_t *set)
{
    const gyre_operator_opts_t flow = {.kind = GYRE_GATHER};
    return gyre__set_wide(&set, 1, "gather", &flow, 1);
}

gyre_tset_t *gyre_tset_allgather(gyre_tset_t *set)
{
    const gyre_operator_opts_t flow = {.kind = GYRE_ALLGATHER};
    return gyre__set_wide(&set, 1, "allgather", &flow, 0);
}

gyre_tset_t *gyre_tset_replicate(gyre_tset_t *set, int parallelism)
{
    const gyre_operator_opts_t flow = {.kind = GYRE_BROADCAST};
    gyre_tset_t *made = gyre__set_wide(&set, 1, "replicate", &flow, parallelism);
    if (made->poisoned || set->parallelism == 1)
        return made;
    return gyre__set_end(made,
                         gyre__error(GYRE_ERR_ARG, "\"%s\" has %d parts, expected one to replicate",
                                     set->name, set->parallelism));
}

static gyre_status_t check_order(const gyre_schema_t *schema, const gyre_sort_key_t *order,
                                 size_t count)
{
    if (!order || !count)
        return gyre__error(GYRE_ERR_ARG, "a sort without an order");
    for (size_t i = 0; i < count; i++)
        if (order[i].column >= schema->field_count)
            return gyre__error(GYRE_ERR_RANGE, "order by column %zu, of %zu columns",
                               order[i].column, schema->field_count);
    return GYRE_OK;
}

gyre_tset_t *gyre_tset_sort(gyre_tset_t *set, const gyre_sort_key_t *order, size_t count,
                            int parallelism)
{
    const gyre_operator_opts_t flow = {
        .kind = GYRE_SORT, .order = order, .order_count = order ? count : 0};
    gyre_tset_t *made = gyre__set_wide(&set, 1, "sort", &flow, parallelism);
    return made->poisoned ? made : gyre__set_end(made, check_order(made->schema, order, count));
}

/* --- The numbers of rows --- */

typedef struct zip {
    int known; /* parts whose count has come */
    int64_t next;
    const gyre_batch_t *waiting; /* came before all counts */
} zip_t;

static gyre_status_t zip_open(gyre_partition_t *part)
{
    part->state = calloc(1, sizeof(zip_t));
    return part->state ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for numbers of rows");
}

static gyre_status_t zip_begin(gyre_partition_t *part)
{
    zip_t *zip = part->state;
    zip->known = 0;
    zip->next = 0;
    return GYRE_OK;
}

static void zip_close(gyre_partition_t *part)
{
    zip_t *zip = part->state;
    if (!zip)
        return;
    gyre_batch_release(zip->waiting);
    free(zip);
}

static gyre_status_t number(gyre_partition_t *part, const gyre_batch_t *batch,
                            const gyre_batch_t **out)
{
    zip_t *zip = part->state;
    size_t count = batch->length, width = batch->schema->field_count;
    gyre_builder_t *builder = NULL;
    const gyre_column_t *index = NULL, **columns = malloc((width + 1) * sizeof(*columns));
    void *values = NULL;
    gyre_status_t status = columns ? gyre_builder_create(&part->out->fields[0], NULL, &builder)
                                   : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for columns");
    if (status == GYRE_OK)
        status = gyre_builder_extend(builder, count, &values);
    for (size_t i = 0; i < count && status == GYRE_OK; i++)
        ((int64_t *)values)[i] = zip->next++;
    if (status == GYRE_OK)
        status = gyre_builder_finish(builder, &index);
    if (status == GYRE_OK) {
        columns[0] = index;
        memcpy(columns + 1, batch->columns, width * sizeof(*columns));
        status = gyre_batch_create(part->out, count, columns, out);
    }
    gyre_column_release(index);
    gyre_builder_destroy(builder);
    free(columns);
    return status;
}

/* A pipe that keeps all rows gives them when its sources have finished, which is when the last of
 * their counts is under way: what comes before that waits here. */
static gyre_status_t zip_arrive(gyre_partition_t *part, int edge, int source,
                                const gyre_batch_t *batch, const gyre_batch_t **out)
{
    zip_t *zip = part->state;
    *out = NULL;
    if (edge == 0 && zip->known == part->parallelism)
        return number(part, batch, out);
    if (edge == 0) {
        const gyre_batch_t *both[2] = {zip->waiting, batch};
        size_t first = zip->waiting ? 0 : 1;
        gyre_status_t status = gyre_batch_concatenate(both + first, 2 - first, NULL, out);
        gyre_batch_release(zip->waiting);
        zip->waiting = *out;
        *out = NULL;
        return status;
    }
    if (source < part->index)
        zip->next += ((const int64_t *)batch->columns[0]->values)[0];
    if (++zip->known < part->parallelism || !zip->waiting)
        return GYRE_OK;
    gyre_status_t status = number(part, zip->waiting, out);
    gyre_batch_release(zip->waiting);
    zip->waiting = NULL;
    return status;
}

static gyre_status_t zip_schema(const gyre_schema_t *from, const gyre_schema_t **schema)
{
    gyre_field_t *fields = malloc((from->field_count + 1) * sizeof(*fields));
    if (!fields)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu fields", from->field_count + 1);
    fields[0] = (gyre_field_t){"index", GYRE_KIND_INT64, .required = true};
    memcpy(fields + 1, from->fields, from->field_count * sizeof(*fields));
    gyre_status_t status = gyre_schema_create(fields, from->field_count + 1, schema);
    free(fields);
    return status;
}

gyre_tset_t *gyre_tset_zip_with_index(gyre_tset_t *set)
{
    const gyre_operator_opts_t flow = {.kind = GYRE_PIPE, .bulk = 1};
    gyre_tset_t *parents[2] = {set, gyre__set_counts(set)};
    gyre_tset_t *made = gyre__set_wide(parents, 2, "zip", &flow, 0);
    gyre_tset_release(parents[1]);
    if (made->poisoned)
        return made;
    const gyre_schema_t *schema;
    gyre_status_t status = zip_schema(set->schema, &schema);
    if (status == GYRE_OK && gyre__env_streams(made->env))
        status = gyre__error(GYRE_ERR_NOT_SUPPORTED, "numbers of the rows of a stream");
    if (status != GYRE_OK)
        return gyre__set_end(made, status);
    gyre_schema_release(made->schema);
    made->schema = schema;
    made->edges[1].flow.kind = GYRE_ALLGATHER;
    made->edges[1].flow.bulk = 0;
    made->function = (gyre_function_t){.open = zip_open, .begin = zip_begin, .close = zip_close};
    made->arrive = zip_arrive;
    return made;
}
