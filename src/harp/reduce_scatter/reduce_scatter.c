/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/reduce_scatter/reduce_scatter.h"
#include "harp/collective.h"

const gyre__algorithm_t gyre__reduce_scatter_algorithms[GYRE__REDUCE_SCATTER_ALGORITHMS] = {
    {"pairwise", "operands straight to their members, one at a time", gyre__reduce_scatter_pairwise,
     GYRE__ALG_SYMMETRIC, 0, 0},
    {"ring", "partial results go around", gyre__reduce_scatter_ring,
     GYRE__ALG_COMMUTATIVE | GYRE__ALG_SYMMETRIC, 0, 0},
    {"recursive_halving", "partners swap ever smaller halves",
     gyre__reduce_scatter_recursive_halving, GYRE__ALG_COMMUTATIVE, 0, 0},
    {"ordered", "operands straight to their members, which reduce them from the left",
     gyre__reduce_scatter_ordered, GYRE__ALG_ORDERED | GYRE__ALG_SYMMETRIC, 16, 0},
    {"node", "through slots in the node segment", gyre__reduce_scatter_node,
     GYRE__ALG_NODE | GYRE__ALG_ORDERED, 0, 0},
    {"node_direct", "straight from inputs in shared memory", gyre__reduce_scatter_node_direct,
     GYRE__ALG_NODE | GYRE__ALG_ORDERED, 0, 32768},
    {"nodes", "within nodes for the likes of others, then between those",
     gyre__reduce_scatter_nodes, GYRE__ALG_NODES | GYRE__ALG_RANGES | GYRE__ALG_EVEN, 0, 0},
    {"nodes_leader", "all of it by leaders of nodes, of which each keeps its own",
     gyre__reduce_scatter_nodes_leader, GYRE__ALG_NODES | GYRE__ALG_BY_NODE, 2, 0},
};

const gyre__collective_t gyre__reduce_scatter = {"reduce_scatter", gyre__reduce_scatter_algorithms,
                                                 GYRE__REDUCE_SCATTER_ALGORITHMS};

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
