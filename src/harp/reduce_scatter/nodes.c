/* SPDX-License-Identifier: Apache-2.0 */
/* Within each node, a member reduces its own block and those of its likes (the members of its
 * index) on all nodes; then those send each other what is the other's. Nodes are equally full
 * ranges of ranks. */
#include "harp/reduce_scatter/reduce_scatter.h"
#include "harp/nodes.h"

#include "base/error.h"

#include <stdlib.h>

/* The blocks of this member's likes, in a row. */
static gyre__blocks_t peer_blocks(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t **memory)
{
    const gyre__places_t *places = plan->places;
    int count = places->nodes;
    uint64_t *offsets = *memory = calloc(2 * (size_t)count, sizeof(uint64_t));
    if (!offsets) {
        if (s->status == GYRE_OK)
            s->status = gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no memory for %d nodes", count);
        return (gyre__blocks_t){0};
    }
    for (int n = 0; n < count; n++) {
        int rank = places->leaders[n] + places->local_rank;
        offsets[count + n] = gyre__block_length(plan, &plan->in, rank);
        offsets[n] = n ? offsets[n - 1] + offsets[count + n - 1] : 0;
    }
    return (gyre__blocks_t){offsets, offsets + count};
}

/* One after the other, the rows of blocks of the nodes' members. */
static int32_t reduce_rows(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t to,
                           const uint64_t *offsets)
{
    gyre__locals_t locals;
    int32_t at = GYRE__NOW;
    gyre__locals_init(&locals, plan, s);
    for (int n = 0; n < plan->places->nodes; n++) {
        int first = plan->places->leaders[n];
        gyre__ref_t row = gyre__in(plan->in.offsets ? 0 : plan->bytes * (uint64_t)first);
        if (plan->in.offsets)
            locals.part.plan.in =
                (gyre__blocks_t){plan->in.offsets + first, plan->in.lengths + first};
        at =
            gyre__locals_run(&locals, gyre__reduce_scatter_node, row, gyre__at(to, offsets[n]), at);
    }
    return at;
}

void gyre__reduce_scatter_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__nodes_t nodes;
    uint64_t *memory;
    int last = plan->places->nodes - 1;
    gyre__blocks_t blocks = peer_blocks(plan, s, &memory);
    if (!memory)
        return;
    gyre__ref_t sums = gyre__schedule_scratch(s, blocks.offsets[last] + blocks.lengths[last]);
    int32_t reduced = reduce_rows(plan, s, sums, blocks.offsets);
    gyre__nodes_of_peers(&nodes, plan, s);
    nodes.part.plan.coll = GYRE__REDUCE_SCATTER;
    nodes.part.plan.in = blocks;
    gyre__nodes_run(&nodes, gyre__reduce_scatter_pairwise, sums, gyre__out(0), reduced);
    gyre__nodes_cleanup(&nodes);
    free(memory);
}
