/* SPDX-License-Identifier: Apache-2.0 */
/* nodes_leader: blocks come together at the leader of each node, leaders swap those of their nodes,
 * and each gives all to its node. nodes_shared, where nodes are equally full: all members swap
 * their blocks with their likes on the other nodes, then with the members of their own.
 *
 * K. Kandalla, H. Subramoni, G. Santhanaraman, M. Koop, D. K. Panda: Designing multi-leader-based
 * allgather algorithms for multi-core clusters. IPDPS Workshops 2009. */
#include "harp/allgather/allgather.h"
#include "harp/bcast/bcast.h"
#include "harp/gather/gather.h"
#include "harp/nodes.h"

#include "base/error.h"

#include <stdlib.h>

enum { SHORT = 4096 };

static gyre__generate_fn among_nodes(uint64_t bytes)
{
    return bytes <= SHORT ? gyre__allgather_bruck : gyre__allgather_ring;
}

/* Blocks of the nodes, in a row. */
static bool node_blocks(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t **blocks)
{
    const gyre__places_t *places = plan->places;
    int count = places->nodes;
    uint64_t *offsets = *blocks = malloc(2 * (size_t)count * sizeof(uint64_t));
    if (!offsets && s->status == GYRE_OK)
        s->status = gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no memory for %d nodes", count);
    for (int n = 0; n < count && offsets; n++) {
        int end = n + 1 < count ? places->leaders[n + 1] : plan->size;
        offsets[n] = plan->bytes * (uint64_t)places->leaders[n];
        offsets[count + n] = plan->bytes * (uint64_t)(end - places->leaders[n]);
    }
    return offsets;
}

static int32_t swap_nodes(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t ready)
{
    gyre__nodes_t nodes;
    uint64_t *blocks, all = plan->bytes * (uint64_t)plan->size;
    gyre__ref_t row = gyre__out(plan->bytes * (uint64_t)plan->places->local[0]);
    if (!node_blocks(plan, s, &blocks))
        return ready;
    gyre__nodes_of_leaders(&nodes, plan, s);
    nodes.part.plan.out = (gyre__blocks_t){blocks, blocks + plan->places->nodes};
    nodes.part.plan.coll = GYRE__ALLGATHERV;
    ready = gyre__nodes_run(&nodes, among_nodes(all / (uint64_t)plan->places->nodes), row,
                            gyre__out(0), ready);
    gyre__nodes_cleanup(&nodes);
    free(blocks);
    return ready;
}

void gyre__allgather_nodes_leader(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__locals_t locals;
    gyre__ref_t row = gyre__out(plan->bytes * (uint64_t)plan->places->local[0]);
    bool alone = plan->places->local_size == 1;
    int32_t ready = GYRE__NOW;
    gyre__locals_init(&locals, plan, s);
    if (alone)
        ready = gyre__copy(s, ready, gyre__in(0), row, plan->bytes);
    else
        ready = gyre__locals_run(&locals, gyre__gather_node, gyre__in(0), row, ready);
    if (plan->places->local_rank == 0)
        ready = swap_nodes(plan, s, ready);
    locals.part.plan.bytes = plan->bytes * (uint64_t)plan->size;
    if (!alone)
        gyre__locals_run(&locals, gyre__bcast_node, gyre__out(0), gyre__out(0), ready);
}

void gyre__allgather_nodes_shared(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__nodes_t nodes;
    gyre__locals_t locals;
    const gyre__places_t *places = plan->places;
    uint64_t row = plan->bytes * (uint64_t)places->local_size;
    gyre__ref_t got = gyre__schedule_scratch(s, plan->bytes * (uint64_t)places->nodes);
    gyre__nodes_of_peers(&nodes, plan, s);
    gyre__locals_init(&locals, plan, s);
    int32_t swapped =
        gyre__nodes_run(&nodes, among_nodes(plan->bytes), gyre__in(0), got, GYRE__NOW);
    int32_t at = gyre__locals_run(&locals, gyre__allgather_node, gyre__in(0),
                                  gyre__out(row * (uint64_t)places->node), GYRE__NOW);
    at = gyre__join(s, swapped, at);
    for (int k = 1; k < places->nodes; k++) {
        uint64_t n = (uint64_t)((places->node + k) % places->nodes);
        at = gyre__locals_run(&locals, gyre__allgather_node, gyre__at(got, plan->bytes * n),
                              gyre__out(row * n), at);
    }
    gyre__nodes_cleanup(&nodes);
}
