/* SPDX-License-Identifier: Apache-2.0 */
/* Dynamic model rotation, after Zhang, Peng, Qiu, "Model-centric computation abstractions in
 * machine learning applications", 2016: while threads compute on one slice of the model, the others
 * are on their way. Messages of a slice are a stream of their own, so that slices may overtake each
 * other. */
#include "base/error.h"
#include "harp/model/regroup.h"
#include "harp/model/rotate.h"
#include "harp/model/wire.h"

#include <gyre/harp.h>
#include <stdlib.h>
#include <string.h>

typedef struct slice {
    gyre_harp_table_t *table;
    gyre__rotation_t rotation;
    gyre_status_t status; /* of a rotation that ended while others were waited for */
} slice_t;

struct gyre_harp_rotator {
    gyre_comm_t *comm;
    int dest, source, count;
    slice_t slices[];
};

enum { SLICES_MAX = GYRE__STREAMS - GYRE__STREAM_ROTATE - 1 };

gyre_status_t gyre_harp_rotator_create(gyre_comm_t *comm, gyre_harp_table_t **tables, int slices,
                                       const int *map, gyre_harp_rotator_t **rotator)
{
    if (!tables || !rotator || slices < 1 || slices > SLICES_MAX)
        return gyre__error(GYRE_ERR_ARG, "a rotator of %d slices, expected 1 to %d", slices,
                           SLICES_MAX);
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < slices && status == GYRE_OK; i++)
        status = gyre__harp_check(comm, tables[i]);
    if (status != GYRE_OK)
        return status;
    gyre_harp_rotator_t *made = calloc(1, sizeof(*made) + (size_t)slices * sizeof(made->slices[0]));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a rotator of %d slices", slices);
    made->comm = comm;
    made->count = slices;
    for (int i = 0; i < slices; i++)
        made->slices[i].table = tables[i];
    status = gyre__rotation_map(comm, map, &made->dest, &made->source);
    if (status == GYRE_OK)
        *rotator = made;
    else
        free(made);
    return status;
}

static void settle(slice_t *slice, bool wait)
{
    gyre_status_t status = gyre__rotation_advance(&slice->rotation, wait);
    if (status < 0 && slice->status == GYRE_OK)
        slice->status = status;
}

void gyre_harp_rotator_destroy(gyre_harp_rotator_t *rotator)
{
    for (int i = 0; rotator && i < rotator->count; i++)
        settle(&rotator->slices[i], true);
    free(rotator);
}

static gyre_status_t check(const gyre_harp_rotator_t *rotator, int slice)
{
    if (!rotator)
        return gyre__error(GYRE_ERR_ARG, "no rotator: NULL");
    if (slice < 0 || slice >= rotator->count)
        return gyre__error(GYRE_ERR_RANGE, "slice %d of %d", slice, rotator->count);
    return GYRE_OK;
}

gyre_status_t gyre_harp_rotator_rotate(gyre_harp_rotator_t *rotator, int slice)
{
    gyre_harp_table_t *table;
    gyre_status_t status = gyre_harp_rotator_get(rotator, slice, &table);
    if (status != GYRE_OK)
        return status;
    return gyre__rotation_start(&rotator->slices[slice].rotation, rotator->comm, table,
                                rotator->dest, rotator->source, GYRE__STREAM_ROTATE + 1 + slice);
}

gyre_status_t gyre_harp_rotator_get(gyre_harp_rotator_t *rotator, int slice,
                                    gyre_harp_table_t **table)
{
    gyre_status_t status = check(rotator, slice);
    if (status != GYRE_OK)
        return status;
    slice_t *at = &rotator->slices[slice];
    settle(at, true);
    status = at->status;
    at->status = GYRE_OK;
    if (status == GYRE_OK && table)
        *table = at->table;
    return status;
}

gyre_status_t gyre_harp_rotator_progress(gyre_harp_rotator_t *rotator)
{
    gyre_status_t status = check(rotator, 0);
    if (status != GYRE_OK)
        return status;
    gyre_progress(gyre_comm_context(rotator->comm));
    for (int i = 0; i < rotator->count; i++)
        if (rotator->slices[i].rotation.state != GYRE__ROTATION_IDLE)
            settle(&rotator->slices[i], false);
    return GYRE_OK;
}
