/* SPDX-License-Identifier: Apache-2.0 */
/* The builder of schedules: each call appends a step. The first error is kept in the schedule and
 * later calls do nothing, so that generators need not look; what is returned then is GYRE__NOW,
 * a valid predecessor. */
#include "harp/schedule.h"

#include "base/error.h"

#include <stdlib.h>

enum { FIRST_ROOM = 16, ALIGNMENT = 64 };

void gyre__schedule_init(gyre__schedule_t *s)
{
    *s = (gyre__schedule_t){.status = GYRE_OK};
}

void gyre__schedule_cleanup(gyre__schedule_t *s)
{
    free(s->steps);
    if (s->otherwise) {
        gyre__schedule_cleanup(s->otherwise);
        free(s->otherwise);
    }
    gyre__schedule_init(s);
}

gyre__ref_t gyre__schedule_scratch(gyre__schedule_t *s, uint64_t bytes)
{
    uint64_t at = s->scratch;
    if (bytes > UINT64_MAX - at - (ALIGNMENT - 1)) {
        if (s->status == GYRE_OK)
            s->status = gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no %llu bytes of scratch memory",
                                    (unsigned long long)bytes);
        return gyre__tmp(0);
    }
    s->scratch = (at + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return gyre__tmp(at);
}

/* Steps are numbered in an int32_t. */
static gyre_status_t grow(gyre__schedule_t *s)
{
    if (s->count < s->room && (!s->limit || s->count < s->limit))
        return GYRE_OK;
    if (s->count > INT32_MAX / 2 || (s->limit && s->count >= s->limit))
        return gyre__error(GYRE_ERR_NO_MEMORY, "schedule: more than %u steps", s->count);
    uint32_t room = s->room ? 2 * s->room : FIRST_ROOM;
    gyre__step_t *steps = realloc(s->steps, room * sizeof(*steps));
    if (!steps)
        return gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no memory for %u steps", room);
    s->steps = steps;
    s->room = room;
    return GYRE_OK;
}

int32_t gyre__step(gyre__schedule_t *s, gyre__step_t step)
{
    if (s->status == GYRE_OK)
        s->status = grow(s);
    if (s->status != GYRE_OK)
        return GYRE__NOW;
    s->steps[s->count] = step;
    return (int32_t)s->count++;
}

static void count_unit(gyre__schedule_t *s, uint32_t unit)
{
    if (s->units <= unit)
        s->units = unit + 1;
}

int32_t gyre__join(gyre__schedule_t *s, int32_t a, int32_t b)
{
    if (a == b || b == GYRE__NOW)
        return a;
    if (a == GYRE__NOW)
        return b;
    return gyre__step(s, (gyre__step_t){.kind = GYRE__STEP_JOIN, .after = {a, b}});
}

int32_t gyre__send(gyre__schedule_t *s, int32_t after, gyre__ref_t from, uint64_t length, int peer,
                   uint32_t tag)
{
    return gyre__step(s, (gyre__step_t){.kind = GYRE__STEP_SEND,
                                        .after = {after, GYRE__NOW},
                                        .a = from,
                                        .length = length,
                                        .peer = peer,
                                        .tag = tag});
}

int32_t gyre__recv(gyre__schedule_t *s, int32_t after, gyre__ref_t to, uint64_t length, int peer,
                   uint32_t tag)
{
    return gyre__step(s, (gyre__step_t){.kind = GYRE__STEP_RECV,
                                        .after = {after, GYRE__NOW},
                                        .out = to,
                                        .length = length,
                                        .peer = peer,
                                        .tag = tag});
}

int32_t gyre__copy(gyre__schedule_t *s, int32_t after, gyre__ref_t from, gyre__ref_t to,
                   uint64_t length)
{
    if (length == 0)
        return after;
    return gyre__step(s, (gyre__step_t){.kind = GYRE__STEP_COPY,
                                        .after = {after, GYRE__NOW},
                                        .a = from,
                                        .out = to,
                                        .length = length});
}

int32_t gyre__reduce(gyre__schedule_t *s, int32_t after, gyre__ref_t left, gyre__ref_t right,
                     gyre__ref_t to, uint64_t length)
{
    if (length == 0)
        return after;
    return gyre__step(s, (gyre__step_t){.kind = GYRE__STEP_REDUCE,
                                        .after = {after, GYRE__NOW},
                                        .a = left,
                                        .b = right,
                                        .out = to,
                                        .length = length});
}

int32_t gyre__reserve(gyre__schedule_t *s, int32_t after, uint32_t unit, uint64_t length)
{
    count_unit(s, unit);
    if (length == 0)
        return after;
    return gyre__step(s, (gyre__step_t){.kind = GYRE__STEP_RESERVE,
                                        .after = {after, GYRE__NOW},
                                        .unit = unit,
                                        .length = length});
}

int32_t gyre__publish(gyre__schedule_t *s, int32_t after, uint32_t unit, gyre__ref_t from,
                      uint64_t length, int reader)
{
    count_unit(s, unit);
    return gyre__step(s, (gyre__step_t){.kind = GYRE__STEP_PUBLISH,
                                        .after = {after, GYRE__NOW},
                                        .unit = unit,
                                        .a = length ? from : gyre__tmp(0),
                                        .length = length,
                                        .peer = reader});
}

int32_t gyre__await(gyre__schedule_t *s, int32_t after, uint32_t unit, uint32_t member)
{
    count_unit(s, unit);
    return gyre__step(s, (gyre__step_t){.kind = GYRE__STEP_AWAIT,
                                        .after = {after, GYRE__NOW},
                                        .unit = unit,
                                        .peer = (int32_t)member});
}

int32_t gyre__release(gyre__schedule_t *s, int32_t after, uint32_t below)
{
    if (s->units < below)
        s->units = below;
    return gyre__step(
        s, (gyre__step_t){.kind = GYRE__STEP_RELEASE, .after = {after, GYRE__NOW}, .unit = below});
}

int32_t gyre__offer(gyre__schedule_t *s, int32_t after, uint32_t unit)
{
    count_unit(s, unit);
    return gyre__step(
        s, (gyre__step_t){.kind = GYRE__STEP_OFFER, .after = {after, GYRE__NOW}, .unit = unit});
}

int32_t gyre__accept(gyre__schedule_t *s, int32_t after, uint32_t unit, gyre__reach_t reach)
{
    count_unit(s, unit);
    s->reach = reach;
    return gyre__step(
        s, (gyre__step_t){.kind = GYRE__STEP_ACCEPT, .after = {after, GYRE__NOW}, .unit = unit});
}
