/* SPDX-License-Identifier: Apache-2.0 */
/* Within each node first; then the last members of the nodes, who have their sums, find what comes
 * before their nodes, which goes to all members and before what each has. Nodes are ranges of
 * ranks. */
#include "harp/scan/scan.h"

#include "harp/bcast/bcast.h"
#include "harp/nodes.h"

#include "base/error.h"

#include <stdlib.h>

typedef struct prefix {
    const gyre__plan_t *plan;
    gyre__schedule_t *s;
    gyre__locals_t locals;
    gyre__ref_t here;   /* the sum of the members up to this one on the node, without its own in
                           exscan: then the first has none */
    gyre__ref_t before; /* the sum of the nodes before */
} prefix_t;

/* Last members by node. */
static int32_t among_last(const prefix_t *p, gyre__ref_t sum, int32_t ready)
{
    gyre__nodes_t nodes;
    const gyre__places_t *places = p->plan->places;
    int *last = malloc((size_t)places->nodes * sizeof(int));
    if (!last) {
        if (p->s->status == GYRE_OK)
            p->s->status =
                gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no memory for %d nodes", places->nodes);
        return ready;
    }
    for (int n = 0; n < places->nodes; n++)
        last[n] = (n + 1 < places->nodes ? places->leaders[n + 1] : p->plan->size) - 1;
    gyre__nodes_of_leaders(&nodes, p->plan, p->s);
    nodes.part.members = last;
    nodes.part.plan.coll = GYRE__EXSCAN;
    ready = gyre__nodes_run(&nodes, gyre__scan_recursive_doubling, sum, p->before, ready);
    gyre__nodes_cleanup(&nodes);
    free(last);
    return ready;
}

/* The sum of this member's node; it is the last there. */
static gyre__ref_t whole(const prefix_t *p, int32_t *ready)
{
    if (p->plan->coll == GYRE__SCAN)
        return p->here;
    if (p->plan->places->local_size == 1)
        return gyre__in(0);
    gyre__ref_t sum = gyre__schedule_scratch(p->s, p->plan->bytes);
    *ready = gyre__reduce(p->s, *ready, p->here, gyre__in(0), sum, p->plan->bytes);
    return sum;
}

static int32_t within(prefix_t *p, gyre__generate_fn generate)
{
    if (p->plan->places->local_size > 1)
        return gyre__locals_run(&p->locals, generate, gyre__in(0), p->here, GYRE__NOW);
    if (p->plan->coll == GYRE__SCAN)
        return gyre__copy(p->s, GYRE__NOW, gyre__in(0), p->here, p->plan->bytes);
    return GYRE__NOW;
}

static int32_t find_before(prefix_t *p, int32_t ready)
{
    const gyre__places_t *places = p->plan->places;
    if (places->local_rank == places->local_size - 1) {
        gyre__ref_t sum = whole(p, &ready);
        ready = among_last(p, sum, ready);
    }
    p->locals.part.plan.root = places->local_size - 1;
    if (places->node > 0 && places->local_size > 1)
        ready = gyre__locals_run(&p->locals, gyre__bcast_node, p->before, p->before, ready);
    return ready;
}

static void scan(prefix_t *p, gyre__generate_fn generate)
{
    const gyre__places_t *places = p->plan->places;
    uint64_t bytes = p->plan->bytes;
    bool none = p->plan->coll == GYRE__EXSCAN && places->local_rank == 0;
    if (bytes == 0)
        return;
    gyre__locals_init(&p->locals, p->plan, p->s);
    p->before = gyre__schedule_scratch(p->s, bytes);
    int32_t ready = find_before(p, within(p, generate));
    if (places->node > 0 && none)
        gyre__copy(p->s, ready, p->before, gyre__out(0), bytes);
    else if (places->node > 0)
        gyre__reduce(p->s, ready, p->before, p->here, gyre__out(0), bytes);
    else if (!none && p->plan->coll == GYRE__EXSCAN)
        gyre__copy(p->s, ready, p->here, gyre__out(0), bytes);
}

void gyre__scan_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    prefix_t p = {.plan = plan, .s = s, .here = gyre__out(0)};
    scan(&p, gyre__scan_node);
}

/* In place, the output is the operand, which is needed until the end. */
void gyre__exscan_nodes(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    prefix_t p = {.plan = plan, .s = s, .here = gyre__schedule_scratch(s, plan->bytes)};
    scan(&p, gyre__exscan_node);
}
