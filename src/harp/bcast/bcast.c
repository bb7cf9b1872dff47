/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/bcast/bcast.h"
#include "harp/collective.h"

static const gyre__algorithm_t algorithms[] = {
    {"binomial", "down a binomial tree", gyre__bcast_knomial, 0, 0, 0},
    {"knomial", "down a tree of that radix", gyre__bcast_knomial, 0, 4, 0},
    {"chain", "piece after piece from each to the next", gyre__bcast_chain, 0, 0, 65536},
    {"scatter_allgather", "shares down a binomial tree, then around the ring",
     gyre__bcast_scatter_allgather, 0, 0, 0},
    {"double_binary_tree", "piece after piece, half down each of two trees",
     gyre__bcast_double_binary_tree, 0, 0, 65536},
    {"node", "chunks through root's slots in the node segment", gyre__bcast_node, GYRE__ALG_NODE, 0,
     32768},
    {"node_direct", "straight from root's memory", gyre__bcast_node_direct, GYRE__ALG_NODE, 0, 0},
    {"node_mapped", "that, where root's memory is shared; else as node", gyre__bcast_node_mapped,
     GYRE__ALG_NODE, 0, 32768},
    {"node_domains", "chunks through slots in the node segment, by domains", gyre__bcast_nodes,
     GYRE__ALG_NODE | GYRE__ALG_DOMAINS, 0, 32768},
    {"nodes", "chunk after chunk down a tree of leaders and through their slots", gyre__bcast_nodes,
     GYRE__ALG_NODES, 2, 524288},
    {"nodes_chain", "chunk after chunk along a chain of leaders and through their slots",
     gyre__bcast_nodes_chain, GYRE__ALG_NODES, 0, 524288},
};

const gyre__collective_t gyre__bcast = {"bcast", algorithms,
                                        sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(void *buf, size_t count, gyre_type_t type, int root)
{
    return (gyre__args_t){
        .coll = GYRE__BCAST, .in = buf, .out = buf, .count = count, .type = type, .root = root};
}

gyre_status_t gyre_bcast(gyre_comm_t *comm, void *buf, size_t count, gyre_type_t type, int root)
{
    gyre__args_t args = arguments(buf, count, type, root);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_ibcast(gyre_comm_t *comm, void *buf, size_t count, gyre_type_t type, int root,
                          gyre_request_t **req)
{
    gyre__args_t args = arguments(buf, count, type, root);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_bcast_init(gyre_comm_t *comm, void *buf, size_t count, gyre_type_t type,
                              int root, gyre_request_t **req)
{
    gyre__args_t args = arguments(buf, count, type, root);
    return gyre__collective_prepare(comm, &args, req);
}
