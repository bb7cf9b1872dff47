/* SPDX-License-Identifier: Apache-2.0 */
/* Chunk after chunk goes from root to the leaders of the other nodes, and from the leaders through
 * their slots to the members of their nodes: while a chunk is copied within nodes, the next one is
 * between them. Leaders pass chunks on down a tree, or along a chain, where each sends every byte
 * but once. Within a node of several domains, chunks go through their heads.
 *
 * R. Graham, M. Gorentla Venkata, J. Ladd, P. Shamis, I. Rabinovitz, V. Filipov, G. Shainer:
 * Cheetah: a framework for scalable hierarchical collective operations. CCGRID 2011. */
#include "harp/bcast/bcast.h"
#include "harp/node.h"
#include "harp/node_tree.h"
#include "harp/nodes.h"

/* This member releases what it has not read, too: heads wait for all members. */
static void pass_chunks(const gyre__plan_t *plan, gyre__schedule_t *s,
                        const gyre__node_tree_t *tree, gyre__nodes_t *nodes,
                        gyre__generate_fn among_leaders)
{
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk);
    int32_t at = GYRE__NOW;
    for (uint32_t i = 0; i < chunks; i++) {
        gyre__ref_t to = gyre__out(i * chunk);
        uint64_t length = gyre__node_chunk_length(plan->bytes, chunk, i);
        if (tree->parent < 0)
            at = gyre__join(
                s, at, gyre__nodes_run_vector(nodes, among_leaders, to, to, length, GYRE__NOW));
        at = gyre__node_tree_down(tree, s, at, i, to, length);
        if (plan->places->local_size > 1 && i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
}

static void bcast(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__generate_fn among_leaders)
{
    gyre__node_tree_t tree;
    gyre__nodes_t nodes = {.members = NULL};
    gyre__node_tree_init(&tree, plan, s, gyre__nodes_leader(plan), false);
    if (tree.parent < 0)
        gyre__nodes_of_leaders(&nodes, plan, s);
    pass_chunks(plan, s, &tree, &nodes, among_leaders);
    gyre__nodes_cleanup(&nodes);
    gyre__node_tree_cleanup(&tree);
}

void gyre__bcast_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    bcast(plan, s, gyre__bcast_knomial);
}

void gyre__bcast_nodes_chain(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    bcast(plan, s, gyre__bcast_chain);
}
