/* SPDX-License-Identifier: Apache-2.0 */
/* Within each node, a member gets all blocks that are for its likes (the members of its index) on
 * all nodes; then those swap them, a node's blocks in one message: a member sends one message to
 * each other node. Nodes are equally full ranges of ranks, so that nothing has to be packed.
 *
 * J. L. Traff, A. Rougier: MPI collectives and datatypes for hierarchical all-to-all
 * communication. EuroMPI/ASIA 2014. */
#include "harp/alltoall/alltoall.h"
#include "harp/move.h"
#include "harp/nodes.h"

enum { FEW_NODES = 8, SHORT = 512 };

static gyre__generate_fn among_peers(const gyre__plan_t *plan, uint64_t bytes)
{
    return plan->places->nodes >= FEW_NODES && bytes <= SHORT ? gyre__alltoall_bruck
                                                              : gyre__alltoall_linear;
}

void gyre__alltoall_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__nodes_t nodes;
    gyre__locals_t locals;
    uint64_t row = plan->bytes * (uint64_t)plan->places->local_size;
    int32_t ready;
    if (plan->bytes == 0)
        return;
    gyre__ref_t in = gyre__alltoall_input(plan, s, &ready);
    gyre__ref_t rows = gyre__schedule_scratch(s, row * (uint64_t)plan->places->nodes);
    gyre__locals_init(&locals, plan, s);
    for (int n = 0; n < plan->places->nodes; n++)
        ready = gyre__locals_run(&locals, gyre__alltoall_node, gyre__at(in, row * (uint64_t)n),
                                 gyre__at(rows, row * (uint64_t)n), ready);
    gyre__nodes_of_peers(&nodes, plan, s);
    gyre__nodes_run_vector(&nodes, among_peers(plan, row), rows, gyre__out(0), row, ready);
    gyre__nodes_cleanup(&nodes);
}
