/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for all members, and where those are. */
#include "harp/check-world.h"

#include <criterion/criterion.h>
#include <stdlib.h>

struct world_memory {
    struct world_memory *next;
    _Alignas(16) char data[];
};

void *world_alloc(world_t *world, size_t count, size_t size)
{
    struct world_memory *memory = calloc(1, sizeof(*memory) + count * size);
    cr_assert(memory);
    memory->next = world->memory;
    world->memory = memory;
    return memory->data;
}

static int node_by_layout(const world_spec_t *spec, random_plan_t *random, int rank)
{
    switch (spec->layout) {
    case LAYOUT_BLOCKS:
        return (int)((int64_t)rank * spec->nodes / spec->size);
    case LAYOUT_CYCLIC:
        return rank % spec->nodes;
    case LAYOUT_UNEVEN:
        return (int)random_below(random, (uint64_t)spec->nodes);
    default:
        return 0;
    }
}

/* Nodes are numbered as they first appear. Returns how many there are. */
static int deal(world_t *world, random_plan_t *random, int *node_of)
{
    int number[64], nodes = 0;
    for (int i = 0; i < 64; i++)
        number[i] = -1;
    for (int r = 0; r < world->spec.size; r++) {
        int node = node_by_layout(&world->spec, random, r);
        if (number[node] < 0)
            number[node] = nodes++;
        node_of[r] = number[node];
    }
    return nodes;
}

typedef struct node {
    int *local, *domain_of;
    int size, domains;
} node_t;

static node_t *collect(world_t *world, random_plan_t *random, const int *node_of, int nodes)
{
    int size = world->spec.size;
    node_t *all = world_alloc(world, (size_t)nodes, sizeof(*all));
    for (int n = 0; n < nodes; n++) {
        all[n].local = world_alloc(world, (size_t)size, sizeof(int));
        all[n].domain_of = world_alloc(world, (size_t)size, sizeof(int));
    }
    for (int r = 0; r < size; r++)
        all[node_of[r]].local[all[node_of[r]].size++] = r;
    for (int n = 0; n < nodes; n++) {
        all[n].domains = 1 + (int)random_below(random, all[n].size > 3 ? 3 : 1);
        bool dealt = random_below(random, 3) == 0;
        for (int i = 0; i < all[n].size; i++)
            all[n].domain_of[i] = dealt ? i % all[n].domains : i * all[n].domains / all[n].size;
    }
    return all;
}

static bool are_ranges(const int *node_of, int size)
{
    for (int r = 1; r < size; r++)
        if (node_of[r] < node_of[r - 1])
            return false;
    return true;
}

static void place(world_t *world, random_plan_t *random)
{
    int size = world->spec.size, most = 0, least = size;
    int *node_of = world_alloc(world, (size_t)size, sizeof(int));
    int nodes = deal(world, random, node_of);
    node_t *all = collect(world, random, node_of, nodes);
    int *leaders = world_alloc(world, (size_t)nodes, sizeof(int));
    int *seen = world_alloc(world, (size_t)nodes, sizeof(int));
    for (int n = 0; n < nodes; n++) {
        leaders[n] = all[n].local[0];
        most = all[n].size > most ? all[n].size : most;
        least = all[n].size < least ? all[n].size : least;
    }
    for (int r = 0; r < size; r++) {
        const node_t *node = &all[node_of[r]];
        world->places[r] = (gyre__places_t){.nodes = nodes,
                                            .node = node_of[r],
                                            .local_size = node->size,
                                            .local_rank = seen[node_of[r]]++,
                                            .local = node->local,
                                            .node_of = node_of,
                                            .leaders = leaders,
                                            .local_size_max = most,
                                            .local_size_min = least,
                                            .domain_of = node->domain_of,
                                            .domains = node->domains,
                                            .shared = world->spec.shared && node->size > 1,
                                            .slots = world->spec.shared,
                                            .ranges = are_ranges(node_of, size)};
    }
}

void world_init(world_t *world, const world_spec_t *spec, random_plan_t *random)
{
    *world = (world_t){.spec = *spec};
    size_t size = (size_t)spec->size;
    cr_assert(size >= 1 && size <= 64);
    world->plans = world_alloc(world, size, sizeof(*world->plans));
    world->places = world_alloc(world, size, sizeof(*world->places));
    world->buffers = world_alloc(world, size, sizeof(*world->buffers));
    place(world, random);
    for (int r = 0; r < spec->size; r++)
        world->plans[r] = (gyre__plan_t){.coll = spec->coll,
                                         .rank = r,
                                         .size = spec->size,
                                         .root = spec->root,
                                         .element = spec->element,
                                         .commutative = spec->commutative,
                                         .ordered = spec->ordered,
                                         .places = &world->places[r],
                                         .radix = spec->radix,
                                         .segment = spec->segment};
    world_shape(world, random);
}

void world_cleanup(world_t *world)
{
    while (world->memory) {
        struct world_memory *next = world->memory->next;
        free(world->memory);
        world->memory = next;
    }
}

const char *world_text(const world_t *world)
{
    static const char *const layouts[LAYOUTS] = {"one node", "blocks", "cyclic", "uneven"};
    static char text[512];
    const world_spec_t *spec = &world->spec;
    snprintf(text, sizeof(text),
             "%s of %d, root %d, %llu elements of %llu bytes,%s%s%s %s (%d nodes%s), radix %d, "
             "segment %llu",
             gyre__collectives[spec->coll]->name, spec->size, spec->root,
             (unsigned long long)spec->count, (unsigned long long)spec->element,
             spec->commutative ? " commutative," : "", spec->ordered ? " ordered," : "",
             spec->in_place ? " in place," : "", layouts[spec->layout], world->places[0].nodes,
             spec->shared ? " with slots" : "", spec->radix, (unsigned long long)spec->segment);
    return text;
}
