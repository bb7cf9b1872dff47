/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/reduce_scatter/reduce_scatter.h"
#include "harp/collective.h"

static const gyre__algorithm_t algorithms[] = {
    {"node", "through slots in the node segment", gyre__reduce_scatter_node,
     GYRE__ALG_NODE | GYRE__ALG_ORDERED, 0, 0},
    {"node_direct", "straight from inputs in shared memory", gyre__reduce_scatter_node_direct,
     GYRE__ALG_NODE | GYRE__ALG_ORDERED, 0, 32768},
};

const gyre__collective_t gyre__reduce_scatter = {"reduce_scatter", algorithms,
                                                 sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, void *out, const size_t *counts, gyre_type_t type,
                              gyre_op_t op)
{
    return (gyre__args_t){.coll = GYRE__REDUCE_SCATTER,
                          .in = in,
                          .out = out,
                          .in_counts = counts,
                          .type = type,
                          .op = op};
}

gyre_status_t gyre_reduce_scatter(gyre_comm_t *comm, const void *in, void *out,
                                  const size_t *counts, gyre_type_t type, gyre_op_t op)
{
    gyre__args_t args = arguments(in, out, counts, type, op);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_ireduce_scatter(gyre_comm_t *comm, const void *in, void *out,
                                   const size_t *counts, gyre_type_t type, gyre_op_t op,
                                   gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, counts, type, op);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_reduce_scatter_init(gyre_comm_t *comm, const void *in, void *out,
                                       const size_t *counts, gyre_type_t type, gyre_op_t op,
                                       gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, counts, type, op);
    return gyre__collective_prepare(comm, &args, req);
}
