/* SPDX-License-Identifier: Apache-2.0 */
/* Segment after segment goes from the members of a node through their slots, in pieces that fit
 * there, to its leader, which reduces them, and up a tree of leaders to root, which leads its own
 * node: while a segment is reduced within nodes, the one before is between them. Within a node of
 * several domains, pieces are reduced by their heads first. */
#include "harp/reduce/reduce.h"

#include "harp/node.h"
#include "harp/node_tree.h"
#include "harp/nodes.h"

typedef struct flow {
    const gyre__plan_t *plan;
    gyre__schedule_t *s;
    gyre__node_tree_t tree;
    uint64_t segment, piece;
    uint32_t unit;
    int32_t at;
    gyre__ref_t tmp;
} flow_t;

/* Those of a segment; at the leader, to sum. */
static void pass_up(flow_t *flow, uint64_t offset, uint64_t bytes, gyre__ref_t sum)
{
    uint32_t pieces = gyre__node_chunks(bytes, flow->piece);
    for (uint32_t i = 0; i < pieces; i++) {
        uint64_t at = i * flow->piece;
        flow->at = gyre__node_tree_up(&flow->tree, flow->s, flow->at, gyre__in(offset + at),
                                      flow->unit++, gyre__at(sum, at), flow->tmp,
                                      gyre__node_chunk_length(bytes, flow->piece, i));
        if (flow->tree.count > 0)
            flow->at = gyre__release(flow->s, flow->at, flow->unit);
    }
}

/* A leader other than root has room for as many segments as there are lanes. */
static void lead(flow_t *flow, uint32_t segments)
{
    gyre__nodes_t nodes;
    const gyre__plan_t *plan = flow->plan;
    bool root = plan->rank == plan->root;
    uint32_t rooms = root ? segments : segments < GYRE__LANES ? segments : GYRE__LANES;
    gyre__ref_t sums = gyre__out(0);
    int32_t over[GYRE__LANES] = {GYRE__NOW, GYRE__NOW, GYRE__NOW, GYRE__NOW};
    if (!root)
        sums = gyre__schedule_scratch(flow->s, rooms * flow->segment);
    flow->tmp = gyre__schedule_scratch(flow->s, flow->piece);
    gyre__nodes_of_leaders(&nodes, plan, flow->s);
    for (uint32_t i = 0; i < segments; i++) {
        uint64_t bytes = gyre__node_chunk_length(plan->bytes, flow->segment, i);
        gyre__ref_t sum = gyre__at(sums, i % rooms * flow->segment);
        flow->at = gyre__join(flow->s, flow->at, over[i % GYRE__LANES]);
        pass_up(flow, i * flow->segment, bytes, sum);
        over[i % GYRE__LANES] =
            gyre__nodes_run_vector(&nodes, gyre__reduce_knomial, sum, sum, bytes, flow->at);
    }
    gyre__nodes_cleanup(&nodes);
}

void gyre__reduce_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    flow_t flow = {.plan = plan, .s = s, .at = GYRE__NOW};
    flow.segment = gyre__node_chunk(plan, UINT64_MAX);
    flow.piece = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    uint32_t segments = gyre__node_chunks(plan->bytes, flow.segment);
    gyre__node_tree_init(&flow.tree, plan, s, gyre__nodes_leader(plan), !plan->commutative);
    if (flow.tree.parent < 0)
        lead(&flow, segments);
    for (uint32_t i = 0; i < segments && flow.tree.parent >= 0; i++)
        pass_up(&flow, i * flow.segment, gyre__node_chunk_length(plan->bytes, flow.segment, i),
                gyre__tmp(0));
    gyre__node_tree_cleanup(&flow.tree);
}
