/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what all members send, decides whether one can stand for all, and runs the events. */
#include "harp/simulate/simulate.h"

#include "harp/simulate/engine.h"

#include <string.h>

enum { SAMPLE = 64, SAMPLE_STEPS = 4096 };

/* Adds what a member sends. */
static void count_member(const gyre__schedule_t *s, gyre__cost_t *cost)
{
    uint64_t messages = 0, bytes = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->steps[i].kind == GYRE__STEP_SEND) {
            messages++;
            bytes += s->steps[i].length;
        }
    cost->steps += s->count;
    cost->messages = messages > cost->messages ? messages : cost->messages;
    cost->bytes = bytes > cost->bytes ? bytes : cost->bytes;
    cost->all_messages += (double)messages;
    cost->all_bytes += (double)bytes;
}

/* Generates the member's schedule into s, emptied before. too_long: it was cut. */
static gyre_status_t generate(gyre__sim_world_t *world, int rank, gyre__schedule_t *s,
                              bool *too_long)
{
    gyre__schedule_cleanup(s);
    gyre__sim_generate(world, rank, s);
    *too_long = s->count == GYRE__SIM_MEMBER_STEPS && s->status != GYRE_OK;
    return *too_long ? GYRE_OK : s->status;
}

/* Step number which of a kind; NULL: has not so many. */
static const gyre__step_t *find(const gyre__schedule_t *s, gyre__step_kind_t kind, uint32_t which)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->steps[i].kind == kind && which-- == 0)
            return &s->steps[i];
    return NULL;
}

/* Whether all units that the member waits for have the number of one of its own. */
static bool publishes_what_it_awaits(const gyre__schedule_t *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        bool found = s->steps[i].kind != GYRE__STEP_AWAIT && s->steps[i].kind != GYRE__STEP_ACCEPT;
        for (uint32_t j = 0; j < s->count && !found; j++)
            found =
                (s->steps[j].kind == GYRE__STEP_PUBLISH || s->steps[j].kind == GYRE__STEP_OFFER) &&
                s->steps[j].unit == s->steps[i].unit;
        if (!found)
            return false;
    }
    return true;
}

static bool same_shape(const gyre__schedule_t *a, const gyre__schedule_t *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->steps[i].kind != b->steps[i].kind || a->steps[i].length != b->steps[i].length ||
            memcmp(a->steps[i].after, b->steps[i].after, sizeof(a->steps[i].after)))
            return false;
    return true;
}

/* Whether each peer's send with the number of my receive is for me. */
static gyre_status_t meets_peers(gyre__sim_world_t *world, int rank, const gyre__schedule_t *mine,
                                 bool *meets)
{
    gyre__schedule_t theirs;
    gyre_status_t status = GYRE_OK;
    gyre__schedule_init(&theirs);
    *meets = true;
    for (uint32_t i = 0; *meets && status == GYRE_OK; i++) {
        const gyre__step_t *recv = find(mine, GYRE__STEP_RECV, i);
        if (!recv)
            break;
        status = generate(world, recv->peer, &theirs, meets);
        const gyre__step_t *send = find(&theirs, GYRE__STEP_SEND, i);
        *meets = send && send->peer == rank && send->tag == recv->tag && same_shape(mine, &theirs);
    }
    gyre__schedule_cleanup(&theirs);
    return status;
}

/* Whether one member can stand for all: by declaration, or, where schedules are short, because
 * those of a sample of members, and of all that the first and the last of them receive from, are
 * alike. */
static gyre_status_t is_symmetric(gyre__sim_world_t *world, bool *symmetric)
{
    gyre__schedule_t first, other;
    int size = world->machine->size, step = size > SAMPLE ? size / SAMPLE : 1;
    bool too_long = false;
    gyre__schedule_init(&first);
    gyre__schedule_init(&other);
    gyre_status_t status = generate(world, 0, &first, &too_long);
    *symmetric = world->algorithm->needs & GYRE__ALG_SYMMETRIC;
    if (!*symmetric && status == GYRE_OK && first.count <= SAMPLE_STEPS) {
        *symmetric = publishes_what_it_awaits(&first);
        for (int i = step; i < size && *symmetric && status == GYRE_OK; i += step) {
            status = generate(world, i, &other, &too_long);
            *symmetric = same_shape(&first, &other);
        }
        if (*symmetric && status == GYRE_OK)
            status = meets_peers(world, 0, &first, symmetric);
        if (*symmetric && status == GYRE_OK)
            status = generate(world, size - 1, &other, &too_long);
        if (*symmetric && status == GYRE_OK)
            status = meets_peers(world, size - 1, &other, symmetric);
    }
    gyre__schedule_cleanup(&first);
    gyre__schedule_cleanup(&other);
    return status;
}

/* Looks at all members that are to be simulated; simulated stays false where they have too many
 * steps. */
static gyre_status_t count_all(gyre__sim_world_t *world, gyre__cost_t *cost)
{
    int size = world->machine->size, count = cost->lockstep ? 1 : size;
    gyre_status_t status = GYRE_OK;
    bool too_long = false;
    gyre__schedule_t s;
    gyre__schedule_init(&s);
    for (int i = 0; i < count && status == GYRE_OK && !too_long && cost->steps <= GYRE__SIM_STEPS;
         i++) {
        status = generate(world, i, &s, &too_long);
        count_member(&s, cost);
    }
    gyre__schedule_cleanup(&s);
    cost->simulated = status == GYRE_OK && !too_long && cost->steps <= GYRE__SIM_STEPS;
    cost->all_messages *= size / count;
    cost->all_bytes *= size / count;
    return status;
}

gyre_status_t gyre__simulate(const gyre__machine_t *machine, gyre__coll_t coll,
                             const gyre__algorithm_t *algorithm, uint64_t bytes, gyre__cost_t *cost)
{
    gyre__sim_world_t world;
    *cost = (gyre__cost_t){0};
    gyre_status_t status = gyre__sim_world_init(&world, machine, coll, algorithm, bytes);
    if (status != GYRE_OK)
        return status;
    status = is_symmetric(&world, &cost->lockstep);
    if (status == GYRE_OK)
        status = count_all(&world, cost);
    if (status == GYRE_OK && cost->simulated)
        status = gyre__sim_run(&world, cost->lockstep, cost);
    gyre__sim_world_cleanup(&world);
    return status;
}
