/* SPDX-License-Identifier: Apache-2.0 */
#include "edges.h"
#include "application.h"
#include "numbers_sets.h"

#include <string.h>

static gyre_status_t owner(void *arg, int source, const gyre_batch_t *batch, size_t first,
                           size_t count, int targets, int32_t *target_of)
{
    const uint32_t *to = edges_ends(batch, 1) + first;
    (void)arg;
    (void)source;
    for (size_t i = 0; i < count; i++)
        target_of[i] = (int32_t)(to[i] % (uint32_t)targets);
    return GYRE_OK;
}

static gyre_status_t remember(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    edges_t *edges = part->arg;
    uint32_t from = gyre_row_uint32(row, 0), to = gyre_row_uint32(row, 1);
    (void)out;
    edges->vertices = (size_t)(from > to ? from : to) + 1;
    return GYRE_OK;
}

void edges_read(gyre_env_t *env, const char *path, char delimiter, bool weighted, edges_t *edges)
{
    static const gyre_field_t fields[] = {
        {.name = "from", .kind = GYRE_KIND_UINT32, .required = true},
        {.name = "to", .kind = GYRE_KIND_UINT32, .required = true},
        {.name = "weight", .kind = GYRE_KIND_FLOAT64, .required = true}};
    static const gyre_aggregate_t largest[] = {{.fold = GYRE_FOLD_MAX, .column = 0},
                                               {.fold = GYRE_FOLD_MAX, .column = 1}};
    static const size_t to = 1;
    const gyre_csv_opts_t opts = {.format = {.delimiter = delimiter, .comment = '#'}};
    const gyre_schema_t *schema;
    must(gyre_schema_create(fields, weighted ? 3 : 2, &schema));
    gyre_tset_t *read = gyre_tset_csv(env, &path, 1, NULL, schema, &opts, 0);
    edges->set =
        gyre_tset_cache(gyre_tset_keyed_partition(gyre_tset_keyed(read, &to, 1), owner, NULL, 0));
    must(gyre_tset_count(edges->set, &edges->count));
    must(gyre_tset_for_each(gyre_tset_allreduce(edges->set, largest, 2),
                            &(gyre_function_t){.row = remember, .arg = edges}));
    gyre_schema_release(schema);
    if (edges->vertices == 0 || edges->vertices > INT32_MAX / sizeof(double)) {
        fprintf(stderr, "%s: %s: %zu vertices, expected 1 to %zu\n", program_invocation_short_name,
                path, edges->vertices, INT32_MAX / sizeof(double));
        exit(1);
    }
}

/* What a part has got of the vector, and how many values of each source. */
typedef struct spread {
    double *vector;
    size_t filled[];
} spread_t;

static gyre_status_t open_spread(gyre_partition_t *part)
{
    size_t parts = (size_t)part->parallelism;
    spread_t *spread = malloc(sizeof(*spread) + parts * sizeof(size_t));
    if (spread)
        spread->vector = malloc((size_t)part->out->fields[0].size);
    part->state = spread;
    return spread && spread->vector ? GYRE_OK : GYRE_ERR_NO_MEMORY;
}

static gyre_status_t begin_spread(gyre_partition_t *part)
{
    memset(((spread_t *)part->state)->filled, 0, (size_t)part->parallelism * sizeof(size_t));
    return GYRE_OK;
}

static gyre_status_t spread_batch(gyre_partition_t *part, const gyre_batch_t *in,
                                  const gyre_batch_t **out)
{
    spread_t *spread = part->state;
    size_t source = (size_t)part->source, parts = (size_t)part->parallelism;
    const double *values = in->columns[0]->values;
    double *to = spread->vector + spread->filled[source] * parts + source;
    for (size_t i = 0; i < in->length; i++)
        to[i * parts] = values[i];
    spread->filled[source] += in->length;
    *out = NULL;
    return GYRE_OK;
}

static gyre_status_t finish_spread(gyre_partition_t *part, gyre_builder_t *out)
{
    return gyre_builder_append(out->children[0], ((spread_t *)part->state)->vector, 1);
}

static void close_spread(gyre_partition_t *part)
{
    spread_t *spread = part->state;
    if (spread)
        free(spread->vector);
    free(spread);
}

gyre_tset_t *edges_spread(gyre_tset_t *set, size_t vertices)
{
    const gyre_function_t function = {.schema = numbers_schema(vertices),
                                      .batch = spread_batch,
                                      .open = open_spread,
                                      .begin = begin_spread,
                                      .finish = finish_spread,
                                      .close = close_spread};
    gyre_tset_t *vector = gyre_tset_compute(gyre_tset_allgather(set), &function);
    gyre_schema_release(function.schema);
    return vector;
}

static gyre_status_t pick(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    const double *vector = numbers_at(row->batch, row->at);
    size_t vertices = (size_t)part->in->fields[0].size / sizeof(double);
    gyre_status_t status = GYRE_OK;
    for (size_t v = (size_t)part->index; v < vertices && status == GYRE_OK;
         v += (size_t)part->parallelism) {
        status = gyre_builder_append_uint32(out->children[0], (uint32_t)v);
        if (status == GYRE_OK)
            status = gyre_builder_append_float64(out->children[1], vector[v]);
    }
    return status;
}

gyre_status_t edges_save(gyre_tset_t *vector, const char *directory, const char *name)
{
    const gyre_field_t fields[] = {{.name = "vertex", .kind = GYRE_KIND_UINT32},
                                   {.name = name, .kind = GYRE_KIND_FLOAT64}};
    gyre_function_t function = {.row = pick};
    must(gyre_schema_create(fields, 2, &function.schema));
    gyre_status_t status =
        gyre_tset_save_csv(gyre_tset_flatmap(vector, &function), directory, NULL, NULL);
    gyre_schema_release(function.schema);
    return status;
}
