/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/table.h"

#include "dataflow/conf.h"

enum { GROUPS_MAX = 8192 /* that are copied at a time */ };

/* A column of keys of no fixed width holds no more than 2^31 - 1 bytes. */
static size_t most_bytes(const gyre_operator_opts_t *opts)
{
    for (size_t i = 0; i < opts->key_count; i++)
        if (gyre_field_width(&opts->schema->fields[opts->keys[i]]) == 0)
            return INT32_MAX;
    return SIZE_MAX;
}

gyre_status_t gyre__table_open(gyre__table_t *table, const gyre_operator_opts_t *opts)
{
    *table = (gyre__table_t){.most = most_bytes(opts)};
    return gyre_group_create(opts->schema, opts->keys, opts->key_count, opts->aggregates,
                             opts->aggregate_count, &table->groups);
}

void gyre__table_close(gyre__table_t *table)
{
    gyre_group_destroy(table->groups);
    gyre__hold_sure(&table->hold, 0);
}

static bool grants(gyre__table_t *table, const gyre__intake_t *piece, size_t extra)
{
    size_t bytes = gyre__group_bytes_with(table->groups, piece);
    return bytes <= table->most && gyre__hold(&table->hold, bytes + extra);
}

static gyre_status_t insert(gyre__table_t *table, const gyre__intake_t *piece)
{
    const gyre_batch_t *slice;
    gyre_status_t status = gyre_batch_slice(piece->batch, piece->first, piece->count, &slice);
    if (status != GYRE_OK)
        return status;
    status = piece->merge ? gyre_group_merge(table->groups, slice, NULL)
                          : gyre_group_insert(table->groups, slice, NULL);
    gyre_batch_release(slice);
    return status;
}

/* Or so much of the piece: no table grows because of less. */
static bool fits(gyre__table_t *table, gyre__intake_t *piece, size_t extra)
{
    if (grants(table, piece, extra))
        return true;
    piece->count = piece->count < GYRE__GROUP_BLOCK ? piece->count : GYRE__GROUP_BLOCK;
    return grants(table, piece, extra);
}

gyre_status_t gyre__table_take(gyre__table_t *table, gyre__intake_t *intake, size_t extra,
                               bool must)
{
    gyre_status_t status = GYRE_OK;
    while (intake->count > 0 && status == GYRE_OK) {
        gyre__intake_t piece = *intake;
        if (!fits(table, &piece, extra)) {
            if (gyre_group_count(table->groups) > 0 && !must)
                return GYRE_IN_PROGRESS;
            gyre__hold_sure(&table->hold, gyre__group_bytes_with(table->groups, &piece));
        }
        status = insert(table, &piece);
        intake->first += piece.count;
        intake->count -= piece.count;
    }
    return status;
}

gyre_status_t gyre__table_some(const gyre__table_t *table, gyre_group_form_t form, size_t first,
                               const gyre_batch_t **batch)
{
    size_t left = gyre_group_count(table->groups) - first;
    size_t bytes = gyre_group_bytes(table->groups) / gyre_group_count(table->groups) + 1;
    size_t count = gyre__dataflow_conf.page / bytes + 1;
    count = count < GROUPS_MAX ? count : GROUPS_MAX;
    return gyre_group_result(table->groups, form, first, count < left ? count : left, NULL, batch);
}
