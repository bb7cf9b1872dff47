/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/collective.h"
#include "harp/neighbor.h"

static const gyre__algorithm_t algorithms[] = {
    {"linear", "straight to all, RADIX sends in flight", gyre__neighbor_alltoall_linear,
     GYRE__ALG_SYMMETRIC, 64, 0},
};

const gyre__collective_t gyre__neighbor_alltoallv = {"neighbor_alltoallv", algorithms,
                                                     sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, const size_t *in_counts, const size_t *in_displs,
                              void *out, const size_t *out_counts, const size_t *out_displs,
                              gyre_type_t type)
{
    return (gyre__args_t){.coll = GYRE__NEIGHBOR_ALLTOALLV,
                          .in = in,
                          .in_counts = in_counts,
                          .in_displs = in_displs,
                          .out = out,
                          .out_counts = out_counts,
                          .out_displs = out_displs,
                          .type = type};
}

gyre_status_t gyre_neighbor_alltoallv(gyre_comm_t *comm, const void *in, const size_t *in_counts,
                                      const size_t *in_displs, void *out, const size_t *out_counts,
                                      const size_t *out_displs, gyre_type_t type)
{
    gyre__args_t args = arguments(in, in_counts, in_displs, out, out_counts, out_displs, type);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_ineighbor_alltoallv(gyre_comm_t *comm, const void *in, const size_t *in_counts,
                                       const size_t *in_displs, void *out, const size_t *out_counts,
                                       const size_t *out_displs, gyre_type_t type,
                                       gyre_request_t **req)
{
    gyre__args_t args = arguments(in, in_counts, in_displs, out, out_counts, out_displs, type);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_neighbor_alltoallv_init(gyre_comm_t *comm, const void *in,
                                           const size_t *in_counts, const size_t *in_displs,
                                           void *out, const size_t *out_counts,
                                           const size_t *out_displs, gyre_type_t type,
                                           gyre_request_t **req)
{
    gyre__args_t args = arguments(in, in_counts, in_displs, out, out_counts, out_displs, type);
    return gyre__collective_prepare(comm, &args, req);
}
