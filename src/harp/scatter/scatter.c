/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/collective.h"
#include "harp/scatter/scatter.h"

static const gyre__algorithm_t algorithms[] = {
    {"linear", "root to all, RADIX sends in flight", gyre__scatter_linear, 0, 64, 0},
    {"binomial", "down a binomial tree", gyre__scatter_knomial, 0, 0, 0},
    {"knomial", "down a RADIX-nomial tree", gyre__scatter_knomial, 0, 4, 0},
    {"node", "through slots in the node segment", gyre__scatter_node, GYRE__ALG_NODE, 0, 0},
    {"node_direct", "straight from root's memory", gyre__scatter_node_direct, GYRE__ALG_NODE, 0, 0},
    {"node_mapped", "that, where their memory is shared; else as node", gyre__scatter_node_mapped,
     GYRE__ALG_NODE, 0, 0},
    {"nodes", "down a tree of the nodes' leaders and through their slots", gyre__scatter_nodes,
     GYRE__ALG_NODES | GYRE__ALG_RANGES | GYRE__ALG_EVEN, 2, 0},
};

const gyre__collective_t gyre__scatter = {"scatter", algorithms,
                                          sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, void *out, size_t count, gyre_type_t type, int root)
{
    return (gyre__args_t){
        .coll = GYRE__SCATTER, .in = in, .out = out, .count = count, .type = type, .root = root};
}

gyre_status_t gyre_scatter(gyre_comm_t *comm, const void *in, void *out, size_t count,
                           gyre_type_t type, int root)
{
    gyre__args_t args = arguments(in, out, count, type, root);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_iscatter(gyre_comm_t *comm, const void *in, void *out, size_t count,
                            gyre_type_t type, int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, root);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_scatter_init(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                gyre_type_t type, int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, root);
    return gyre__collective_prepare(comm, &args, req);
}
