/* SPDX-License-Identifier: Apache-2.0 */
/* Root's blocks go down a tree of the nodes' leaders, of which root is one, and those give each
 * member its own. Nodes are equally full ranges of ranks: a node's blocks are one. */
#include "harp/scatter/scatter.h"

#include "harp/nodes.h"

/* Where the blocks of this node are at its leader. */
static gyre__ref_t fetch_row(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t *ready)
{
    gyre__nodes_t nodes;
    uint64_t length = plan->bytes * (uint64_t)plan->places->local_size;
    gyre__ref_t row = gyre__schedule_scratch(s, length);
    gyre__nodes_of_leaders(&nodes, plan, s);
    *ready =
        gyre__nodes_run_vector(&nodes, gyre__scatter_knomial, gyre__in(0), row, length, GYRE__NOW);
    gyre__nodes_cleanup(&nodes);
    return row;
}

void gyre__scatter_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__locals_t locals;
    int leader = gyre__nodes_leader(plan);
    int32_t ready = GYRE__NOW;
    gyre__ref_t row = gyre__tmp(0);
    if (plan->places->local_rank == leader)
        row = fetch_row(plan, s, &ready);
    gyre__locals_init(&locals, plan, s);
    locals.part.plan.root = leader;
    gyre__locals_run(&locals, gyre__scatter_node, row, gyre__out(0), ready);
}
