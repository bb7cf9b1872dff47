/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/allgather/allgather.h"
#include "harp/collective.h"

static const gyre__algorithm_t algorithms[] = {
    {"ring", "each passes on what came last", gyre__allgather_ring, GYRE__ALG_SYMMETRIC, 0, 0},
    {"neighbor_exchange", "two blocks at a time between neighbours in turn",
     gyre__allgather_neighbor_exchange, GYRE__ALG_SYMMETRIC | GYRE__ALG_PAIRS, 0, 0},
    {"recursive_doubling", "partners swap all they have", gyre__allgather_recursive_doubling,
     GYRE__ALG_SYMMETRIC | GYRE__ALG_POWER_OF_TWO, 0, 0},
    {"bruck", "all at hand to RADIX - 1 members below, then a turn", gyre__allgather_bruck,
     GYRE__ALG_SYMMETRIC, 2, 0},
    {"node", "through slots in the node segment", gyre__allgather_node,
     GYRE__ALG_NODE | GYRE__ALG_SYMMETRIC, 0, 32768},
    {"node_direct", "straight from the others' memory", gyre__allgather_node_direct,
     GYRE__ALG_NODE | GYRE__ALG_SYMMETRIC, 0, 0},
    {"node_mapped", "that, where their memory is shared; else as node", gyre__allgather_node_mapped,
     GYRE__ALG_NODE, 0, 0},
    {"nodes_leader", "by leaders of nodes", gyre__allgather_nodes_leader,
     GYRE__ALG_NODES | GYRE__ALG_RANGES, 2, 32768},
    {"nodes_shared", "each with its like on other nodes, then within nodes",
     gyre__allgather_nodes_shared, GYRE__ALG_NODES | GYRE__ALG_RANGES | GYRE__ALG_EVEN, 2, 32768},
};

const gyre__collective_t gyre__allgather = {"allgather", algorithms,
                                            sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, void *out, size_t count, gyre_type_t type)
{
    return (gyre__args_t){
        .coll = GYRE__ALLGATHER, .in = in, .out = out, .count = count, .type = type};
}

gyre_status_t gyre_allgather(gyre_comm_t *comm, const void *in, void *out, size_t count,
                             gyre_type_t type)
{
    gyre__args_t args = arguments(in, out, count, type);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_iallgather(gyre_comm_t *comm, const void *in, void *out, size_t count,
                              gyre_type_t type, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_allgather_init(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                  gyre_type_t type, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type);
    return gyre__collective_prepare(comm, &args, req);
}
