/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of each node's members go up to its leader, leaders tell each other by dissemination, and
 * a leader's flag lets its node go. Within a node of several domains, flags go through their
 * heads.
 *
 * R. Graham, G. Shipman: MPI support for multi-core architectures: optimized shared memory
 * collectives. EuroPVM/MPI 2008. */
#include "harp/barrier/barrier.h"
#include "harp/node.h"
#include "harp/node_tree.h"
#include "harp/nodes.h"

static int32_t among_leaders(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t ready)
{
    gyre__nodes_t nodes;
    gyre__nodes_of_leaders(&nodes, plan, s);
    ready = gyre__nodes_run(&nodes, gyre__barrier_dissemination, gyre__tmp(0), gyre__tmp(0), ready);
    gyre__nodes_cleanup(&nodes);
    return ready;
}

void gyre__barrier_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__node_tree_t tree;
    gyre__ref_t nothing = gyre__tmp(0);
    gyre__node_tree_init(&tree, plan, s, 0, false);
    int32_t at = gyre__node_tree_up(&tree, s, GYRE__NOW, nothing, 0, nothing, nothing, 0);
    if (tree.parent < 0)
        at = among_leaders(plan, s, at);
    gyre__node_tree_down(&tree, s, at, 1, nothing, 0);
    gyre__node_tree_cleanup(&tree);
}
