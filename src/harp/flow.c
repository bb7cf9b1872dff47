/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces are whole elements. A sum that goes on to the parent is made where an operand has been
 * received, and that place is vacant again when it has been sent. */
#include "harp/flow.h"

#include "harp/combine.h"

enum { PIECES = 1 << 20 };

/* Bytes of a piece: more than PIECES would cost more than they gain. */
static uint64_t piece_of(const gyre__plan_t *plan, uint64_t length)
{
    uint64_t elements = plan->segment / plan->element, least = length / plan->element / PIECES + 1;
    uint64_t piece = (elements < least ? least : elements) * plan->element;
    return piece > length ? length : piece;
}

gyre__flow_t gyre__flow(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__branch_t at,
                        uint64_t offset, uint64_t length, uint32_t tag, bool reduces)
{
    gyre__flow_t flow = {.plan = plan, .s = s, .at = at, .offset = offset, .length = length};
    flow.tag = tag;
    flow.piece = piece_of(plan, length);
    flow.pieces = length == 0 ? 0 : (uint32_t)((length - 1) / flow.piece + 1);
    uint64_t room = flow.piece * (flow.pieces < GYRE__FLOW_DEPTH ? flow.pieces : GYRE__FLOW_DEPTH);
    if (reduces && at.left >= 0)
        flow.got[0] = gyre__schedule_scratch(s, room);
    if (reduces && at.right >= 0)
        flow.got[1] = gyre__schedule_scratch(s, room);
    for (int i = 0; i < GYRE__FLOW_DEPTH; i++)
        flow.vacant[i] = GYRE__NOW;
    return flow;
}

static uint64_t piece_at(const gyre__flow_t *flow, uint32_t i)
{
    return flow->offset + i * flow->piece;
}

static uint64_t piece_length(const gyre__flow_t *flow, uint32_t i)
{
    uint64_t rest = flow->length - i * flow->piece;
    return rest < flow->piece ? rest : flow->piece;
}

static uint32_t piece_tag(const gyre__flow_t *flow, uint32_t i)
{
    return flow->tag + i * GYRE__FLOW_TAGS;
}

/* Adds a child's piece to value, which is then where that piece was received, or at sum. */
static int32_t add_child(gyre__flow_t *flow, uint32_t i, bool left, int32_t ready,
                         gyre__ref_t *value, const gyre__ref_t *sum)
{
    uint32_t place = i % GYRE__FLOW_DEPTH;
    uint64_t length = piece_length(flow, i);
    gyre__ref_t got = gyre__at(flow->got[!left], place * flow->piece), to = sum ? *sum : got;
    int32_t received = gyre__recv(flow->s, flow->vacant[place], got, length,
                                  left ? flow->at.left : flow->at.right, piece_tag(flow, i));
    ready = gyre__reduce_with(flow->s, gyre__join(flow->s, received, ready), *value, got, left, to,
                              length);
    *value = to;
    return ready;
}

int32_t gyre__flow_up(gyre__flow_t *flow, uint32_t i, gyre__ref_t sum)
{
    bool top = flow->at.parent < 0, left = flow->at.left >= 0, right = flow->at.right >= 0;
    uint64_t length = piece_length(flow, i);
    gyre__ref_t value = gyre__in(piece_at(flow, i)), place = gyre__at(sum, piece_at(flow, i));
    int32_t ready = GYRE__NOW;
    if (left)
        ready = add_child(flow, i, true, ready, &value, top && !right ? &place : NULL);
    if (right)
        ready = add_child(flow, i, false, ready, &value, top ? &place : NULL);
    if (!top)
        ready = gyre__send(flow->s, ready, value, length, flow->at.parent, piece_tag(flow, i));
    else if (!left && !right)
        ready = gyre__copy(flow->s, ready, value, place, length);
    flow->vacant[i % GYRE__FLOW_DEPTH] = ready;
    return ready;
}

int32_t gyre__flow_result(gyre__flow_t *flow, uint32_t i, int peer, int32_t ready)
{
    return gyre__recv(flow->s, ready, gyre__out(piece_at(flow, i)), piece_length(flow, i), peer,
                      piece_tag(flow, i));
}

void gyre__flow_down(gyre__flow_t *flow, uint32_t i, int32_t ready)
{
    gyre__ref_t at = gyre__out(piece_at(flow, i));
    uint64_t length = piece_length(flow, i);
    if (flow->at.parent >= 0)
        ready = gyre__flow_result(flow, i, flow->at.parent, ready);
    if (flow->at.left >= 0)
        gyre__send(flow->s, ready, at, length, flow->at.left, piece_tag(flow, i));
    if (flow->at.right >= 0)
        gyre__send(flow->s, ready, at, length, flow->at.right, piece_tag(flow, i));
}
