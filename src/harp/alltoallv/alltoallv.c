/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/alltoall/alltoall.h"
#include "harp/alltoallv/alltoallv.h"
#include "harp/collective.h"

static const gyre__algorithm_t algorithms[] = {
    {"linear", "straight to all, RADIX in flight each way", gyre__alltoall_linear,
     GYRE__ALG_SYMMETRIC, 32, 0},
    {"pairwise", "one message each way at a time", gyre__alltoall_pairwise, GYRE__ALG_SYMMETRIC, 0,
     0},
    {"node", "short blocks, of two members all, through slots in the node segment",
     gyre__alltoallv_node, GYRE__ALG_NODE, 0, 0},
};

const gyre__collective_t gyre__alltoallv = {"alltoallv", algorithms,
                                            sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, const size_t *in_counts, const size_t *in_displs,
                              void *out, const size_t *out_counts, const size_t *out_displs,
                              gyre_type_t type)
{
    return (gyre__args_t){.coll = GYRE__ALLTOALLV,
                          .in = in,
                          .in_counts = in_counts,
                          .in_displs = in_displs,
                          .out = out,
                          .out_counts = out_counts,
                          .out_displs = out_displs,
                          .type = type};
}

gyre_status_t gyre_alltoallv(gyre_comm_t *comm, const void *in, const size_t *in_counts,
                             const size_t *in_displs, void *out, const size_t *out_counts,
                             const size_t *out_displs, gyre_type_t type)
{
    gyre__args_t args = arguments(in, in_counts, in_displs, out, out_counts, out_displs, type);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_ialltoallv(gyre_comm_t *comm, const void *in, const size_t *in_counts,
                              const size_t *in_displs, void *out, const size_t *out_counts,
                              const size_t *out_displs, gyre_type_t type, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, in_counts, in_displs, out, out_counts, out_displs, type);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_alltoallv_init(gyre_comm_t *comm, const void *in, const size_t *in_counts,
                                  const size_t *in_displs, void *out, const size_t *out_counts,
                                  const size_t *out_displs, gyre_type_t type, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, in_counts, in_displs, out, out_counts, out_displs, type);
    return gyre__collective_prepare(comm, &args, req);
}
