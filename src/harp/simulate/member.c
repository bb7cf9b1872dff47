/* SPDX-License-Identifier: Apache-2.0 */
/* From a schedule to the form that is run. */
#include "harp/simulate/member.h"

#include "base/error.h"

#include <stdlib.h>

static void add_edge(gyre__sim_step_t *steps, int32_t from, int32_t to, int which)
{
    steps[to].next[which] = steps[from].successors;
    steps[from].successors = 2 * to + which;
    steps[to].pending++;
}

static bool same_place(const gyre__ref_t *a, const gyre__ref_t *b)
{
    return a->space == b->space && a->member == b->member && a->unit == b->unit &&
           a->offset == b->offset;
}

/* Bytes to move: none where they are already. */
static uint64_t work_of(const gyre__step_t *step)
{
    bool there = step->kind == GYRE__STEP_COPY ? same_place(&step->a, &step->out)
                 : step->kind == GYRE__STEP_PUBLISH
                     ? step->a.space == GYRE__SLOT && step->a.unit == step->unit
                     : false;
    return there ? 0 : step->length;
}

static bool needs_no_message(const gyre__step_t *step)
{
    return step->after[0] == GYRE__NOW && step->after[1] == GYRE__NOW &&
           step->kind != GYRE__STEP_RECV;
}

gyre__sim_member_t *gyre__sim_member_new(const gyre__schedule_t *s, int rank)
{
    size_t slots = s->units < GYRE__SLOTS ? s->units : GYRE__SLOTS;
    gyre__sim_member_t *member = calloc(1, sizeof(*member) + s->count * sizeof(member->steps[0]) +
                                               slots * sizeof(member->slots[0]));
    if (!member) {
        gyre__error(GYRE_ERR_NO_MEMORY, "no memory to simulate %u steps", s->count);
        return NULL;
    }
    member->rank = rank;
    member->count = member->left = s->count;
    member->slots = (gyre__sim_slot_t *)(member->steps + s->count);
    member->patient = s->units == 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const gyre__step_t *step = &s->steps[i];
        bool message = step->kind == GYRE__STEP_SEND || step->kind == GYRE__STEP_RECV;
        member->steps[i] = (gyre__sim_step_t){.length = work_of(step),
                                              .peer = step->peer,
                                              .tag = message ? step->tag : step->unit,
                                              .successors = GYRE__NO_EDGE,
                                              .kind = (uint8_t)step->kind};
        for (int which = 0; which < 2; which++)
            if (step->after[which] != GYRE__NOW)
                add_edge(member->steps, step->after[which], (int32_t)i, which);
        member->patient = member->patient && !needs_no_message(step);
    }
    return member;
}

/* The next step of a kind from one on; count: none. */
static uint32_t next_of(const gyre__sim_member_t *member, uint32_t from, gyre__step_kind_t kind)
{
    while (from < member->count && member->steps[from].kind != kind)
        from++;
    return from;
}

void gyre__sim_member_mirror(gyre__sim_member_t *member, int per_node)
{
    uint32_t number = 0, send = next_of(member, 0, GYRE__STEP_SEND);
    uint32_t recv = next_of(member, 0, GYRE__STEP_RECV);
    for (; send < member->count && recv < member->count; number++) {
        gyre__sim_step_t *out = &member->steps[send], *in = &member->steps[recv];
        int node = member->rank / per_node;
        out->far = out->peer / per_node != node || in->peer / per_node != node;
        out->tag = in->tag = number;
        send = next_of(member, send + 1, GYRE__STEP_SEND);
        recv = next_of(member, recv + 1, GYRE__STEP_RECV);
    }
}
