/* SPDX-License-Identifier: Apache-2.0 */
/* Every algorithm of every collective, for 1 to 64 members, under the checker. GYRE_TEST_SEED
 * plays a run again; GYRE_TEST_ALGORITHM=name keeps to one algorithm. */
#include "harp/check-schedule.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum { FEW = 17, MOST = 64, TRIES = 50 };

static bool has_in_place(gyre__coll_t coll)
{
    switch (coll) {
    case GYRE__BARRIER:
    case GYRE__BCAST:
    case GYRE__NEIGHBOR_ALLGATHER:
    case GYRE__NEIGHBOR_ALLGATHERV:
    case GYRE__NEIGHBOR_ALLTOALL:
    case GYRE__NEIGHBOR_ALLTOALLV:
        return false;
    default:
        return true;
    }
}

static uint64_t pick(random_plan_t *random, const uint64_t *from, size_t count)
{
    return from[random_below(random, count)];
}

static int some_root(random_plan_t *random, int size)
{
    uint64_t kind = random_below(random, 4);
    return kind == 0 ? 0 : kind == 1 ? size - 1 : (int)random_below(random, (uint64_t)size);
}

/* Cuts a vector into few pieces, sometimes into more than a member has slots. */
static uint64_t some_segment(random_plan_t *random, int size, uint64_t bytes)
{
    uint64_t pieces = 1 + random_below(random, size <= FEW ? 3 * GYRE__SLOTS_SURE : 4);
    return 1 + bytes / pieces;
}

static void choose_places(world_spec_t *spec, const gyre__algorithm_t *algorithm,
                          random_plan_t *random)
{
    spec->layout = (layout_t)random_below(random, LAYOUTS);
    if (algorithm->needs & GYRE__ALG_NODE)
        spec->layout = LAYOUT_ONE;
    spec->nodes = 1 + (int)random_below(random, (uint64_t)spec->size);
    if (algorithm->needs & GYRE__ALG_EVEN && spec->layout != LAYOUT_UNEVEN)
        while (spec->size % spec->nodes)
            spec->nodes--;
    spec->shared = algorithm->needs & (GYRE__ALG_NODE | GYRE__ALG_NODES) || random_below(random, 2);
}

/* One world of many. */
static world_spec_t choose(const gyre__algorithm_t *algorithm, gyre__coll_t coll, int size,
                           uint64_t count, random_plan_t *random)
{
    static const uint64_t elements[] = {1, 4, 8, 16, 24};
    static const uint64_t radixes[] = {2, 3, 4, 5, 8, 16, 64};
    world_spec_t spec = {.coll = coll,
                         .size = size,
                         .root = world_is_rooted(coll) ? some_root(random, size) : 0,
                         .element = pick(random, elements, 5),
                         .count = count,
                         .radix = algorithm->radix,
                         .segment = algorithm->segment};
    spec.commutative = algorithm->needs & GYRE__ALG_COMMUTATIVE || random_below(random, 4) == 0;
    spec.ordered = algorithm->needs & GYRE__ALG_ORDERED && random_below(random, 2);
    spec.in_place = has_in_place(coll) && random_below(random, 2);
    if (spec.radix && random_below(random, 3))
        spec.radix = (int)pick(random, radixes, 7);
    if (spec.segment && random_below(random, 4))
        spec.segment = some_segment(random, size, spec.element * count);
    choose_places(&spec, algorithm, random);
    return spec;
}

/* False: the algorithm cannot be asked for that. */
static bool try_world(const gyre__algorithm_t *algorithm, const world_spec_t *spec,
                      random_plan_t *random)
{
    world_t world;
    world_init(&world, spec, random);
    bool applies = check_applies(algorithm, &world);
    const char *wrong = applies ? check_algorithm(algorithm, &world, random, NULL) : NULL;
    if (wrong)
        cr_log_error("%s: %s", algorithm->name, world_text(&world));
    world_cleanup(&world);
    cr_assert(!wrong, "%s", wrong);
    return applies;
}

/* One vector, which is cut into members' shares; else a block for each member. */
static bool has_vector(gyre__coll_t coll)
{
    return coll == GYRE__BCAST || coll == GYRE__REDUCE || coll == GYRE__ALLREDUCE ||
           coll == GYRE__SCAN || coll == GYRE__EXSCAN;
}

static void sweep(const gyre__algorithm_t *algorithm, gyre__coll_t coll, random_plan_t *random)
{
    int done = 0;
    for (int size = 1; size <= MOST; size++) {
        /* A block of a few elements is cut as one of more than there are members. */
        bool few = size > FEW && !has_vector(coll);
        uint64_t members = few ? 3 : (uint64_t)size, most = few ? 8 : 40;
        const uint64_t counts[] = {0,
                                   1,
                                   2,
                                   members - 1,
                                   members,
                                   2 * members + 1,
                                   random_below(random, most),
                                   random_below(random, most)};
        size_t many = sizeof(counts) / sizeof(counts[0]);
        size_t rounds = coll == GYRE__BARRIER ? 2 : size <= FEW ? many : 2;
        for (size_t i = 0; i < rounds; i++) {
            uint64_t count = size <= FEW ? counts[i] : pick(random, counts, many);
            bool applied = false;
            for (int t = 0; t < TRIES && !applied; t++) {
                world_spec_t spec = choose(algorithm, coll, size, count, random);
                applied = try_world(algorithm, &spec, random);
            }
            done += applied;
        }
    }
    cr_assert_geq(done, 6, "%s could be asked for next to nothing", algorithm->name);
}

ParameterizedTestParameters(schedule, sound)
{
    static int colls[GYRE__COLLS];
    for (int i = 0; i < GYRE__COLLS; i++)
        colls[i] = i;
    return cr_make_param_array(int, colls, GYRE__COLLS);
}

ParameterizedTest(int *coll, schedule, sound, .timeout = 300)
{
    const gyre__collective_t *collective = gyre__collectives[*coll];
    const char *only = getenv("GYRE_TEST_ALGORITHM");
    random_plan_t random = random_start(collective->name);
    for (int i = 0; i < collective->count; i++)
        if (!only || strcmp(only, collective->algorithms[i].name) == 0)
            sweep(&collective->algorithms[i], (gyre__coll_t)*coll, &random);
}

/* What goes through slots in several pieces for each segment, and more pieces than slots. */
static void sweep_long(const gyre__algorithm_t *algorithm, gyre__coll_t coll, random_plan_t *random)
{
    enum { ELEMENT = 4096, ELEMENTS = 320 };
    for (int size = 3; size <= 8; size++) {
        bool applied = false;
        for (int t = 0; t < TRIES && !applied; t++) {
            uint64_t count = ELEMENTS / (has_vector(coll) ? 1 : (uint64_t)size);
            world_spec_t spec = choose(algorithm, coll, size, count, random);
            spec.element = ELEMENT;
            const uint64_t segments[] = {0, algorithm->segment, ELEMENT * ELEMENTS};
            spec.segment = pick(random, segments, algorithm->segment ? 3 : 2);
            applied = try_world(algorithm, &spec, random);
        }
    }
}

ParameterizedTestParameters(schedule, longer_than_slots)
{
    static int colls[GYRE__COLLS];
    for (int i = 0; i < GYRE__COLLS; i++)
        colls[i] = i;
    return cr_make_param_array(int, colls, GYRE__COLLS);
}

ParameterizedTest(int *coll, schedule, longer_than_slots, .timeout = 300)
{
    const gyre__collective_t *collective = gyre__collectives[*coll];
    const char *only = getenv("GYRE_TEST_ALGORITHM");
    random_plan_t random = random_start(collective->name);
    for (int i = 0; i < collective->count; i++) {
        const gyre__algorithm_t *algorithm = &collective->algorithms[i];
        if ((!only || strcmp(only, algorithm->name) == 0) &&
            algorithm->needs & (GYRE__ALG_NODE | GYRE__ALG_NODES))
            sweep_long(algorithm, (gyre__coll_t)*coll, &random);
    }
}
