/* SPDX-License-Identifier: Apache-2.0 */
/* Chunk after chunk is reduced by the leader of each node from its members' slots, among the
 * leaders, and goes back through the leader's slots. Even units carry operands, odd ones results:
 * a chunk may be reduced within nodes while others are between them or on their way back. Within
 * a node of several domains, chunks go through their heads. */
#include "harp/allreduce/allreduce.h"
#include "harp/node.h"
#include "harp/node_tree.h"
#include "harp/nodes.h"

enum { SHORT = 16384 }; /* bytes: halving and doubling is not worth twice the rounds */

gyre__generate_fn gyre__allreduce_among_nodes(const gyre__plan_t *plan, uint64_t bytes)
{
    return plan->places->nodes > 2 && bytes > SHORT ? gyre__allreduce_scatter_gather
                                                    : gyre__allreduce_recursive_doubling;
}

/* Only what has gone up is read here. */
static void lead(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__node_tree_t *tree,
                 uint64_t chunk)
{
    gyre__nodes_t nodes;
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk);
    gyre__ref_t tmp = gyre__schedule_scratch(s, chunk);
    int32_t up = GYRE__NOW, down = GYRE__NOW;
    gyre__nodes_of_leaders(&nodes, plan, s);
    for (uint32_t i = 0; i < chunks; i++) {
        uint64_t length = gyre__node_chunk_length(plan->bytes, chunk, i);
        gyre__ref_t to = gyre__out(i * chunk);
        up = gyre__node_tree_up(tree, s, up, gyre__in(i * chunk), 2 * i, to, tmp, length);
        if (tree->count > 0 && i + 1 < chunks)
            up = gyre__release(s, up, 2 * i + 1);
        int32_t here = gyre__nodes_run_vector(&nodes, gyre__allreduce_among_nodes(plan, length), to,
                                              to, length, up);
        down = gyre__node_tree_down(tree, s, gyre__join(s, here, down), 2 * i + 1, to, length);
    }
    gyre__nodes_cleanup(&nodes);
}

static void follow(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__node_tree_t *tree,
                   uint64_t chunk)
{
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk);
    gyre__ref_t nowhere = gyre__tmp(0);
    int32_t up = GYRE__NOW, down = GYRE__NOW;
    for (uint32_t i = 0; i < chunks; i++) {
        uint64_t length = gyre__node_chunk_length(plan->bytes, chunk, i);
        up = gyre__node_tree_up(tree, s, up, gyre__in(i * chunk), 2 * i, nowhere, nowhere, length);
        down = gyre__node_tree_down(tree, s, gyre__join(s, up, down), 2 * i + 1,
                                    gyre__out(i * chunk), length);
        if (i + 1 < chunks)
            down = gyre__release(s, down, 2 * i + 2);
    }
}

void gyre__allreduce_nodes_leader(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__node_tree_t tree;
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    gyre__node_tree_init(&tree, plan, s, 0, !plan->commutative);
    if (tree.parent < 0)
        lead(plan, s, &tree, chunk);
    else
        follow(plan, s, &tree, chunk);
    gyre__node_tree_cleanup(&tree);
}
