/* SPDX-License-Identifier: Apache-2.0 */
#include <gyre/dataset.h>

#include "base/error.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef struct part {
    const gyre_batch_t **batches;
    size_t count, room;
} part_t;

struct gyre_dataset {
    atomic_size_t references;
    int parts;
    part_t part[];
};

gyre_status_t gyre_dataset_create(int parts, gyre_dataset_t **dataset)
{
    if (parts < 0 || !dataset)
        return gyre__error(GYRE_ERR_ARG, "a dataset of %d parts, or no place for it", parts);
    gyre_dataset_t *made = calloc(1, sizeof(*made) + (size_t)parts * sizeof(made->part[0]));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a dataset of %d parts", parts);
    atomic_init(&made->references, 1);
    made->parts = parts;
    *dataset = made;
    return GYRE_OK;
}

gyre_dataset_t *gyre_dataset_retain(gyre_dataset_t *dataset)
{
    if (dataset)
        atomic_fetch_add_explicit(&dataset->references, 1, memory_order_relaxed);
    return dataset;
}

static void part_clear(part_t *part)
{
    for (size_t i = 0; i < part->count; i++)
        gyre_batch_release(part->batches[i]);
    part->count = 0;
}

void gyre_dataset_release(gyre_dataset_t *dataset)
{
    if (!dataset || atomic_fetch_sub_explicit(&dataset->references, 1, memory_order_acq_rel) != 1)
        return;
    for (int i = 0; i < dataset->parts; i++) {
        part_clear(&dataset->part[i]);
        free(dataset->part[i].batches);
    }
    free(dataset);
}

static gyre_status_t check(const gyre_dataset_t *dataset, int part)
{
    return dataset && part >= 0 && part < dataset->parts
               ? GYRE_OK
               : gyre__error(GYRE_ERR_RANGE, "part %d of a dataset of %d", part,
                             gyre_dataset_parts(dataset));
}

gyre_status_t gyre_dataset_append(gyre_dataset_t *dataset, int index, const gyre_batch_t *batch)
{
    gyre_status_t status = check(dataset, index);
    if (status == GYRE_OK && !batch)
        status = gyre__error(GYRE_ERR_ARG, "no batch: NULL");
    if (status != GYRE_OK)
        return status;
    part_t *part = &dataset->part[index];
    if (part->count == part->room) {
        size_t room = part->room ? 2 * part->room : 8;
        const gyre_batch_t **grown = realloc(part->batches, room * sizeof(*grown));
        if (!grown)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu batches of a dataset", room);
        part->batches = grown;
        part->room = room;
    }
    part->batches[part->count++] = gyre_batch_retain(batch);
    return GYRE_OK;
}

gyre_status_t gyre_dataset_clear(gyre_dataset_t *dataset, int index)
{
    gyre_status_t status = check(dataset, index);
    if (status == GYRE_OK)
        part_clear(&dataset->part[index]);
    return status;
}

int gyre_dataset_parts(const gyre_dataset_t *dataset)
{
    return dataset ? dataset->parts : 0;
}

const gyre_batch_t *const *gyre_dataset_batches(const gyre_dataset_t *dataset, int part,
                                                size_t *count)
{
    bool known = dataset && part >= 0 && part < dataset->parts;
    *count = known ? dataset->part[part].count : 0;
    return *count ? dataset->part[part].batches : NULL;
}

static uint64_t total(const gyre_dataset_t *dataset, size_t (*measure)(const gyre_batch_t *batch))
{
    uint64_t sum = 0;
    for (int i = 0; dataset && i < dataset->parts; i++)
        for (size_t k = 0; k < dataset->part[i].count; k++)
            sum += measure(dataset->part[i].batches[k]);
    return sum;
}

static size_t rows_of(const gyre_batch_t *batch)
{
    return batch->length;
}

uint64_t gyre_dataset_rows(const gyre_dataset_t *dataset)
{
    return total(dataset, rows_of);
}

uint64_t gyre_dataset_bytes(const gyre_dataset_t *dataset)
{
    return total(dataset, gyre_batch_bytes);
}
