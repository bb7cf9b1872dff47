/* SPDX-License-Identifier: Apache-2.0 */
/* What a target of reduce keeps: a table of groups, into which partial results are merged. */
#include "dataflow/operator.h"

#include "base/error.h"

#include <stdlib.h>

enum { BATCH_GROUPS = 8192 };

typedef struct groups {
    gyre__keep_t keep;
    gyre_group_t *table;
    size_t given;
} groups_t;

static gyre_status_t take(gyre__keep_t *keep, int side, int source, const gyre_batch_t *batch)
{
    (void)side;
    (void)source;
    return gyre_group_merge(((groups_t *)keep)->table, batch, NULL);
}

static gyre_status_t next(gyre__keep_t *keep, int *source, const gyre_batch_t **batch)
{
    groups_t *groups = (groups_t *)keep;
    size_t left = gyre_group_count(groups->table) - groups->given;
    size_t count = left < BATCH_GROUPS ? left : BATCH_GROUPS;
    *source = GYRE__MANY_SOURCES;
    *batch = NULL;
    if (count == 0)
        return GYRE_OK;
    gyre_status_t status =
        gyre_group_result(groups->table, GYRE_GROUP_FINAL, groups->given, count, NULL, batch);
    groups->given += count;
    return status;
}

static gyre_status_t clear(gyre__keep_t *keep)
{
    groups_t *groups = (groups_t *)keep;
    gyre_group_clear(groups->table);
    groups->given = 0;
    return GYRE_OK;
}

static void destroy(gyre__keep_t *keep)
{
    groups_t *groups = (groups_t *)keep;
    gyre_group_destroy(groups->table);
    free(groups);
}

gyre_status_t gyre__groups_create(gyre_operator_t *op, gyre__keep_t **keep)
{
    static const gyre__keep_kind_t kind = {take, next, clear, destroy};
    const gyre_operator_opts_t *opts = &op->opts;
    groups_t *groups = calloc(1, sizeof(*groups));
    if (!groups)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the groups of a target");
    groups->keep = (gyre__keep_t){.kind = &kind, .op = op};
    gyre_status_t status =
        gyre_group_create(opts->schema, opts->keys, opts->key_count, opts->aggregates,
                          opts->aggregate_count, &groups->table);
    if (status != GYRE_OK) {
        free(groups);
        return status;
    }
    *keep = &groups->keep;
    return GYRE_OK;
}
