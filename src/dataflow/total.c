/* SPDX-License-Identifier: Apache-2.0 */
/* What a target of a reduce without keys, or of allreduce, keeps: what each worker's rows come to.
 * At the end they are merged in the order of workers, so all targets get the same to the bit. */
#include "base/error.h"
#include "dataflow/operator.h"

#include <stdlib.h>

typedef struct total {
    gyre__keep_t keep;
    gyre_group_t *table;        /* of one group, at work */
    const gyre_batch_t **parts; /* by the first source of a worker; NULL: nothing came */
    bool given;
} total_t;

/* Into the table, if it is any. */
static gyre_status_t merge(total_t *total, const gyre_batch_t *part)
{
    return part ? gyre_group_merge(total->table, part, NULL) : GYRE_OK;
}

static gyre_status_t result(const total_t *total, gyre_group_form_t form,
                            const gyre_batch_t **batch)
{
    return gyre_group_result(total->table, form, 0, 1, NULL, batch);
}

static gyre_status_t take(gyre__keep_t *keep, int side, int source, const gyre_batch_t *batch)
{
    total_t *total = (total_t *)keep;
    const gyre_batch_t *sum;
    (void)side;
    gyre_group_clear(total->table);
    gyre_status_t status = merge(total, total->parts[source]);
    if (status == GYRE_OK)
        status = merge(total, batch);
    if (status == GYRE_OK)
        status = result(total, GYRE_GROUP_PARTIAL, &sum);
    if (status != GYRE_OK)
        return status;
    gyre_batch_release(total->parts[source]);
    total->parts[source] = sum;
    return GYRE_OK;
}

static gyre_status_t next(gyre__keep_t *keep, int *source, const gyre_batch_t **batch)
{
    total_t *total = (total_t *)keep;
    gyre_status_t status = GYRE_OK;
    *source = GYRE__MANY_SOURCES;
    *batch = NULL;
    if (total->given)
        return GYRE_OK;
    total->given = true;
    gyre_group_clear(total->table);
    for (int i = 0; i < keep->op->source_total && status == GYRE_OK; i++)
        status = merge(total, total->parts[i]);
    if (status == GYRE_OK && gyre_group_count(total->table) > 0)
        status = result(total, GYRE_GROUP_FINAL, batch);
    return status;
}

static gyre_status_t clear(gyre__keep_t *keep)
{
    total_t *total = (total_t *)keep;
    for (int i = 0; i < keep->op->source_total; i++) {
        gyre_batch_release(total->parts[i]);
        total->parts[i] = NULL;
    }
    total->given = false;
    return GYRE_OK;
}

static void destroy(gyre__keep_t *keep)
{
    total_t *total = (total_t *)keep;
    if (total->parts)
        clear(keep);
    free(total->parts);
    gyre_group_destroy(total->table);
    free(total);
}

gyre_status_t gyre__total_create(gyre_operator_t *op, gyre__keep_t **keep)
{
    static const gyre__keep_kind_t kind = {take, next, clear, destroy, NULL};
    const gyre_operator_opts_t *opts = &op->opts;
    total_t *total = calloc(1, sizeof(*total));
    if (!total)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for what a target keeps");
    total->keep = (gyre__keep_t){.kind = &kind, .op = op};
    gyre_status_t status = gyre_group_create(opts->schema, NULL, 0, opts->aggregates,
                                             opts->aggregate_count, &total->table);
    total->parts = calloc((size_t)op->source_total + 1, sizeof(*total->parts));
    if (status == GYRE_OK && !total->parts)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d sources", op->source_total);
    if (status == GYRE_OK)
        *keep = &total->keep;
    else
        destroy(&total->keep);
    return status;
}
