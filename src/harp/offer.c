/* SPDX-License-Identifier: Apache-2.0 */
/* Offers: where each member's buffers are, so that peers may work in them. Every member sees the
 * same offers and decides alike whether they suffice. */
#include "harp/execution.h"

#include "base/clock.h"
#include "base/error.h"
#include "comm/mem.h"

#include <stdlib.h>

#define PATIENCE (10 * GYRE__S)
enum { RESTS_MAX = 15 }; /* calls without an offer between two in vain: a power of two less one */

typedef struct offer {
    gyre__mem_place_t in, out; /* nonce 0: not in memory that the node shares */
    uint64_t in_address, out_address;
    bool suffices[GYRE__REACHES];
} offer_t;

static uint32_t world_of(const gyre__execution_t *x, uint32_t member)
{
    return gyre__comm_world(x->team->comm, x->team->places.local[member]);
}

static bool describe(gyre_context_t *ctx, const void *buffer, uint64_t length,
                     gyre__mem_place_t *place)
{
    return length == 0 || gyre__mem_describe(ctx, buffer, length, place);
}

static bool can_read(const gyre__execution_t *x)
{
    uint32_t me = (uint32_t)x->team->places.local_rank;
    return gyre__mem_readable(x->team->comm->ctx, world_of(x, me == 0));
}

/* The alternative may need the slots of the offers before anybody has done with it. */
static gyre__progressed_t turn(gyre__execution_t *x)
{
    uint64_t next = x->base_unit + x->program->schedule.units;
    gyre__team_release(x->team, next);
    gyre__execution_enter(x, x->program->otherwise, next);
    return GYRE__STEP_TURNED;
}

/* After an offer of memory that did not suffice the next calls that need the like make none: what a
 * program has in its own memory mostly stays there, and no member can begin before all have
 * offered. Copies through the kernel hardly ever fail to suffice. All see the same offers in the
 * same order, so they leave out the same ones. */
static bool rests(const gyre__execution_t *x)
{
    const gyre__schedule_t *s = &x->program->schedule;
    gyre__rest_t *rest = &x->team->rests[s->coll][s->reach];
    if (s->reach == GYRE__REACH_COPY || rest->left == 0)
        return false;
    rest->left--;
    return true;
}

static void learn(const gyre__execution_t *x, bool suffice)
{
    const gyre__schedule_t *s = &x->program->schedule;
    gyre__rest_t *rest = &x->team->rests[s->coll][s->reach];
    rest->left = suffice ? 0 : rest->next;
    rest->next = suffice ? 0 : (2 * rest->next + 1) & RESTS_MAX;
}

static bool lie_apart(const gyre__work_t *work)
{
    uintptr_t in = (uintptr_t)work->in, out = (uintptr_t)work->out;
    return in + work->in_length <= out || out + work->out_length <= in;
}

gyre__progressed_t gyre__offer_make(gyre__execution_t *x, const gyre__step_t *step)
{
    if (rests(x))
        return turn(x);
    gyre_context_t *ctx = x->team->comm->ctx;
    const gyre__work_t *work = x->work;
    offer_t offer = {.in_address = (uintptr_t)work->in, .out_address = (uintptr_t)work->out};
    bool in = describe(ctx, work->in, work->in_length, &offer.in);
    bool out = describe(ctx, work->out, work->out_length, &offer.out);
    offer.suffices[GYRE__REACH_MAPPED] = in && out;
    offer.suffices[GYRE__REACH_COPY] = (in && out) || can_read(x);
    offer.suffices[GYRE__REACH_INPUTS] = in && lie_apart(work);
    return gyre__step_publish(x, x->base_unit + step->unit, &offer, sizeof(offer), GYRE__ALL)
               ? GYRE__STEP_DONE
               : GYRE__STEP_LATER;
}

static const offer_t *offer_of(const gyre__execution_t *x, uint32_t member, uint64_t unit)
{
    if (!gyre__team_published(x->team, member, unit))
        return NULL;
    return (const offer_t *)gyre__step_unit(x->team, member, unit);
}

static char *reach(const gyre__execution_t *x, uint32_t member, const gyre__mem_place_t *place)
{
    return place->nonce ? gyre__mem_reach(x->team->comm->ctx, world_of(x, member), place) : NULL;
}

gyre__progressed_t gyre__execution_gone(gyre__execution_t *x, uint32_t member)
{
    uint64_t now = gyre__clock_ns();
    x->gone_since = x->gone_since ? x->gone_since : now;
    if (now - x->gone_since < PATIENCE)
        return GYRE__STEP_LATER;
    x->status = gyre__error(GYRE_ERR_NO_RESOURCE, "the memory that rank %d offered is out of reach",
                            x->team->places.local[member]);
    return GYRE__STEP_FAILED;
}

/* False: the buffers must be mapped, and are not. */
static bool take(gyre__execution_t *x, uint32_t member, const offer_t *offer, gyre__reach_t wanted)
{
    gyre__reached_t *peer = &x->peers[member];
    bool needs_out = wanted != GYRE__REACH_INPUTS;
    *peer = (gyre__reached_t){.in_address = offer->in_address, .out_address = offer->out_address};
    if (member == (uint32_t)x->team->places.local_rank)
        return true;
    peer->in = reach(x, member, &offer->in);
    peer->out = needs_out ? reach(x, member, &offer->out) : NULL;
    return wanted == GYRE__REACH_COPY ||
           ((!offer->in.nonce || peer->in) && (!needs_out || !offer->out.nonce || peer->out));
}

/* Whether all have come, and whether all suffice. */
static bool survey(const gyre__execution_t *x, uint64_t unit, gyre__reach_t wanted, bool *suffice)
{
    *suffice = true;
    for (int i = 0; i < x->team->places.local_size; i++) {
        const offer_t *offer = offer_of(x, (uint32_t)i, unit);
        if (!offer)
            return false;
        *suffice &= offer->suffices[wanted];
    }
    return true;
}

gyre__progressed_t gyre__offer_accept(gyre__execution_t *x, const gyre__step_t *step)
{
    int members = x->team->places.local_size;
    uint64_t unit = x->base_unit + step->unit;
    gyre__reach_t wanted = x->program->schedule.reach;
    bool suffice;
    if (!survey(x, unit, wanted, &suffice))
        return GYRE__STEP_LATER;
    learn(x, suffice);
    if (!suffice)
        return turn(x);
    if (!x->peers)
        x->peers = calloc((uint32_t)members, sizeof(*x->peers));
    if (!x->peers) {
        x->status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d offers", members);
        return GYRE__STEP_FAILED;
    }
    for (int i = 0; i < members; i++)
        if (!take(x, (uint32_t)i, offer_of(x, (uint32_t)i, unit), wanted))
            return gyre__execution_gone(x, (uint32_t)i);
    return GYRE__STEP_DONE;
}
