/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/collective.h"
#include "harp/gather/gather.h"

static const gyre__algorithm_t algorithms[] = {
    {"linear", "all to root, RADIX receives posted", gyre__gather_linear, 0, 64, 0},
    {"node", "short blocks through slots in the node segment", gyre__gatherv_node, GYRE__ALG_NODE,
     0, 0},
};

const gyre__collective_t gyre__gatherv = {"gatherv", algorithms,
                                          sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, size_t count, void *out, const size_t *counts,
                              const size_t *displs, gyre_type_t type, int root)
{
    return (gyre__args_t){.coll = GYRE__GATHERV,
                          .in = in,
                          .count = count,
                          .out = out,
                          .out_counts = counts,
                          .out_displs = displs,
                          .type = type,
                          .root = root};
}

gyre_status_t gyre_gatherv(gyre_comm_t *comm, const void *in, size_t count, void *out,
                           const size_t *counts, const size_t *displs, gyre_type_t type, int root)
{
    gyre__args_t args = arguments(in, count, out, counts, displs, type, root);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_igatherv(gyre_comm_t *comm, const void *in, size_t count, void *out,
                            const size_t *counts, const size_t *displs, gyre_type_t type, int root,
                            gyre_request_t **req)
{
    gyre__args_t args = arguments(in, count, out, counts, displs, type, root);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_gatherv_init(gyre_comm_t *comm, const void *in, size_t count, void *out,
                                const size_t *counts, const size_t *displs, gyre_type_t type,
                                int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, count, out, counts, displs, type, root);
    return gyre__collective_prepare(comm, &args, req);
}
