/* SPDX-License-Identifier: Apache-2.0 */
/* Chunk after chunk goes from the members of a node through their slots to its leader, which
 * reduces them, and up a tree of leaders to root, which leads its own node: while a chunk is
 * reduced within nodes, the one before is between them. Within a node of several domains, chunks
 * are reduced by their heads first. */
#include "harp/reduce/reduce.h"

#include "harp/node.h"
#include "harp/node_tree.h"
#include "harp/nodes.h"

/* A leader other than root has room for as many chunks as there are lanes. */
static void lead(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__node_tree_t *tree,
                 uint64_t chunk)
{
    gyre__nodes_t nodes;
    bool root = plan->rank == plan->root;
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk);
    gyre__ref_t tmp = gyre__schedule_scratch(s, chunk);
    gyre__ref_t sums = root ? gyre__out(0) : gyre__schedule_scratch(s, chunk * GYRE__LANES);
    int32_t at = GYRE__NOW, over[GYRE__LANES] = {GYRE__NOW, GYRE__NOW, GYRE__NOW, GYRE__NOW};
    gyre__nodes_of_leaders(&nodes, plan, s);
    for (uint32_t i = 0; i < chunks; i++) {
        uint64_t length = gyre__node_chunk_length(plan->bytes, chunk, i);
        gyre__ref_t sum = gyre__at(sums, (root ? i : i % GYRE__LANES) * chunk);
        at = gyre__join(s, at, over[i % GYRE__LANES]);
        at = gyre__node_tree_up(tree, s, at, gyre__in(i * chunk), i, sum, tmp, length);
        if (tree->count > 0 && i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
        over[i % GYRE__LANES] =
            gyre__nodes_run_vector(&nodes, gyre__reduce_knomial, sum, sum, length, at);
    }
    gyre__nodes_cleanup(&nodes);
}

static void follow(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__node_tree_t *tree,
                   uint64_t chunk)
{
    int32_t at = GYRE__NOW;
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk);
    for (uint32_t i = 0; i < chunks; i++) {
        at = gyre__node_tree_up(tree, s, at, gyre__in(i * chunk), i, gyre__tmp(0), gyre__tmp(0),
                                gyre__node_chunk_length(plan->bytes, chunk, i));
        if (tree->count > 0 && i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
}

void gyre__reduce_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__node_tree_t tree;
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    gyre__node_tree_init(&tree, plan, s, gyre__nodes_leader(plan), !plan->commutative);
    if (tree.parent < 0)
        lead(plan, s, &tree, chunk);
    else
        follow(plan, s, &tree, chunk);
    gyre__node_tree_cleanup(&tree);
}
