/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/allreduce/allreduce.h"
#include "harp/collective.h"

static const gyre__algorithm_t algorithms[] = {
    {"recursive_doubling", "partners swap all they have", gyre__allreduce_recursive_doubling, 0, 2,
     0},
    {"reduce_bcast", "up and down a tree of that radix", gyre__allreduce_reduce_bcast, 0, 2, 0},
    {"rabenseifner", "in shares by recursive halving, which are then swapped",
     gyre__allreduce_scatter_gather, 0, 0, 0},
    {"knomial", "rabenseifner among as many partners as the radix", gyre__allreduce_scatter_gather,
     0, 4, 0},
    {"ring", "shares go around, twice", gyre__allreduce_ring,
     GYRE__ALG_COMMUTATIVE | GYRE__ALG_SYMMETRIC, 0, 0},
    {"double_binary_tree", "piece after piece, half up and down each of two trees",
     gyre__allreduce_double_binary_tree, 0, 0, 65536},
    {"gather_reduce", "each gets all vectors and reduces them from the left",
     gyre__allreduce_gather_reduce, GYRE__ALG_ORDERED | GYRE__ALG_SYMMETRIC, 0, 0},
    {"ordered", "each gets all operands of its share and reduces them from the left",
     gyre__allreduce_ordered, GYRE__ALG_ORDERED, 16, 0},
    {"node_flat", "all reduce everything from all slots in the node segment",
     gyre__allreduce_node_flat, GYRE__ALG_NODE | GYRE__ALG_ORDERED | GYRE__ALG_SYMMETRIC, 0, 32768},
    {"node_flat_mapped", "that from all inputs where they lie, if their memory is shared",
     gyre__allreduce_node_flat_mapped, GYRE__ALG_NODE | GYRE__ALG_ORDERED | GYRE__ALG_SYMMETRIC, 0,
     32768},
    {"node_shared", "each reduces a part from all slots in the node segment",
     gyre__allreduce_node_shared, GYRE__ALG_NODE | GYRE__ALG_ORDERED | GYRE__ALG_SYMMETRIC, 0,
     262144},
    {"node_direct", "each reduces a part of shared memory, from which all take it",
     gyre__allreduce_node_direct, GYRE__ALG_NODE | GYRE__ALG_ORDERED | GYRE__ALG_SYMMETRIC, 0,
     262144},
    {"node_domains", "through slots in the node segment, by domains", gyre__allreduce_nodes_leader,
     GYRE__ALG_NODE | GYRE__ALG_DOMAINS, 0, 32768},
    {"nodes_leader", "within nodes by leaders, then among those", gyre__allreduce_nodes_leader,
     GYRE__ALG_NODES | GYRE__ALG_BY_NODE, 2, 1048576},
    {"nodes_shared", "each reduces a part within its node, then with its like on the others",
     gyre__allreduce_nodes_shared, GYRE__ALG_NODES | GYRE__ALG_BY_NODE | GYRE__ALG_EVEN, 2, 524288},
};

const gyre__collective_t gyre__allreduce = {"allreduce", algorithms,
                                            sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, void *out, size_t count, gyre_type_t type,
                              gyre_op_t op)
{
    return (gyre__args_t){
        .coll = GYRE__ALLREDUCE, .in = in, .out = out, .count = count, .type = type, .op = op};
}

gyre_status_t gyre_allreduce(gyre_comm_t *comm, const void *in, void *out, size_t count,
                             gyre_type_t type, gyre_op_t op)
{
    gyre__args_t args = arguments(in, out, count, type, op);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_iallreduce(gyre_comm_t *comm, const void *in, void *out, size_t count,
                              gyre_type_t type, gyre_op_t op, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, op);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_allreduce_init(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                  gyre_type_t type, gyre_op_t op, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, op);
    return gyre__collective_prepare(comm, &args, req);
}
