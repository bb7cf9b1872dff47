/* SPDX-License-Identifier: Apache-2.0 */
/* Rows with a null among their keys: null is not equal to null, so they have no partner. A join
 * that keeps such rows gives them last; in between they are in memory, then in the spill. */
#include "base/error.h"
#include "dataflow/join.h"

#include <stdlib.h>

gyre_status_t gyre__lone_init(gyre__lone_t *lone, const gyre_schema_t *schema)
{
    *lone = (gyre__lone_t){0};
    return gyre__pile_init(&lone->pile, schema);
}

void gyre__lone_cleanup(gyre__lone_t *lone)
{
    gyre_batch_release(lone->batch);
    gyre__run_destroy(lone->spilled);
    gyre__run_destroy(lone->piled);
    gyre__pile_cleanup(&lone->pile);
}

/* --- In --- */

static gyre_status_t spill_lone(gyre__join_t *join, gyre__lone_t *lone)
{
    gyre__run_t *from;
    gyre_status_t status = gyre__pile_take(&lone->pile, &from);
    if (status != GYRE_OK)
        return status;
    if (from->count > 0 && !lone->spilled)
        status = gyre__keep_run(&join->keep, from->schema, &lone->spilled);
    if (status == GYRE_OK && lone->spilled)
        return gyre__run_move(lone->spilled, from);
    gyre__run_destroy(from); /* of nothing, or with an error */
    return status;
}

static gyre_status_t add_lone(gyre__join_t *join, int side, const gyre_batch_t *batch)
{
    size_t bytes = gyre_batch_bytes(batch);
    gyre_status_t status = GYRE_OK;
    if (!gyre__hold(&join->lone_hold, join->lone_hold.bytes + bytes)) {
        for (int i = 0; status == GYRE_OK && i < GYRE__SIDES; i++)
            status = spill_lone(join, &join->lone[i]);
        gyre__hold_sure(&join->lone_hold, bytes);
    }
    return status == GYRE_OK ? gyre__pile_append(&join->lone[side].pile, batch) : status;
}

static bool may_be_lone(const gyre_column_t *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (keys[i]->null_count > 0)
            return true;
    return false;
}

/* Keeps the rows that are lone, or those that are not. */
static gyre_status_t filter(const gyre_batch_t *batch, const gyre_column_t *const *keys,
                            size_t count, bool lone, const gyre_batch_t **filtered)
{
    bool *keep = malloc(batch->length * sizeof(*keep));
    if (!keep)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to look at %zu rows", batch->length);
    for (size_t row = 0; row < batch->length; row++) {
        keep[row] = !lone;
        for (size_t i = 0; i < count; i++)
            if (gyre_column_is_null(keys[i], row))
                keep[row] = lone;
    }
    gyre_status_t status = gyre_batch_filter(batch, keep, NULL, filtered);
    free(keep);
    return status;
}

static gyre_status_t part(gyre__join_t *join, int side, const gyre_batch_t *batch,
                          const gyre_column_t *const *keys, const gyre_batch_t **rest)
{
    const gyre_batch_t *lone;
    size_t count = join->keep.op->opts.key_count;
    gyre_status_t status = GYRE_OK;
    if (!may_be_lone(keys, count)) {
        *rest = gyre_batch_retain(batch);
        return GYRE_OK;
    }
    if (join->keeps[side])
        status = filter(batch, keys, count, true, &lone);
    if (status == GYRE_OK && join->keeps[side]) {
        status = add_lone(join, side, lone);
        gyre_batch_release(lone);
    }
    return status == GYRE_OK ? filter(batch, keys, count, false, rest) : status;
}

gyre_status_t gyre__join_part(gyre__join_t *join, int side, const gyre_batch_t *batch,
                              const gyre_batch_t **rest)
{
    const gyre_column_t **keys = malloc(join->keep.op->opts.key_count * sizeof(*keys));
    if (!keys)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu keys",
                           join->keep.op->opts.key_count);
    gyre__join_keys(join, side, batch, keys);
    gyre_status_t status = part(join, side, batch, keys, rest);
    free(keys);
    return status;
}

/* --- Out --- */

/* The next batch, from the spill before the pile. */
static gyre_status_t next_batch(gyre__lone_t *lone)
{
    gyre_batch_release(lone->batch);
    lone->batch = NULL;
    lone->row = 0;
    if (!lone->piled) {
        gyre_status_t status = gyre__pile_take(&lone->pile, &lone->piled);
        if (status != GYRE_OK)
            return status;
        lone->reader.run = lone->spilled ? lone->spilled : lone->piled;
    }
    gyre_status_t status = gyre__run_read(&lone->reader, &lone->batch);
    if (status != GYRE_OK || lone->batch || lone->reader.run == lone->piled)
        return status;
    lone->reader = (gyre__reader_t){lone->piled, 0};
    return gyre__run_read(&lone->reader, &lone->batch);
}

gyre_status_t gyre__join_lone(gyre__join_t *join)
{
    for (int side = 0; side < GYRE__SIDES; side++) {
        gyre__lone_t *lone = &join->lone[side];
        gyre_status_t status = GYRE_OK;
        if (!lone->batch || lone->row == lone->batch->length)
            status = next_batch(lone);
        if (status != GYRE_OK)
            return status;
        if (!lone->batch)
            continue;
        gyre__join_begin(join, side, lone->batch, NULL);
        while (lone->row < lone->batch->length && !gyre__join_full(join))
            gyre__join_pair(join, side, (uint32_t)lone->row++, GYRE_NO_ROW);
        return GYRE_OK;
    }
    return GYRE_OK;
}
