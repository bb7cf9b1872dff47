/* SPDX-License-Identifier: Apache-2.0 */
/* Communicators with neighbours. */
#include "base/error.h"
#include "comm/comm.h"

#include <gyre/coll.h>
#include <stdlib.h>
#include <string.h>

static gyre_status_t check_list(const gyre_comm_t *comm, const char *what, const int *ranks,
                                int count)
{
    if (count < 0 || (count && !ranks))
        return gyre__error(GYRE_ERR_ARG, "%d %s at %p", count, what, (const void *)ranks);
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < count && status == GYRE_OK; i++)
        status = gyre__comm_check_rank(comm, ranks[i]);
    return status;
}

static int *copy_list(const int *ranks, int count)
{
    int *copy = malloc(((size_t)count + 1) * sizeof(*copy));
    if (copy && count)
        memcpy(copy, ranks, (size_t)count * sizeof(*copy));
    return copy;
}

gyre_status_t gyre_comm_neighbors(gyre_comm_t *comm, const int *sources, int source_count,
                                  const int *dests, int dest_count, gyre_comm_t **neighbors)
{
    gyre_comm_t *fresh = NULL;
    gyre_status_t status = gyre__comm_check(comm);
    if (status == GYRE_OK && !neighbors)
        status = gyre__error(GYRE_ERR_ARG, "no place for the communicator: NULL");
    if (status == GYRE_OK)
        status = check_list(comm, "sources", sources, source_count);
    if (status == GYRE_OK)
        status = check_list(comm, "dests", dests, dest_count);
    if (status == GYRE_OK)
        status = gyre_comm_dup(comm, &fresh);
    if (status != GYRE_OK)
        return status;
    fresh->sources = copy_list(sources, source_count);
    fresh->dests = copy_list(dests, dest_count);
    if (!fresh->sources || !fresh->dests) {
        gyre_comm_destroy(fresh);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for neighbours");
    }
    fresh->source_count = source_count;
    fresh->dest_count = dest_count;
    fresh->has_neighbors = true;
    *neighbors = fresh;
    return GYRE_OK;
}
