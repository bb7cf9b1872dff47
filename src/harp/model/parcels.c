/* SPDX-License-Identifier: Apache-2.0 */
/* Data of unknown length: the lengths first, then the data. A member that cannot take part says
 * so with a length that none can have, so that the others need not wait for data that will not
 * come. */
#include "harp/model/parcels.h"

#include "base/error.h"
#include "harp/model/pool.h"

#include <stdlib.h>
#include <string.h>

#define REFUSED SIZE_MAX

gyre_status_t gyre__parcels_init(gyre__parcels_t *parcels, gyre_harp_pool_t *pool, int size)
{
    *parcels = (gyre__parcels_t){.pool = pool, .size = size};
    parcels->lengths = calloc(3 * (size_t)size, sizeof(*parcels->lengths));
    if (!parcels->lengths)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the lengths of %d members", size);
    parcels->offsets = parcels->lengths + size;
    parcels->filled = parcels->offsets + size;
    return GYRE_OK;
}

gyre_status_t gyre__parcels_open(gyre__parcels_t *parcels)
{
    void *data = NULL;
    for (int i = 0; i < parcels->size; i++) {
        parcels->offsets[i] = parcels->total;
        parcels->total += parcels->lengths[i];
    }
    gyre_status_t status = GYRE_OK;
    if (parcels->pool)
        status = gyre_harp_pool_get(parcels->pool, parcels->total, false, &data);
    else if (!(data = malloc(parcels->total + 1)))
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu bytes", parcels->total);
    parcels->data = data;
    return status;
}

void gyre__parcels_cleanup(gyre__parcels_t *parcels)
{
    if (parcels->pool)
        gyre_harp_pool_release(parcels->pool, parcels->data);
    else
        free(parcels->data);
    free(parcels->lengths);
    *parcels = (gyre__parcels_t){0};
}

/* What the lengths received say about their senders. */
static gyre_status_t check_refusals(gyre_status_t ready, const size_t *lengths, int size)
{
    for (int i = 0; i < size && ready == GYRE_OK; i++)
        if (lengths[i] == REFUSED)
            return gyre__error(GYRE_ERR_CANCELED, "rank %d could not take part", i);
    return ready;
}

static gyre_status_t share_lengths(gyre_comm_t *comm, gyre_status_t ready,
                                   const gyre__parcels_t *out, gyre__parcels_t *in)
{
    size_t size = (size_t)gyre_comm_size(comm);
    size_t *lengths = malloc(size * sizeof(*lengths));
    if (!lengths)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu lengths", size);
    for (size_t i = 0; i < size; i++)
        lengths[i] = ready == GYRE_OK ? out->lengths[i] : REFUSED;
    gyre_status_t status = gyre_alltoall(comm, lengths, in->lengths, 1, GYRE_UINT64);
    free(lengths);
    return status == GYRE_OK ? check_refusals(ready, in->lengths, (int)size) : status;
}

gyre_status_t gyre__parcels_exchange(gyre_comm_t *comm, gyre_status_t ready,
                                     const gyre__parcels_t *out, gyre__parcels_t *in)
{
    gyre_status_t status = share_lengths(comm, ready, out, in);
    if (status == GYRE_OK)
        status = gyre__parcels_open(in);
    if (status == GYRE_OK)
        status = gyre_alltoallv(comm, out->data, out->lengths, out->offsets, in->data, in->lengths,
                                in->offsets, GYRE_BYTE);
    return status;
}

gyre_status_t gyre__parcels_gather(gyre_comm_t *comm, gyre_status_t ready,
                                   const gyre__parcels_t *out, int root, gyre__parcels_t *in)
{
    size_t length = ready == GYRE_OK ? out->lengths[0] : REFUSED;
    bool mine = root == GYRE__TO_ALL || root == gyre_comm_rank(comm);
    gyre_status_t status = gyre_allgather(comm, &length, in->lengths, 1, GYRE_UINT64);
    if (status == GYRE_OK)
        status = check_refusals(ready, in->lengths, gyre_comm_size(comm));
    if (status == GYRE_OK && mine)
        status = gyre__parcels_open(in);
    if (status != GYRE_OK)
        return status;
    if (root == GYRE__TO_ALL)
        return gyre_allgatherv(comm, out->data, length, in->data, in->lengths, in->offsets,
                               GYRE_BYTE);
    return gyre_gatherv(comm, out->data, length, in->data, in->lengths, in->offsets, GYRE_BYTE,
                        root);
}

gyre_status_t gyre__harp_agree(gyre_comm_t *comm, gyre_status_t ready, uint64_t *sums, int count)
{
    uint64_t all[8] = {ready != GYRE_OK};
    if (count)
        memcpy(all + 1, sums, (size_t)count * sizeof(*sums));
    gyre_status_t status =
        gyre_allreduce(comm, GYRE_IN_PLACE, all, (size_t)count + 1, GYRE_UINT64, GYRE_SUM);
    if (status != GYRE_OK || ready != GYRE_OK)
        return ready != GYRE_OK ? ready : status;
    if (all[0])
        return gyre__error(GYRE_ERR_CANCELED, "%llu other members could not take part",
                           (unsigned long long)all[0]);
    if (count)
        memcpy(sums, all + 1, (size_t)count * sizeof(*sums));
    return GYRE_OK;
}
