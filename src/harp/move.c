/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks in a row and elsewhere. Displacements are each member's own, so messages of several
 * blocks hold them packed in rank order, and whose output is not packed goes through scratch
 * memory. */
#include "harp/move.h"

static uint64_t straight_span(const gyre__plan_t *plan, const gyre__blocks_t *blocks, int first,
                              int count)
{
    uint64_t sum = 0;
    if (!blocks->lengths)
        return plan->bytes * (uint64_t)count;
    for (int i = first; i < first + count; i++)
        sum += blocks->lengths[i];
    return sum;
}

uint64_t gyre__span(const gyre__plan_t *plan, const gyre__blocks_t *blocks, int first, int count)
{
    int before_end = plan->size - first;
    if (count <= before_end)
        return straight_span(plan, blocks, first, count);
    return straight_span(plan, blocks, first, before_end) +
           straight_span(plan, blocks, 0, count - before_end);
}

bool gyre__in_a_row(const gyre__plan_t *plan, const gyre__blocks_t *blocks, int first, int count)
{
    if (!blocks->lengths && !blocks->offsets)
        return true;
    for (int i = first; i < first + count - 1; i++)
        if (gyre__block_offset(plan, blocks, i) + gyre__block_length(plan, blocks, i) !=
            gyre__block_offset(plan, blocks, i + 1))
            return false;
    return true;
}

static void unpack_straight(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                            gyre__ref_t from, int first, int count)
{
    const gyre__blocks_t *out = &plan->out;
    if (count == 0)
        return;
    if (gyre__in_a_row(plan, out, first, count)) {
        gyre__copy(s, after, from, gyre__out(gyre__block_offset(plan, out, first)),
                   straight_span(plan, out, first, count));
        return;
    }
    for (int i = first; i < first + count; i++) {
        uint64_t length = gyre__block_length(plan, out, i);
        gyre__copy(s, after, from, gyre__out(gyre__block_offset(plan, out, i)), length);
        from = gyre__at(from, length);
    }
}

void gyre__unpack(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after, gyre__ref_t from,
                  int first, int count)
{
    int straight = count < plan->size - first ? count : plan->size - first;
    unpack_straight(plan, s, after, from, first, straight);
    unpack_straight(plan, s, after,
                    gyre__at(from, straight_span(plan, &plan->out, first, straight)), 0,
                    count - straight);
}

gyre__stage_t gyre__stage_room(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__stage_t stage = {.scratch = !gyre__in_a_row(plan, &plan->out, 0, plan->size)};
    stage.base = stage.scratch
                     ? gyre__schedule_scratch(s, gyre__span(plan, &plan->out, 0, plan->size))
                     : gyre__out(gyre__block_offset(plan, &plan->out, 0));
    return stage;
}

gyre__stage_t gyre__stage(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t *ready)
{
    gyre__stage_t stage = gyre__stage_room(plan, s);
    *ready = gyre__copy(s, GYRE__NOW, gyre__in(0), gyre__staged(plan, &stage, plan->rank),
                        gyre__block_length(plan, &plan->out, plan->rank));
    return stage;
}

gyre__ref_t gyre__staged(const gyre__plan_t *plan, const gyre__stage_t *stage, int block)
{
    return gyre__at(stage->base, straight_span(plan, &plan->out, 0, block));
}

void gyre__unstage(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                   const gyre__stage_t *stage)
{
    if (stage->scratch)
        gyre__unpack(plan, s, after, stage->base, 0, plan->size);
}

/* Copies the blocks to scratch memory, as far apart as they are. */
static gyre__ref_t copy_blocks(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t *ready)
{
    uint64_t low = UINT64_MAX, high = 0;
    for (int i = 0; i < plan->size; i++) {
        uint64_t offset = gyre__block_offset(plan, &plan->in, i);
        uint64_t end = offset + gyre__block_length(plan, &plan->in, i);
        low = offset < low ? offset : low;
        high = end > high ? end : high;
    }
    gyre__ref_t base = gyre__schedule_scratch(s, high - low);
    base.offset -= low;
    for (int i = 0; i < plan->size; i++) {
        uint64_t offset = gyre__block_offset(plan, &plan->in, i);
        *ready = gyre__copy(s, *ready, gyre__in(offset), gyre__at(base, offset),
                            gyre__block_length(plan, &plan->in, i));
    }
    return base;
}

gyre__ref_t gyre__alltoall_input(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t *ready)
{
    uint64_t all = gyre__span(plan, &plan->in, 0, plan->size);
    *ready = GYRE__NOW;
    if (!plan->in_place)
        return gyre__in(0);
    if (!gyre__in_a_row(plan, &plan->in, 0, plan->size))
        return copy_blocks(plan, s, ready);
    uint64_t low = gyre__block_offset(plan, &plan->in, 0);
    gyre__ref_t base = gyre__schedule_scratch(s, all);
    *ready = gyre__copy(s, GYRE__NOW, gyre__in(low), base, all);
    base.offset -= low;
    return base;
}
