/* SPDX-License-Identifier: Apache-2.0 */
/* nodes_leader, also for allgatherv: blocks come together at the leader of each node, leaders swap
 * those of their nodes, and each gives all to its node. nodes_shared, where nodes are equally full:
 * all members swap their blocks with their likes on the other nodes, then with the members of their
 * own.
 *
 * K. Kandalla, H. Subramoni, G. Santhanaraman, M. Koop, D. K. Panda: Designing multi-leader-based
 * allgather algorithms for multi-core clusters. IPDPS Workshops 2009. */
#include "harp/allgather/allgather.h"
#include "harp/bcast/bcast.h"
#include "harp/gather/gather.h"
#include "harp/move.h"
#include "harp/nodes.h"

#include "base/error.h"

#include <stdlib.h>

enum { SHORT = 4096 };

static gyre__generate_fn among_nodes(uint64_t bytes)
{
    return bytes <= SHORT ? gyre__allgather_bruck : gyre__allgather_ring;
}

/* Offsets, from the first, and then lengths of parts of the row of all blocks: part i begins with
 * block first[i], and the last one ends before block end. */
static uint64_t *cut_row(const gyre__plan_t *plan, gyre__schedule_t *s, const int *first, int count,
                         int end)
{
    uint64_t *parts = malloc(2 * (size_t)count * sizeof(*parts)), at = 0;
    if (!parts && s->status == GYRE_OK)
        s->status = gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no memory for %d parts", count);
    for (int i = 0; i < count && parts; i++) {
        int next = i + 1 < count ? first[i + 1] : end;
        parts[i] = at;
        parts[count + i] = gyre__span(plan, &plan->out, first[i], next - first[i]);
        at += parts[count + i];
    }
    return parts;
}

static int32_t swap_nodes(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__stage_t *row,
                          int32_t ready)
{
    gyre__nodes_t nodes;
    const gyre__places_t *places = plan->places;
    uint64_t all = gyre__span(plan, &plan->out, 0, plan->size);
    uint64_t *parts = cut_row(plan, s, places->leaders, places->nodes, plan->size);
    if (!parts)
        return ready;
    gyre__nodes_of_leaders(&nodes, plan, s);
    nodes.part.plan.out = (gyre__blocks_t){parts, parts + places->nodes};
    nodes.part.plan.coll = GYRE__ALLGATHERV;
    ready = gyre__nodes_run(&nodes, among_nodes(all / (uint64_t)places->nodes),
                            gyre__staged(plan, row, plan->rank), row->base, ready);
    gyre__nodes_cleanup(&nodes);
    free(parts);
    return ready;
}

/* The blocks of the leader's node, at the leader. */
static int32_t gather_node(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__locals_t *locals,
                           const gyre__stage_t *row)
{
    const gyre__places_t *places = plan->places;
    int first = places->local[0], count = places->local_size;
    gyre__ref_t to = gyre__staged(plan, row, first);
    uint64_t *parts = cut_row(plan, s, places->local, count, first + count);
    int32_t at = GYRE__NOW;
    if (!parts)
        return at;
    locals->part.plan.out = (gyre__blocks_t){parts, parts + count};
    if (count == 1)
        at = gyre__copy(s, at, gyre__in(0), to, parts[count]);
    else
        at = gyre__locals_run(locals, gyre__gather_node, gyre__in(0), to, at);
    locals->part.plan.out = (gyre__blocks_t){0};
    free(parts);
    return at;
}

void gyre__allgather_nodes_leader(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__locals_t locals;
    gyre__stage_t row = gyre__stage_room(plan, s);
    gyre__locals_init(&locals, plan, s);
    int32_t ready = gather_node(plan, s, &locals, &row);
    if (plan->places->local_rank == 0)
        ready = swap_nodes(plan, s, &row, ready);
    locals.part.plan.bytes = gyre__span(plan, &plan->out, 0, plan->size);
    if (plan->places->local_size > 1)
        ready = gyre__locals_run(&locals, gyre__bcast_node, row.base, row.base, ready);
    gyre__unstage(plan, s, ready, &row);
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
