/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/reduce_scatter/reduce_scatter.h"
#include "harp/collective.h"

const gyre__collective_t gyre__reduce_scatter_block = {
    "reduce_scatter_block", gyre__reduce_scatter_algorithms, GYRE__REDUCE_SCATTER_ALGORITHMS};

static gyre__args_t arguments(const void *in, void *out, size_t count, gyre_type_t type,
                              gyre_op_t op)
{
    return (gyre__args_t){.coll = GYRE__REDUCE_SCATTER_BLOCK,
                          .in = in,
                          .out = out,
                          .count = count,
                          .type = type,
                          .op = op};
}

gyre_status_t gyre_reduce_scatter_block(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                        gyre_type_t type, gyre_op_t op)
{
    gyre__args_t args = arguments(in, out, count, type, op);
    return gyre__collective_run(comm, &args);
}

gyre_status_t gyre_ireduce_scatter_block(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                         gyre_type_t type, gyre_op_t op, gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, op);
    return gyre__collective_start(comm, &args, req);
}

gyre_status_t gyre_reduce_scatter_block_init(gyre_comm_t *comm, const void *in, void *out,
                                             size_t count, gyre_type_t type, gyre_op_t op,
                                             gyre_request_t **req)
{
    gyre__args_t args = arguments(in, out, count, type, op);
    return gyre__collective_prepare(comm, &args, req);
}
