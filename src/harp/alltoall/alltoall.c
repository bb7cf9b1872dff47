/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/alltoall/alltoall.h"
#include "harp/collective.h"

static const gyre__algorithm_t algorithms[] = {
    {"linear", "straight to all, RADIX in flight each way", gyre__alltoall_linear,
     GYRE__ALG_SYMMETRIC, 32, 0},
    {"pairwise", "one message each way at a time", gyre__alltoall_pairwise, GYRE__ALG_SYMMETRIC, 0,
     0},
    {"bruck", "blocks travel by the digits, base RADIX, of their distance", gyre__alltoall_bruck,
     GYRE__ALG_SYMMETRIC, 2, 0},
    {"node_aggregated", "one message between two nodes", gyre__alltoall_node_aggregated,
     GYRE__ALG_GROUPS, 0, 0},
    {"node", "through slots in the node segment", gyre__alltoall_node,
     GYRE__ALG_NODE | GYRE__ALG_SYMMETRIC, 0, 0},
    {"node_direct", "straight from the others' memory", gyre__alltoall_node_direct,
     GYRE__ALG_NODE | GYRE__ALG_SYMMETRIC, 0, 0},
    {"node_mapped", "that, where their memory is shared; else as node or, if long, linear",
     gyre__alltoall_node_mapped, GYRE__ALG_NODE, 32, 0},
    {"nodes", "within nodes for the likes of others, then one message to each node",
     gyre__alltoall_nodes, GYRE__ALG_NODES | GYRE__ALG_RANGES | GYRE__ALG_EVEN, 32, 0},
};

const gyre__collective_t gyre__alltoall = {"alltoall", algorithms,
                                           sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, void *out, size_t count, gyre_type_t type)
{
    return (gyre__args_t){
        .coll = GYRE__ALLTOALL, .in = in, .out = out, .count = count, .type = type};
}

gyre_status_t gyre_alltoall(gyre_comm_t *comm, const void *in, void *out, size_t count,
                            gyre_type_t type)
{
    gyre__args_t args = arguments(in, out, count, type);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_ialltoall(gyre_comm_t *comm, const void *in, void *out, size_t count,
                             gyre_type_t type, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_alltoall_init(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                 gyre_type_t type, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type);
    return gyre__collective_prepare(comm, &args, req);
}
