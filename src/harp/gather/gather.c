/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/collective.h"
#include "harp/gather/gather.h"

static const gyre__algorithm_t algorithms[] = {
    {"linear", "all to root, RADIX receives posted", gyre__gather_linear, 0, 64, 0},
    {"binomial", "up a binomial tree", gyre__gather_knomial, 0, 0, 0},
    {"knomial", "up a RADIX-nomial tree", gyre__gather_knomial, 0, 4, 0},
    {"node", "through slots in the node segment", gyre__gather_node, GYRE__ALG_NODE, 0, 32768},
    {"node_direct", "straight from the others' memory", gyre__gather_node_direct, GYRE__ALG_NODE, 0,
     0},
    {"node_mapped", "that, where their memory is shared; else as node", gyre__gather_node_mapped,
     GYRE__ALG_NODE, 0, 0},
    {"nodes", "by leaders of nodes, up a tree of them", gyre__gather_nodes,
     GYRE__ALG_NODES | GYRE__ALG_RANGES | GYRE__ALG_EVEN, 2, 32768},
};

const gyre__collective_t gyre__gather = {"gather", algorithms,
                                         sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, void *out, size_t count, gyre_type_t type, int root)
{
    return (gyre__args_t){
        .coll = GYRE__GATHER, .in = in, .out = out, .count = count, .type = type, .root = root};
}

gyre_status_t gyre_gather(gyre_comm_t *comm, const void *in, void *out, size_t count,
                          gyre_type_t type, int root)
{
    gyre__args_t args = arguments(in, out, count, type, root);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_igather(gyre_comm_t *comm, const void *in, void *out, size_t count,
                           gyre_type_t type, int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, root);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_gather_init(gyre_comm_t *comm, const void *in, void *out, size_t count,
                               gyre_type_t type, int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, root);
    return gyre__collective_prepare(comm, &args, req);
}
