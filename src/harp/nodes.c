/* SPDX-License-Identifier: Apache-2.0 */
/* Speakers are numbered as their nodes are. A part takes its tags from the lane in which it is
 * under way: parts of one lane follow each other at every speaker. */
#include "harp/nodes.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

int gyre__nodes_leader(const gyre__plan_t *plan)
{
    const gyre__places_t *places = plan->places;
    for (int i = 0; i < places->local_size; i++)
        if (places->local[i] == plan->root)
            return i;
    return 0;
}

static void begin(gyre__nodes_t *nodes, const gyre__plan_t *plan, gyre__schedule_t *s)
{
    *nodes = (gyre__nodes_t){.plan = plan, .s = s};
    nodes->places = (gyre__places_t){.nodes = plan->places->nodes,
                                     .node = plan->places->node,
                                     .local_size = 1,
                                     .local = &plan->places->node,
                                     .local_size_max = 1,
                                     .local_size_min = 1,
                                     .domains = 1};
    nodes->part.plan = *plan;
    nodes->part.plan.rank = plan->places->node;
    nodes->part.plan.size = plan->places->nodes;
    nodes->part.plan.root = plan->places->node_of[plan->root];
    nodes->part.plan.places = &nodes->places;
    nodes->part.plan.in = nodes->part.plan.out = (gyre__blocks_t){0};
    nodes->part.plan.in_place = false;
    nodes->part.tags = GYRE__LANES;
    for (int i = 0; i < GYRE__LANES; i++)
        nodes->lanes[i].over = GYRE__NOW;
}

static bool own_members(gyre__nodes_t *nodes)
{
    int count = nodes->places.nodes;
    nodes->members = calloc((size_t)count, sizeof(int));
    nodes->part.members = nodes->members;
    if (!nodes->members && nodes->s->status == GYRE_OK)
        nodes->s->status =
            gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no memory for %d nodes", count);
    return nodes->members;
}

void gyre__nodes_of_leaders(gyre__nodes_t *nodes, const gyre__plan_t *plan, gyre__schedule_t *s)
{
    const gyre__places_t *places = plan->places;
    int node = places->node_of[plan->root];
    begin(nodes, plan, s);
    nodes->part.members = places->leaders;
    if (places->leaders[node] == plan->root || !own_members(nodes))
        return;
    memcpy(nodes->members, places->leaders, (size_t)places->nodes * sizeof(int));
    nodes->members[node] = plan->root;
}

/* Of each node, the member that has as many of its node below it as this one has. */
static void find_peers(gyre__nodes_t *nodes)
{
    const gyre__places_t *places = nodes->plan->places;
    for (int i = 0; i < nodes->plan->size; i++)
        if (nodes->members[places->node_of[i]] >= 0 &&
            nodes->members[places->node_of[i]]++ == places->local_rank)
            nodes->members[places->node_of[i]] = -1 - i;
    for (int i = 0; i < places->nodes; i++)
        nodes->members[i] = -1 - nodes->members[i];
}

void gyre__nodes_of_peers(gyre__nodes_t *nodes, const gyre__plan_t *plan, gyre__schedule_t *s)
{
    begin(nodes, plan, s);
    nodes->part.first = plan->places->local_rank;
    nodes->part.stride = plan->places->local_size;
    if (!plan->places->ranges && own_members(nodes))
        find_peers(nodes);
}

void gyre__nodes_cleanup(gyre__nodes_t *nodes)
{
    free(nodes->members);
}

int32_t gyre__nodes_run(gyre__nodes_t *nodes, gyre__generate_fn generate, gyre__ref_t in,
                        gyre__ref_t out, int32_t ready)
{
    uint32_t lane = nodes->parts++ % GYRE__LANES;
    int32_t vacant = nodes->lanes[lane].over;
    nodes->part.generate = generate;
    nodes->part.in = in;
    nodes->part.out = out;
    nodes->part.tag = lane;
    nodes->part.scratch = nodes->lanes[lane].scratch;
    nodes->part.room = nodes->lanes[lane].room;
    ready = gyre__join(nodes->s, ready, vacant);
    nodes->lanes[lane].over = gyre__graft(nodes->s, &nodes->part, vacant, ready);
    nodes->lanes[lane].scratch = nodes->part.scratch;
    nodes->lanes[lane].room = nodes->part.room;
    return nodes->lanes[lane].over;
}

int32_t gyre__nodes_run_vector(gyre__nodes_t *nodes, gyre__generate_fn generate, gyre__ref_t in,
                               gyre__ref_t out, uint64_t bytes, int32_t ready)
{
    nodes->part.plan.bytes = bytes;
    return gyre__nodes_run(nodes, generate, in, out, ready);
}

void gyre__locals_init(gyre__locals_t *locals, const gyre__plan_t *plan, gyre__schedule_t *s)
{
    const gyre__places_t *places = plan->places;
    *locals = (gyre__locals_t){.s = s, .places = *places};
    locals->places.nodes = 1;
    locals->places.node = 0;
    locals->places.local_size_max = locals->places.local_size_min = places->local_size;
    locals->places.leaders = places->local;
    locals->part.plan = *plan;
    locals->part.plan.rank = places->local_rank;
    locals->part.plan.size = places->local_size;
    locals->part.plan.root = 0;
    locals->part.plan.places = &locals->places;
    locals->part.plan.in = locals->part.plan.out = (gyre__blocks_t){0};
    locals->part.plan.in_place = false;
}

int32_t gyre__locals_run(gyre__locals_t *locals, gyre__generate_fn generate, gyre__ref_t in,
                         gyre__ref_t out, int32_t ready)
{
    locals->part.generate = generate;
    locals->part.in = in;
    locals->part.out = out;
    return gyre__graft(locals->s, &locals->part, ready, ready);
}
