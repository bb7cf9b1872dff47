/* SPDX-License-Identifier: Apache-2.0 */
/* What travels to a join is its sides' rows with all columns optional on a side that may be
 * missing, so that a row of nulls can be taken from any batch. */
#include "dataflow/join.h"

#include "base/error.h"
#include "batch/column.h"

#include <stdlib.h>
#include <string.h>

enum { OUTPUT_BYTES = 1 << 20 /* of a batch that is given, about */ };

static bool is_kept(const gyre_operator_t *op, int side)
{
    return gyre__join_keeps(op->opts.join, side);
}

gyre_status_t gyre__join_open(gyre_operator_t *op)
{
    const gyre_schema_t *carried[GYRE__SIDES];
    for (int side = 0; side < GYRE__SIDES; side++) {
        gyre_status_t status =
            gyre__join_side(op->sides[side].schema, op->opts.join, side, &carried[side]);
        if (status != GYRE_OK)
            return status;
        gyre_schema_release(op->sides[side].carried);
        op->sides[side].carried = carried[side];
    }
    return gyre__join_schema(op->sides[0].schema, op->sides[1].schema, op->opts.join,
                             &op->received);
}

/* --- Life --- */

static gyre_status_t make_nothing(const gyre_schema_t *schema, const gyre_batch_t **batch)
{
    gyre_builder_t *builder;
    gyre_status_t status = gyre_builder_create_batch(schema, NULL, &builder);
    if (status != GYRE_OK)
        return status;
    status = gyre_builder_finish_batch(builder, batch);
    gyre_builder_destroy(builder);
    return status;
}

gyre_status_t gyre__join_init(gyre__join_t *join, const gyre__keep_kind_t *kind,
                              gyre_operator_t *op)
{
    gyre_status_t status = GYRE_OK;
    join->keep = (gyre__keep_t){.kind = kind, .op = op};
    for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++) {
        const gyre_schema_t *schema = op->sides[side].carried;
        join->keeps[side] = is_kept(op, side);
        join->pairs.rows[side] = malloc(GYRE__PAIRS * sizeof(*join->pairs.rows[side]));
        if (!join->pairs.rows[side])
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for pairs of a join");
        status = make_nothing(schema, &join->nothing[side]);
        if (status == GYRE_OK)
            status = gyre__lone_init(&join->lone[side], schema);
    }
    return status;
}

void gyre__join_cleanup(gyre__join_t *join)
{
    for (int side = 0; side < GYRE__SIDES; side++) {
        gyre__lone_cleanup(&join->lone[side]);
        gyre_batch_release(join->nothing[side]);
        free(join->pairs.rows[side]);
    }
    gyre__hold(&join->lone_hold, 0);
}

gyre_status_t gyre__join_clear(gyre__join_t *join)
{
    gyre_status_t status = GYRE_OK;
    join->found = false;
    join->pairs.count = join->pairs.given = 0;
    for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++) {
        gyre__lone_cleanup(&join->lone[side]);
        status = gyre__lone_init(&join->lone[side], join->keep.op->sides[side].carried);
    }
    gyre__hold(&join->lone_hold, 0);
    return status;
}

void gyre__join_keys(const gyre__join_t *join, int side, const gyre_batch_t *batch,
                     const gyre_column_t **keys)
{
    const gyre_operator_t *op = join->keep.op;
    for (size_t i = 0; i < op->opts.key_count; i++)
        keys[i] = batch->columns[op->sides[side].keys[i]];
}

/* --- Pairs --- */

void gyre__join_begin(gyre__join_t *join, int side, const gyre_batch_t *batch,
                      const gyre_batch_t *other)
{
    gyre__pairs_t *pairs = &join->pairs;
    pairs->batches[side] = batch ? batch : join->nothing[side];
    pairs->batches[!side] = other ? other : join->nothing[!side];
    pairs->count = pairs->given = 0;
}

/* What the rows of a column have of the limit; where it is not the same for all, of each. */
static size_t weigh(const gyre_column_t *column, const uint32_t *rows, size_t count,
                    size_t *weights)
{
    size_t width = gyre_field_width(column->field);
    for (size_t i = 0; width == 0 && i < count; i++)
        if (rows[i] != GYRE_NO_ROW)
            weights[i] += gyre__column_bytes(column, rows[i], 1);
    return width;
}

/* How many pairs are to be given at once: as many as the limit allows, but one. */
static size_t count_fitting(const gyre__pairs_t *pairs)
{
    size_t weights[GYRE__PAIRS], left = pairs->count - pairs->given, fixed = 1, sum = 0, count;
    memset(weights, 0, left * sizeof(*weights));
    for (int side = 0; side < GYRE__SIDES; side++) {
        const gyre_batch_t *batch = pairs->batches[side];
        for (size_t i = 0; i < batch->schema->field_count; i++)
            fixed += weigh(batch->columns[i], pairs->rows[side] + pairs->given, left, weights);
    }
    for (count = 0; count < left; count++) {
        sum += fixed + weights[count];
        if (sum > OUTPUT_BYTES && count > 0)
            break;
    }
    return count;
}

static gyre_status_t put_together(const gyre_schema_t *schema, const gyre_batch_t *const *sides,
                                  size_t rows, const gyre_batch_t **batch)
{
    const gyre_column_t **columns = malloc(schema->field_count * sizeof(*columns));
    size_t left = sides[0]->schema->field_count;
    if (!columns)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu columns", schema->field_count);
    for (size_t i = 0; i < schema->field_count; i++)
        columns[i] = i < left ? sides[0]->columns[i] : sides[1]->columns[i - left];
    gyre_status_t status = gyre_batch_create(schema, rows, columns, batch);
    free(columns);
    return status;
}

/* The next batch of pairs that have not been given; NULL: none are left. */
static gyre_status_t give(gyre__join_t *join, const gyre_batch_t **batch)
{
    gyre__pairs_t *pairs = &join->pairs;
    const gyre_batch_t *sides[GYRE__SIDES] = {NULL};
    gyre_status_t status = GYRE_OK;
    *batch = NULL;
    if (pairs->given == pairs->count)
        return GYRE_OK;
    size_t count = count_fitting(pairs);
    for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++)
        status = gyre_batch_take(pairs->batches[side], pairs->rows[side] + pairs->given, count,
                                 NULL, &sides[side]);
    if (status == GYRE_OK)
        status = put_together(join->keep.op->received, sides, count, batch);
    gyre_batch_release(sides[0]);
    gyre_batch_release(sides[1]);
    pairs->given += status == GYRE_OK ? count : 0;
    return status;
}

gyre_status_t gyre__join_next(gyre__keep_t *keep, int *source, const gyre_batch_t **batch)
{
    gyre__join_t *join = (gyre__join_t *)keep;
    bool last = join->found;
    gyre_status_t status = give(join, batch);
    *source = GYRE__MANY_SOURCES;
    if (status != GYRE_OK || *batch)
        return status;
    status = last ? gyre__join_lone(join) : join->find(join);
    if (status < 0)
        return status;
    join->found = status == GYRE_OK;
    status = give(join, batch);
    return status == GYRE_OK && !*batch && !last ? GYRE_IN_PROGRESS : status;
}
