/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks come together at the leader of each node, root on its own, and go up a tree of leaders.
 * Nodes are equally full ranges of ranks: a node's blocks are one. */
#include "harp/gather/gather.h"

#include "harp/nodes.h"

void gyre__gather_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__nodes_t nodes;
    gyre__locals_t locals;
    const gyre__places_t *places = plan->places;
    int leader = gyre__nodes_leader(plan);
    uint64_t length = plan->bytes * (uint64_t)places->local_size;
    gyre__ref_t row = gyre__out(plan->bytes * (uint64_t)places->local[0]);
    if (places->local_rank == leader && plan->rank != plan->root)
        row = gyre__schedule_scratch(s, length);
    gyre__locals_init(&locals, plan, s);
    locals.part.plan.root = leader;
    int32_t ready = gyre__locals_run(&locals, gyre__gather_node, gyre__in(0), row, GYRE__NOW);
    if (places->local_rank != leader)
        return;
    gyre__nodes_of_leaders(&nodes, plan, s);
    gyre__nodes_run_vector(&nodes, gyre__gather_knomial, row, gyre__out(0), length, ready);
    gyre__nodes_cleanup(&nodes);
}
