/* SPDX-License-Identifier: Apache-2.0 */
/* The sort by sets: records are read and mapped to keys and values, sorted, and written by parts.
 */
#include "tera.h"

typedef struct job {
    const tera_t *tera;
    gyre_output_t *output;
    uint64_t rows; /* written by this worker */
} job_t;

static gyre_status_t unweave(gyre_partition_t *part, const gyre_batch_t *in,
                             const gyre_batch_t **out)
{
    const job_t *job = part->arg;
    gyre_builder_t *builder;
    gyre_status_t status = gyre_builder_create_batch(part->out, NULL, &builder);
    if (status != GYRE_OK)
        return status;
    status = tera_unweave(job->tera, builder, in->columns[0]->values, in->length, out);
    gyre_builder_destroy(builder);
    return status;
}

static gyre_status_t open_part(gyre_partition_t *part)
{
    const job_t *job = part->arg;
    gyre_part_t *file;
    gyre_status_t status = gyre_part_create(job->output, (uint32_t)part->index, &file);
    part->state = status == GYRE_OK ? file : NULL;
    return status;
}

static gyre_status_t write_rows(gyre_partition_t *part, const gyre_batch_t *in,
                                const gyre_batch_t **out)
{
    job_t *job = part->arg;
    *out = NULL;
    __atomic_fetch_add(&job->rows, in->length, __ATOMIC_RELAXED); /* parts may be on threads */
    return tera_write(job->tera, in, part->state);
}

static gyre_status_t commit(gyre_partition_t *part, gyre_builder_t *out)
{
    gyre_part_t *file = part->state;
    (void)out;
    part->state = NULL;
    return gyre_part_commit(file);
}

static void abort_part(gyre_partition_t *part)
{
    gyre_part_abort(part->state);
}

static gyre_status_t sort(job_t *job, gyre_env_t *env, const char *in)
{
    static const gyre_sort_key_t by_key = {.column = 0};
    const tera_t *tera = job->tera;
    const gyre_input_opts_t plain = {.plain = true};
    gyre_function_t split = {.batch = unweave, .arg = job};
    const gyre_function_t write = {
        .batch = write_rows, .open = open_part, .finish = commit, .close = abort_part, .arg = job};
    gyre_status_t status = tera_schema(tera, &split.schema);
    if (status != GYRE_OK)
        return status;
    gyre_tset_t *records =
        gyre_tset_records(env, &in, 1, &plain, (size_t)(tera->key + tera->value), tera->sources);
    gyre_tset_t *sorted = gyre_tset_sort(gyre_tset_map(records, &split), &by_key, 1, tera->sinks);
    gyre_schema_release(split.schema);
    return gyre_tset_for_each(sorted, &write);
}

bool tera_sort_sets(const tera_t *tera, const char *in, const char *out)
{
    const gyre_output_opts_t opts = {.overwrite = tera->overwrite};
    job_t job = {.tera = tera};
    double start = tera_seconds();
    gyre_env_t *env = NULL;
    uint64_t rows = 0;
    gyre_status_t status = gyre_output_open(out, &opts, &job.output);
    if (status != GYRE_OK)
        return tera_ok(status);
    status = gyre_env_create(tera->world, NULL, &env);
    if (status == GYRE_OK)
        status = sort(&job, env, in);
    if (status == GYRE_OK)
        status = gyre_allreduce(tera->world, &job.rows, &rows, 1, GYRE_UINT64, GYRE_SUM);
    if (status == GYRE_OK && tera->rank == 0)
        status = gyre_output_finish(job.output, (uint32_t)tera->sinks);
    gyre_env_destroy(env);
    gyre_output_close(job.output);
    return tera_ok(status) && tera_report(tera, "sort", rows, start);
}
