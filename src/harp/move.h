/* SPDX-License-Identifier: Apache-2.0 */
/* What generators that only move blocks share. Both ends of a message know its length, so those
 * of no bytes are left out by both where blocks go one by one. */
#ifndef GYRE_HARP_MOVE_H
#define GYRE_HARP_MOVE_H

#include "harp/plan.h"

/* The member by ranks above rank, which may be negative; around the end. */
static inline int gyre__around(int rank, int64_t by, int size)
{
    int64_t sum = (rank + by) % size;
    return (int)(sum < 0 ? sum + size : sum);
}

/* What message i of a run of messages, steps first, first + 1 and so on, has to wait for, so that
 * at most width are in flight; the first ones wait for ready. width 0: all are in flight. */
static inline int32_t gyre__window(int32_t first, int i, int width, int32_t ready)
{
    return width < 1 || i < width ? ready : first + i - width;
}

/* Bytes of count blocks from first on, around the end. */
uint64_t gyre__span(const gyre__plan_t *plan, const gyre__blocks_t *blocks, int first, int count);

/* Whether the count blocks from first on, not around the end, lie in a row. */
bool gyre__in_a_row(const gyre__plan_t *plan, const gyre__blocks_t *blocks, int first, int count);

/* Copies count blocks, which lie in a row at from, to their places from block first of the
 * output on, around the end. Nothing tells when: for the last steps of a schedule. */
void gyre__unpack(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after, gyre__ref_t from,
                  int first, int count);

/* All members' blocks in a row, in rank order: the output where it is so, or scratch memory. */
typedef struct gyre__stage {
    gyre__ref_t base;
    bool scratch;
} gyre__stage_t;

gyre__stage_t gyre__stage_room(const gyre__plan_t *plan, gyre__schedule_t *s);
/* ready: this member's block is there. */
gyre__stage_t gyre__stage(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t *ready);
gyre__ref_t gyre__staged(const gyre__plan_t *plan, const gyre__stage_t *stage, int block);
void gyre__unstage(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                   const gyre__stage_t *stage);

/* Where an alltoall form may send from, blocks at their offsets: the input, or in place a copy. */
gyre__ref_t gyre__alltoall_input(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t *ready);

#endif
