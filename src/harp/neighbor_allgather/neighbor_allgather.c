/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/collective.h"
#include "harp/neighbor.h"

static const gyre__algorithm_t algorithms[] = {
    {"linear", "straight to all, RADIX sends in flight", gyre__neighbor_allgather_linear,
     GYRE__ALG_SYMMETRIC, 64, 0},
};

const gyre__collective_t gyre__neighbor_allgather = {"neighbor_allgather", algorithms,
                                                     sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, void *out, size_t count, gyre_type_t type)
{
    return (gyre__args_t){
        .coll = GYRE__NEIGHBOR_ALLGATHER, .in = in, .out = out, .count = count, .type = type};
}

gyre_status_t gyre_neighbor_allgather(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                      gyre_type_t type)
{
    gyre__args_t args = arguments(in, out, count, type);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_ineighbor_allgather(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                       gyre_type_t type, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_neighbor_allgather_init(gyre_comm_t *comm, const void *in, void *out,
                                           size_t count, gyre_type_t type, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type);
    return gyre__collective_prepare(comm, &args, req);
}
