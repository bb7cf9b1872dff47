/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/barrier/barrier.h"
#include "harp/collective.h"

static const gyre__algorithm_t algorithms[] = {
    {"dissemination", "each tells ever farther members", gyre__barrier_dissemination,
     GYRE__ALG_SYMMETRIC, 2, 0},
    {"tree", "up and down a tree of that radix", gyre__barrier_tree, 0, 4, 0},
    {"node", "flags in the node segment, all to all", gyre__barrier_node,
     GYRE__ALG_NODE | GYRE__ALG_SYMMETRIC, 0, 0},
    {"node_domains", "flags in the node segment, by domains", gyre__barrier_nodes,
     GYRE__ALG_NODE | GYRE__ALG_DOMAINS, 0, 0},
    {"nodes", "flags within nodes, dissemination between them", gyre__barrier_nodes,
     GYRE__ALG_NODES, 2, 0},
};

const gyre__collective_t gyre__barrier = {"barrier", algorithms,
                                          sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(void)
{
    return (gyre__args_t){.coll = GYRE__BARRIER};
}

gyre_status_t gyre_barrier(gyre_comm_t *comm)
{
    gyre__args_t args = arguments();
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_ibarrier(gyre_comm_t *comm, gyre_request_t **req)
{
    gyre__args_t args = arguments();
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_barrier_init(gyre_comm_t *comm, gyre_request_t **req)
{
    gyre__args_t args = arguments();
    return gyre__collective_prepare(comm, &args, req);
}
