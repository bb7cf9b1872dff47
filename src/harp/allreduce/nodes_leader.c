/* SPDX-License-Identifier: Apache-2.0 */
/* Segment after segment is reduced by the leader of each node from its members' slots, among the
 * leaders, and goes back through the leader's slots, within nodes in pieces that fit there: a
 * segment may be reduced within nodes while others are between them or on their way back. Within
 * a node of several domains, pieces go through their heads. */
#include "harp/allreduce/allreduce.h"
#include "harp/node.h"
#include "harp/node_tree.h"
#include "harp/nodes.h"

enum { SHORT = 262144 }; /* bytes: to halve and double them is not worth twice the rounds */

gyre__generate_fn gyre__allreduce_among_nodes(const gyre__plan_t *plan, uint64_t bytes)
{
    return plan->places->nodes > 2 && bytes > SHORT ? gyre__allreduce_scatter_gather
                                                    : gyre__allreduce_recursive_doubling;
}

typedef struct flow {
    const gyre__plan_t *plan;
    gyre__schedule_t *s;
    gyre__node_tree_t tree;
    gyre__nodes_t nodes;
    uint64_t piece;
    gyre__ref_t tmp;
    int32_t up, down; /* last steps of each direction */
} flow_t;

/* A head releases units of both kinds, in their order; others read one kind only. */
static bool is_head(const flow_t *flow)
{
    return flow->tree.parent >= 0 && flow->tree.count > 0;
}

/* Units from first on. */
static void pass_up(flow_t *flow, uint64_t offset, uint64_t bytes, uint32_t first, uint32_t pieces)
{
    for (uint32_t i = 0; i < pieces; i++) {
        uint64_t at = offset + i * flow->piece;
        flow->up = gyre__node_tree_up(&flow->tree, flow->s, flow->up, gyre__in(at), first + i,
                                      gyre__out(at), flow->tmp,
                                      gyre__node_chunk_length(bytes, flow->piece, i));
        if (flow->tree.count > 0)
            flow->up = gyre__release(flow->s, flow->up, first + i + 1);
    }
}

/* The top reads none of these units, but heads wait for its release of them, too. */
static void pass_down(flow_t *flow, uint64_t offset, uint64_t bytes, uint32_t first,
                      uint32_t pieces)
{
    for (uint32_t i = 0; i < pieces; i++) {
        flow->down = gyre__node_tree_down(&flow->tree, flow->s, flow->down, first + i,
                                          gyre__out(offset + i * flow->piece),
                                          gyre__node_chunk_length(bytes, flow->piece, i));
        if (flow->tree.parent >= 0 || flow->plan->places->domains > 1)
            flow->down = gyre__release(flow->s, flow->down, first + i + 1);
    }
}

static void pass_segments(flow_t *flow)
{
    const gyre__plan_t *plan = flow->plan;
    uint64_t segment = gyre__node_chunk(plan, UINT64_MAX);
    uint32_t segments = gyre__node_chunks(plan->bytes, segment), unit = 0;
    for (uint32_t i = 0; i < segments; i++) {
        uint64_t bytes = gyre__node_chunk_length(plan->bytes, segment, i), offset = i * segment;
        uint32_t pieces = gyre__node_chunks(bytes, flow->piece);
        pass_up(flow, offset, bytes, unit, pieces);
        int32_t here = flow->up;
        if (flow->tree.parent < 0)
            here = gyre__nodes_run_vector(&flow->nodes, gyre__allreduce_among_nodes(plan, bytes),
                                          gyre__out(offset), gyre__out(offset), bytes, flow->up);
        flow->down = gyre__join(flow->s, here, flow->down);
        pass_down(flow, offset, bytes, unit + pieces, pieces);
        if (is_head(flow))
            flow->up = flow->down;
        unit += 2 * pieces;
    }
}

void gyre__allreduce_nodes_leader(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    flow_t flow = {.plan = plan, .s = s, .up = GYRE__NOW, .down = GYRE__NOW};
    flow.piece = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    gyre__node_tree_init(&flow.tree, plan, s, 0, !plan->commutative);
    if (flow.tree.parent < 0) {
        gyre__nodes_of_leaders(&flow.nodes, plan, s);
        flow.tmp = gyre__schedule_scratch(s, flow.piece);
    }
    pass_segments(&flow);
    gyre__nodes_cleanup(&flow.nodes);
    gyre__node_tree_cleanup(&flow.tree);
}
