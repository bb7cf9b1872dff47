/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/reduce/reduce.h"
#include "harp/collective.h"

static const gyre__algorithm_t algorithms[] = {
    {"binomial", "up a binomial tree", gyre__reduce_knomial, 0, 0, 0},
    {"knomial", "up a tree of that radix", gyre__reduce_knomial, 0, 4, 0},
    {"linear", "all to root, which reduces from the left", gyre__reduce_linear, GYRE__ALG_ORDERED,
     0, 0},
    {"chain", "piece after piece from each to the next", gyre__reduce_chain, GYRE__ALG_ORDERED, 0,
     65536},
    {"rabenseifner", "in shares by recursive halving, which are then gathered",
     gyre__reduce_scatter_gather, 0, 2, 0},
    {"double_binary_tree", "piece after piece, half up each of two trees",
     gyre__reduce_double_binary_tree, 0, 0, 65536},
    {"node", "root reduces from the others' slots in the node segment", gyre__reduce_node,
     GYRE__ALG_NODE | GYRE__ALG_ORDERED, 0, 32768},
    {"node_domains", "through slots in the node segment, by domains", gyre__reduce_nodes,
     GYRE__ALG_NODE | GYRE__ALG_DOMAINS, 0, 32768},
    {"nodes", "chunk after chunk through slots to leaders and up a tree of them",
     gyre__reduce_nodes, GYRE__ALG_NODES | GYRE__ALG_BY_NODE, 2, 524288},
};

const gyre__collective_t gyre__reduction = {"reduce", algorithms,
                                            sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, void *out, size_t count, gyre_type_t type,
                              gyre_op_t op, int root)
{
    return (gyre__args_t){.coll = GYRE__REDUCE,
                          .in = in,
                          .out = out,
                          .count = count,
                          .type = type,
                          .op = op,
                          .root = root};
}

gyre_status_t gyre_reduce(gyre_comm_t *comm, const void *in, void *out, size_t count,
                          gyre_type_t type, gyre_op_t op, int root)
{
    gyre__args_t args = arguments(in, out, count, type, op, root);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_ireduce(gyre_comm_t *comm, const void *in, void *out, size_t count,
                           gyre_type_t type, gyre_op_t op, int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, op, root);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_reduce_init(gyre_comm_t *comm, const void *in, void *out, size_t count,
                               gyre_type_t type, gyre_op_t op, int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, op, root);
    return gyre__collective_prepare(comm, &args, req);
}
