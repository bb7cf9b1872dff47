/* SPDX-License-Identifier: Apache-2.0 */
/* Plans as gyre__plan describes them, made up: consecutive ranks share a node. */
#include "harp/simulate/world.h"

#include "base/error.h"
#include "harp/move.h"

#include <stdlib.h>

static int node_count(const gyre__machine_t *machine)
{
    return (machine->size - 1) / machine->per_node + 1;
}

static bool has_slots(const gyre__machine_t *machine)
{
    return machine->per_node > 1 && machine->size > 1;
}

const char *gyre__simulate_unfit(const gyre__algorithm_t *algorithm, const gyre__machine_t *machine)
{
    unsigned needs = algorithm->needs;
    int nodes = node_count(machine);
    if (needs & GYRE__ALG_POWER_OF_TWO && machine->size & (machine->size - 1))
        return "needs a power of two";
    if (needs & GYRE__ALG_PAIRS && machine->size % 2)
        return "needs an even number of ranks";
    if (needs & GYRE__ALG_NODE && (nodes > 1 || !has_slots(machine)))
        return "needs all ranks, two or more, on one node";
    if (needs & GYRE__ALG_NODES && (nodes == 1 || !has_slots(machine)))
        return "needs several nodes of several ranks";
    if (needs & GYRE__ALG_GROUPS && (nodes == 1 || machine->per_node == 1))
        return "needs several nodes of several ranks";
    if (needs & GYRE__ALG_DOMAINS)
        return "needs several cache or memory domains";
    if (needs & GYRE__ALG_EVEN && nodes > 1 && machine->size % machine->per_node)
        return "needs equally full nodes";
    return NULL;
}

/* Whole elements are as large as they can be. */
static uint64_t element_of(uint64_t bytes)
{
    uint64_t element = 8;
    while (bytes % element)
        element /= 2;
    return element;
}

static void set_neighbors(gyre__sim_world_t *world, int rank)
{
    int size = world->machine->size, far = 1;
    while ((int64_t)(far + 1) * (far + 1) <= size)
        far++;
    const int distances[GYRE__SIM_NEIGHBORS] = {-far, -1, 1, far};
    for (int i = 0; i < GYRE__SIM_NEIGHBORS; i++)
        world->neighbors[i] = gyre__around(rank, distances[i], size);
}

static void set_plan(gyre__sim_world_t *world, gyre__coll_t coll, uint64_t bytes)
{
    const gyre__machine_t *machine = world->machine;
    int size = machine->size, per_node = machine->per_node, nodes = node_count(machine);
    world->places = (gyre__places_t){.nodes = nodes,
                                     .node_of = world->node_of,
                                     .leaders = world->leaders,
                                     .local_size_max = nodes > 1 ? per_node : size,
                                     .local_size_min = size - (nodes - 1) * per_node,
                                     .domain_of = world->domains,
                                     .domains = 1,
                                     .slots = has_slots(machine),
                                     .ranges = true};
    world->plan = (gyre__plan_t){.coll = coll,
                                 .size = size,
                                 .bytes = bytes,
                                 .element = element_of(bytes),
                                 .commutative = true,
                                 .sources = world->neighbors,
                                 .dests = world->neighbors,
                                 .source_count = GYRE__SIM_NEIGHBORS,
                                 .dest_count = GYRE__SIM_NEIGHBORS,
                                 .places = &world->places,
                                 .radix = world->algorithm->radix,
                                 .segment = world->algorithm->segment};
}

gyre_status_t gyre__sim_world_init(gyre__sim_world_t *world, const gyre__machine_t *machine,
                                   gyre__coll_t coll, const gyre__algorithm_t *algorithm,
                                   uint64_t bytes)
{
    size_t size = (size_t)machine->size;
    *world = (gyre__sim_world_t){.machine = machine, .algorithm = algorithm};
    world->ranks = calloc(size, sizeof(int));
    world->node_of = calloc(size, sizeof(int));
    world->leaders = calloc(size, sizeof(int));
    world->domains = calloc(size, sizeof(int));
    if (!world->ranks || !world->node_of || !world->leaders || !world->domains) {
        gyre__sim_world_cleanup(world);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to simulate %d members", machine->size);
    }
    for (int i = 0; i < machine->size; i++) {
        world->ranks[i] = i;
        world->node_of[i] = i / machine->per_node;
        if (i % machine->per_node == 0)
            world->leaders[i / machine->per_node] = i;
    }
    set_plan(world, coll, bytes);
    return GYRE_OK;
}

void gyre__sim_world_cleanup(gyre__sim_world_t *world)
{
    free(world->ranks);
    free(world->node_of);
    free(world->leaders);
    free(world->domains);
}

void gyre__sim_generate(gyre__sim_world_t *world, int rank, gyre__schedule_t *s)
{
    gyre__places_t *places = &world->places;
    places->node = world->node_of[rank];
    int first = world->leaders[places->node], per_node = world->machine->per_node;
    int rest = world->machine->size - first;
    places->local = world->ranks + first;
    places->local_size = per_node < rest ? per_node : rest;
    places->local_rank = rank - first;
    places->shared = places->slots && places->local_size > 1;
    world->plan.rank = rank;
    set_neighbors(world, rank);
    s->limit = GYRE__SIM_MEMBER_STEPS;
    world->algorithm->generate(&world->plan, s);
}
