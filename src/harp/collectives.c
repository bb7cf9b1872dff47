/* SPDX-License-Identifier: Apache-2.0 */
/* All collectives, by code. */
#include "harp/plan.h"

#include "base/conf.h"
#include "base/error.h"

#include <string.h>

extern const gyre__collective_t gyre__barrier, gyre__bcast, gyre__reduction, gyre__allreduce,
    gyre__reduce_scatter, gyre__reduce_scatter_block, gyre__gather, gyre__gatherv, gyre__scatter,
    gyre__scatterv, gyre__allgather, gyre__allgatherv, gyre__alltoall, gyre__alltoallv, gyre__scan,
    gyre__exscan, gyre__neighbor_allgather, gyre__neighbor_allgatherv, gyre__neighbor_alltoall,
    gyre__neighbor_alltoallv;

const gyre__collective_t *const gyre__collectives[GYRE__COLLS] = {
    [GYRE__BARRIER] = &gyre__barrier,
    [GYRE__BCAST] = &gyre__bcast,
    [GYRE__REDUCE] = &gyre__reduction,
    [GYRE__ALLREDUCE] = &gyre__allreduce,
    [GYRE__REDUCE_SCATTER] = &gyre__reduce_scatter,
    [GYRE__REDUCE_SCATTER_BLOCK] = &gyre__reduce_scatter_block,
    [GYRE__GATHER] = &gyre__gather,
    [GYRE__GATHERV] = &gyre__gatherv,
    [GYRE__SCATTER] = &gyre__scatter,
    [GYRE__SCATTERV] = &gyre__scatterv,
    [GYRE__ALLGATHER] = &gyre__allgather,
    [GYRE__ALLGATHERV] = &gyre__allgatherv,
    [GYRE__ALLTOALL] = &gyre__alltoall,
    [GYRE__ALLTOALLV] = &gyre__alltoallv,
    [GYRE__SCAN] = &gyre__scan,
    [GYRE__EXSCAN] = &gyre__exscan,
    [GYRE__NEIGHBOR_ALLGATHER] = &gyre__neighbor_allgather,
    [GYRE__NEIGHBOR_ALLGATHERV] = &gyre__neighbor_allgatherv,
    [GYRE__NEIGHBOR_ALLTOALL] = &gyre__neighbor_alltoall,
    [GYRE__NEIGHBOR_ALLTOALLV] = &gyre__neighbor_alltoallv,
};

gyre_status_t gyre__coll_find(const char *name, gyre__coll_t *coll)
{
    const char *names[GYRE__COLLS];
    for (int i = 0; i < GYRE__COLLS; i++) {
        names[i] = gyre__collectives[i]->name;
        *coll = (gyre__coll_t)i;
        if (!strcmp(names[i], name))
            return GYRE_OK;
    }
    const char *near = gyre__conf_nearest(name, names, GYRE__COLLS);
    return gyre__error(GYRE_ERR_UNKNOWN, "no collective is called %s%s%s", name,
                       near ? "; the nearest is " : "", near ? near : "");
}
