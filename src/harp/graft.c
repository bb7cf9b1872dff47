/* SPDX-License-Identifier: Apache-2.0 */
/* The part is generated as a schedule of its own, then its steps are copied with everything in
 * them renamed: steps, memory, peers, tags, units. */
#include "harp/graft.h"

#include "base/error.h"

#include <stdlib.h>

typedef struct names {
    const gyre__graft_t *graft;
    gyre__ref_t scratch;
    int32_t first; /* the part's first step here */
    uint32_t unit;
    int32_t vacant, ready;
    struct fate {
        bool followed; /* by another step of the part */
        bool settled;  /* comes after ready */
    } * fates;         /* of the part's steps */
} names_t;

static gyre__ref_t rename_ref(const names_t *names, gyre__ref_t ref)
{
    switch (ref.space) {
    case GYRE__IN:
        return gyre__at(names->graft->in, ref.offset);
    case GYRE__OUT:
        return gyre__at(names->graft->out, ref.offset);
    case GYRE__TMP:
        return gyre__at(names->scratch, ref.offset);
    default:
        ref.unit += names->unit;
        return ref;
    }
}

static int rename_peer(const gyre__graft_t *graft, int peer)
{
    return graft->members ? graft->members[peer] : graft->first + graft->stride * peer;
}

/* What step number i comes after. A generator that knows its input to be there does not have a
 * step that reads it wait for more than the other operand: here it has to wait for ready too. */
static void rename_after(const names_t *names, gyre__step_t *step, uint32_t i)
{
    struct fate *fate = &names->fates[i];
    bool early = step->kind == GYRE__STEP_RECV && step->out.space == GYRE__TMP;
    bool first = step->after[0] == GYRE__NOW && step->after[1] == GYRE__NOW;
    for (int k = 0; k < 2; k++) {
        int32_t before = step->after[k];
        if (before == GYRE__NOW)
            continue;
        names->fates[before].followed = true;
        fate->settled |= names->fates[before].settled;
        step->after[k] = names->first + before;
    }
    if (early && first)
        step->after[0] = names->vacant;
    if (early || fate->settled || step->kind == GYRE__STEP_JOIN)
        return;
    step->after[first ? 0 : 1] = names->ready;
    fate->settled = true;
}

static gyre__step_t rename_step(const names_t *names, gyre__step_t step, uint32_t i)
{
    if (step.kind == GYRE__STEP_SEND || step.kind == GYRE__STEP_RECV) {
        step.peer = rename_peer(names->graft, step.peer);
        step.tag = names->graft->tag + step.tag * names->graft->tags;
    }
    rename_after(names, &step, i);
    step.unit += names->unit;
    step.a = rename_ref(names, step.a);
    step.b = rename_ref(names, step.b);
    step.out = rename_ref(names, step.out);
    return step;
}

/* A step after all that no other step of the part comes after, and after ready. */
static int32_t join_ends(gyre__schedule_t *s, const names_t *names, uint32_t count)
{
    int32_t all = GYRE__NOW;
    bool settled = false;
    for (uint32_t i = 0; i < count; i++)
        if (!names->fates[i].followed) {
            all = gyre__join(s, all, names->first + (int32_t)i);
            settled |= names->fates[i].settled;
        }
    return settled ? all : gyre__join(s, all, names->ready);
}

static int32_t add_part(gyre__schedule_t *s, gyre__graft_t *graft, const gyre__schedule_t *part,
                        names_t *names)
{
    if (part->scratch > graft->room) {
        graft->scratch = gyre__schedule_scratch(s, part->scratch);
        graft->room = part->scratch;
    }
    names->scratch = graft->scratch;
    names->first = (int32_t)s->count;
    names->unit = s->units;
    for (uint32_t i = 0; i < part->count; i++)
        gyre__step(s, rename_step(names, part->steps[i], i));
    if (s->status != GYRE_OK)
        return GYRE__NOW;
    int32_t over = join_ends(s, names, part->count);
    s->units += part->units;
    return part->units ? gyre__release(s, over, s->units) : over;
}

int32_t gyre__graft(gyre__schedule_t *s, gyre__graft_t *graft, int32_t vacant, int32_t ready)
{
    gyre__schedule_t part;
    names_t names = {.graft = graft, .vacant = vacant, .ready = ready};
    int32_t over = GYRE__NOW;
    if (s->status != GYRE_OK)
        return GYRE__NOW;
    gyre__schedule_init(&part);
    part.limit = s->limit;
    graft->generate(&graft->plan, &part);
    names.fates = calloc((size_t)part.count + 1, sizeof(*names.fates));
    if (part.status != GYRE_OK)
        s->status = part.status;
    else if (!names.fates)
        s->status = gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no memory for %u steps", part.count);
    else
        over = add_part(s, graft, &part, &names);
    free(names.fates);
    gyre__schedule_cleanup(&part);
    return over;
}
