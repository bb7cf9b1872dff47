/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/pile.h"

#include "batch/builder.h"

enum { BATCH_BYTES = 1 << 30, BATCH_ROWS = 1 << 30 };

gyre_status_t gyre__pile_init(gyre__pile_t *pile, const gyre_schema_t *schema)
{
    *pile = (gyre__pile_t){0};
    gyre_status_t status = gyre_builder_create_batch(schema, NULL, &pile->builder);
    if (status == GYRE_OK)
        status = gyre__run_create(NULL, 0, schema, &pile->run);
    if (status != GYRE_OK)
        gyre__pile_cleanup(pile);
    return status;
}

void gyre__pile_cleanup(gyre__pile_t *pile)
{
    gyre_builder_destroy(pile->builder);
    gyre__run_destroy(pile->run);
    *pile = (gyre__pile_t){0};
}

static size_t rows_in(const gyre__pile_t *pile)
{
    return pile->builder->children[0]->length;
}

static gyre_status_t seal(gyre__pile_t *pile)
{
    const gyre_batch_t *batch;
    if (rows_in(pile) == 0)
        return GYRE_OK;
    gyre_status_t status = gyre_builder_finish_batch(pile->builder, &batch);
    if (status != GYRE_OK)
        return status;
    status = gyre__run_append(pile->run, batch);
    gyre_batch_release(batch);
    pile->filled = 0;
    return status;
}

gyre_status_t gyre__pile_append(gyre__pile_t *pile, const gyre_batch_t *batch)
{
    size_t bytes = gyre_batch_bytes(batch);
    gyre_status_t status = GYRE_OK;
    if (pile->filled + bytes > BATCH_BYTES || rows_in(pile) + batch->length > BATCH_ROWS)
        status = seal(pile);
    if (status == GYRE_OK)
        status = gyre_builder_append_batch(pile->builder, batch, 0, batch->length);
    if (status != GYRE_OK)
        return status;
    pile->filled += bytes;
    pile->bytes += bytes;
    return GYRE_OK;
}

gyre_status_t gyre__pile_take(gyre__pile_t *pile, gyre__run_t **run)
{
    gyre__run_t *empty;
    gyre_status_t status = seal(pile);
    if (status == GYRE_OK)
        status = gyre__run_create(NULL, 0, pile->run->schema, &empty);
    if (status != GYRE_OK)
        return status;
    *run = pile->run;
    pile->run = empty;
    pile->bytes = 0;
    return GYRE_OK;
}
