/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/scan/scan.h"
#include "harp/collective.h"

static const gyre__algorithm_t algorithms[] = {
    {"recursive_doubling", "from members at doubling distances", gyre__scan_recursive_doubling, 0,
     0, 0},
    {"linear", "piece after piece from each to the next", gyre__scan_linear, GYRE__ALG_ORDERED, 0,
     65536},
    {"node", "through slots in the node segment", gyre__exscan_node,
     GYRE__ALG_NODE | GYRE__ALG_ORDERED, 0, 32768},
    {"nodes", "within nodes, then over what comes before them", gyre__exscan_nodes,
     GYRE__ALG_NODES | GYRE__ALG_RANGES, 0, 32768},
};

const gyre__collective_t gyre__exscan = {"exscan", algorithms,
                                         sizeof(algorithms) / sizeof(algorithms[0])};

static gyre__args_t arguments(const void *in, void *out, size_t count, gyre_type_t type,
                              gyre_op_t op)
{
    return (gyre__args_t){
        .coll = GYRE__EXSCAN, .in = in, .out = out, .count = count, .type = type, .op = op};
}

gyre_status_t gyre_exscan(gyre_comm_t *comm, const void *in, void *out, size_t count,
                          gyre_type_t type, gyre_op_t op)
{
    gyre__args_t args = arguments(in, out, count, type, op);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_iexscan(gyre_comm_t *comm, const void *in, void *out, size_t count,
                           gyre_type_t type, gyre_op_t op, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, op);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_exscan_init(gyre_comm_t *comm, const void *in, void *out, size_t count,
                               gyre_type_t type, gyre_op_t op, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, op);
    return gyre__collective_prepare(comm, &args, req);
}
