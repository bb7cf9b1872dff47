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

typedef struct flow {
    const gyre__plan_t *plan;
    gyre__schedule_t *s;
    gyre__node_tree_t tree;
    gyre__nodes_t nodes;
    gyre__generate_fn among_leaders;
    uint64_t piece;
    uint32_t unit;
    int32_t at;
} flow_t;

/* Through the slots, piece by piece. This member releases what it has not read, too: heads wait
 * for all members. */
static void pass_down(flow_t *flow, uint64_t offset, uint64_t bytes)
{
    uint32_t pieces = gyre__node_chunks(bytes, flow->piece);
    for (uint32_t i = 0; i < pieces; i++) {
        flow->at = gyre__node_tree_down(&flow->tree, flow->s, flow->at, flow->unit++,
                                        gyre__out(offset + i * flow->piece),
                                        gyre__node_chunk_length(bytes, flow->piece, i));
        if (flow->plan->places->local_size > 1)
            flow->at = gyre__release(flow->s, flow->at, flow->unit);
    }
}

static void pass_chunks(flow_t *flow)
{
    const gyre__plan_t *plan = flow->plan;
    uint64_t chunk = gyre__node_chunk(plan, UINT64_MAX);
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk);
    for (uint32_t i = 0; i < chunks; i++) {
        gyre__ref_t to = gyre__out(i * chunk);
        uint64_t length = gyre__node_chunk_length(plan->bytes, chunk, i);
        if (flow->tree.parent < 0)
            flow->at = gyre__join(flow->s, flow->at,
                                  gyre__nodes_run_vector(&flow->nodes, flow->among_leaders, to, to,
                                                         length, GYRE__NOW));
        pass_down(flow, i * chunk, length);
    }
}

static void bcast(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__generate_fn among_leaders)
{
    flow_t flow = {.plan = plan, .s = s, .among_leaders = among_leaders, .at = GYRE__NOW};
    flow.piece = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    gyre__node_tree_init(&flow.tree, plan, s, gyre__nodes_leader(plan), false);
    if (flow.tree.parent < 0)
        gyre__nodes_of_leaders(&flow.nodes, plan, s);
    pass_chunks(&flow);
    gyre__nodes_cleanup(&flow.nodes);
    gyre__node_tree_cleanup(&flow.tree);
}

void gyre__bcast_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    bcast(plan, s, gyre__bcast_knomial);
}

void gyre__bcast_nodes_chain(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    bcast(plan, s, gyre__bcast_chain);
}
