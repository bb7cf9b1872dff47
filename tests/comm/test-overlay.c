/* SPDX-License-Identifier: Apache-2.0 */
/* The overlays over all sets of survivors of small sizes, and over random ones of larger: the flood
 * reaches all, the tree has one root and holds each survivor once. */
#include "comm/overlay.h"

#include "lib/random.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MAX = 200, SMALL = 11 };

typedef struct world {
    gyre__overlay_t overlay;
    bool dead[MAX], reached[MAX];
    int parent[MAX], queue[MAX], count, at;
} world_t;

static bool is_dead(const void *arg, int rank)
{
    return ((const world_t *)arg)->dead[rank];
}

static void world_init(world_t *world, int size)
{
    memset(world, 0, sizeof(*world));
    world->overlay = (gyre__overlay_t){size, is_dead, world};
}

static int living(const world_t *world)
{
    int count = 0;
    for (int i = 0; i < world->overlay.size; i++)
        count += !world->dead[i];
    return count;
}

static void reach(void *arg, int rank)
{
    world_t *world = arg;
    cr_assert(rank >= 0 && rank < world->overlay.size && !world->dead[rank]);
    if (world->reached[rank])
        return;
    world->reached[rank] = true;
    world->queue[world->count++] = rank;
}

static void check_flood(world_t *world, int from)
{
    memset(world->reached, 0, sizeof(world->reached));
    world->count = 0;
    reach(world, from);
    for (int i = 0; i < world->count; i++)
        gyre__overlay_flood(&world->overlay, world->queue[i], -1, reach, world);
    cr_assert_eq(world->count, living(world), "size %d from %d", world->overlay.size, from);
}

static void adopt(void *arg, int rank)
{
    world_t *world = arg;
    cr_assert(!world->dead[rank] && !world->reached[rank], "rank %d has two parents", rank);
    cr_assert_eq(gyre__overlay_parent(&world->overlay, rank), world->at);
    world->reached[rank] = true;
    world->queue[world->count++] = rank;
}

static void check_tree(world_t *world)
{
    int root = gyre__overlay_root(&world->overlay);
    memset(world->reached, 0, sizeof(world->reached));
    world->count = 0;
    reach(world, root);
    cr_assert_eq(gyre__overlay_parent(&world->overlay, root), -1);
    for (int i = 0; i < world->count; i++) {
        world->at = world->queue[i];
        gyre__overlay_children(&world->overlay, world->at, adopt, world);
    }
    cr_assert_eq(world->count, living(world), "size %d", world->overlay.size);
}

static void check(world_t *world)
{
    check_tree(world);
    for (int i = 0; i < world->overlay.size; i++)
        if (!world->dead[i])
            check_flood(world, i);
}

Test(overlay, all_survivors_of_small_sizes)
{
    world_t world;
    for (int size = 1; size <= SMALL; size++)
        for (int set = 1; set < 1 << size; set++) {
            world_init(&world, size);
            for (int i = 0; i < size; i++)
                world.dead[i] = !(set >> i & 1);
            check(&world);
        }
}

Test(overlay, random_survivors)
{
    world_t world;
    random_plan_t plan = random_start("overlay");
    for (int round = 0; round < 200; round++) {
        world_init(&world, 1 + (int)random_below(&plan, MAX));
        uint64_t share = random_below(&plan, 100);
        for (int i = 0; i < world.overlay.size; i++)
            world.dead[i] = random_below(&plan, 100) < share;
        world.dead[random_below(&plan, (uint64_t)world.overlay.size)] = false;
        check(&world);
    }
}

static void count_one(void *arg, int rank)
{
    (void)rank;
    ++*(int *)arg;
}

/* Nobody has more neighbours than the logarithm allows while all live. */
Test(overlay, few_neighbours)
{
    world_t world;
    for (int size = 1; size <= MAX; size++) {
        world_init(&world, size);
        int bits = 0;
        while (1 << bits < size)
            bits++;
        for (int i = 0; i < size; i++) {
            int neighbours = 0, children = 0;
            gyre__overlay_flood(&world.overlay, i, -1, count_one, &neighbours);
            gyre__overlay_children(&world.overlay, i, count_one, &children);
            cr_assert_leq(neighbours, 2 * bits);
            cr_assert_leq(children, bits);
        }
    }
}

static void expect_next(void *arg, int rank)
{
    world_t *world = arg;
    int from = world->at, size = world->overlay.size;
    world->reached[rank] = true;
    cr_assert(rank != from && !world->dead[rank], "%d from %d of %d", rank, from, size);
}

/* Whoever was a neighbour only through the one that is skipped now, and nobody else. */
Test(overlay, replacements)
{
    world_t world;
    world_init(&world, 9);
    world.dead[1] = true;
    world.at = 0;
    gyre__overlay_flood(&world.overlay, 0, 1, expect_next, &world);
    for (int i = 0; i < 9; i++)
        cr_assert_eq(world.reached[i], i == 2, "%d", i);
}
