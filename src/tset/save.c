/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to files of the program's: a part of the set is a part of the output. */
#include "base/error.h"
#include "tset/job.h"

#include <stdlib.h>

typedef struct target {
    const char *directory;
    const gyre_output_opts_t *opts;
    const gyre_csv_format_t *format;
    bool csv;
} target_t;

typedef struct file {
    gyre_output_t *output;
    gyre_part_t *part;
    gyre_csv_writer_t *writer;
} file_t;

static gyre_status_t file_open(gyre_partition_t *part)
{
    const target_t *target = part->arg;
    file_t *file = calloc(1, sizeof(*file));
    if (!file)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a part");
    part->state = file;
    gyre_status_t status = gyre_output_open(target->directory, target->opts, &file->output);
    if (status == GYRE_OK)
        status = gyre_part_create(file->output, (uint32_t)part->index, &file->part);
    return status == GYRE_OK && target->csv
               ? gyre_csv_writer_create(file->part, part->in, target->format, &file->writer)
               : status;
}

static gyre_status_t file_batch(gyre_partition_t *part, const gyre_batch_t *in,
                                const gyre_batch_t **out)
{
    const file_t *file = part->state;
    *out = NULL;
    return file->writer ? gyre_csv_write(file->writer, in)
                        : gyre_part_column(file->part, in->columns[0]);
}

static gyre_status_t file_finish(gyre_partition_t *part, gyre_builder_t *out)
{
    file_t *file = part->state;
    gyre_part_t *draft = file->part;
    (void)out;
    if (file->writer)
        gyre_csv_writer_destroy(file->writer);
    file->writer = NULL;
    file->part = NULL;
    return gyre_part_commit(draft);
}

static void file_close(gyre_partition_t *part)
{
    file_t *file = part->state;
    if (!file)
        return;
    if (file->writer)
        gyre_csv_writer_destroy(file->writer);
    gyre_part_abort(file->part);
    if (file->output)
        gyre_output_close(file->output);
    free(file);
}

/* By one worker, when all parts are in place. */
static gyre_status_t finish(gyre_env_t *env, const target_t *target, int parts)
{
    gyre_output_t *output;
    gyre_status_t status = GYRE_OK;
    if (env->rank == 0) {
        status = gyre_output_open(target->directory, target->opts, &output);
        if (status == GYRE_OK) {
            status = gyre_output_finish(output, (uint32_t)parts);
            gyre_output_close(output);
        }
    }
    return gyre__env_agree(env, status);
}

static gyre_status_t save(gyre_tset_t *set, const target_t *target)
{
    const gyre_function_t function = {.batch = file_batch,
                                      .finish = file_finish,
                                      .open = file_open,
                                      .close = file_close,
                                      .arg = (void *)target};
    gyre_tset_t *sink = gyre__set_narrow(set, "save", GYRE__FORM_EACH, &function);
    if (!sink->env)
        return gyre__error(GYRE_ERR_ARG, "no set: NULL");
    gyre_status_t status = GYRE_OK;
    if (!sink->poisoned && !target->directory)
        status = gyre__error(GYRE_ERR_ARG, "no directory: NULL");
    if (!sink->poisoned && status == GYRE_OK && !target->csv &&
        (set->schema->field_count != 1 || set->schema->fields[0].kind != GYRE_KIND_STRING))
        status = gyre__error(GYRE_ERR_ARG, "text is one column of strings");
    gyre__set_end(sink, status);
    sink->done = true; /* nobody waits for it */
    status = gyre__evaluate_now(sink);
    if (status == GYRE_OK)
        status = finish(sink->env, target, sink->parallelism);
    gyre_tset_release(sink);
    return status;
}

gyre_status_t gyre_tset_save_text(gyre_tset_t *set, const char *directory,
                                  const gyre_output_opts_t *opts)
{
    const target_t target = {.directory = directory, .opts = opts};
    return save(set, &target);
}

gyre_status_t gyre_tset_save_csv(gyre_tset_t *set, const char *directory,
                                 const gyre_output_opts_t *opts, const gyre_csv_format_t *format)
{
    const target_t target = {.directory = directory, .opts = opts, .format = format, .csv = true};
    return save(set, &target);
}
