/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/collective.h"
#include "harp/scatter/scatter.h"

static const gyre__algorithm_t algorithms[] = {
    {"linear", "root to all, RADIX sends in flight", gyre__scatter_linear, 0, 64, 0},
    {"node", "short blocks through slots in the node segment", gyre__scatterv_node, GYRE__ALG_NODE,
     0, 0},
};

const gyre__collective_t gyre__scatterv = {"scatterv", algorithms,
                                           sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, const size_t *counts, const size_t *displs, void *out,
                              size_t count, gyre_type_t type, int root)
{
    return (gyre__args_t){.coll = GYRE__SCATTERV,
                          .in = in,
                          .in_counts = counts,
                          .in_displs = displs,
                          .out = out,
                          .count = count,
                          .type = type,
                          .root = root};
}

gyre_status_t gyre_scatterv(gyre_comm_t *comm, const void *in, const size_t *counts,
                            const size_t *displs, void *out, size_t count, gyre_type_t type,
                            int root)
{
    gyre__args_t args = arguments(in, counts, displs, out, count, type, root);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_iscatterv(gyre_comm_t *comm, const void *in, const size_t *counts,
                             const size_t *displs, void *out, size_t count, gyre_type_t type,
                             int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, counts, displs, out, count, type, root);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_scatterv_init(gyre_comm_t *comm, const void *in, const size_t *counts,
                                 const size_t *displs, void *out, size_t count, gyre_type_t type,
                                 int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, counts, displs, out, count, type, root);
    return gyre__collective_prepare(comm, &args, req);
}
