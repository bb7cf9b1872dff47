/* SPDX-License-Identifier: Apache-2.0 */
/* Batches one after the other: a builder that knows what is to come, so that it allocates once. */
#include "base/error.h"
#include "batch/builder.h"

static gyre_status_t measure(gyre_builder_t *builder, const gyre_batch_t *const *batches,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!batches[i])
            return gyre__error(GYRE_ERR_ARG, "batch %zu of %zu is NULL", i, count);
        gyre_status_t status = gyre__builder_check_batch(builder, batches[i]);
        if (status != GYRE_OK)
            return status;
        gyre__builder_measure_batch(builder, batches[i], 0, batches[i]->length);
    }
    return gyre__builder_make_room(builder);
}

gyre_status_t gyre_batch_concatenate(const gyre_batch_t *const *batches, size_t count,
                                     const gyre_allocator_t *allocator, const gyre_batch_t **batch)
{
    gyre_builder_t *builder;
    if (!batches || count == 0 || !batches[0] || !batch)
        return gyre__error(GYRE_ERR_ARG, "no %s", batch ? "batches" : "place for the batch");
    gyre_status_t status = gyre_builder_create_batch(batches[0]->schema, allocator, &builder);
    if (status != GYRE_OK)
        return status;
    status = measure(builder, batches, count);
    for (size_t i = 0; status == GYRE_OK && i < count; i++)
        gyre__builder_put_batch(builder, batches[i], 0, batches[i]->length);
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(builder, batch);
    gyre_builder_destroy(builder);
    return status;
}
