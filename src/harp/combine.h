/* SPDX-License-Identifier: Apache-2.0 */
/* What generators that reduce share: operands in rank order, some of them of this member, the
 * others received; a vector cut into shares. */
#ifndef GYRE_HARP_COMBINE_H
#define GYRE_HARP_COMBINE_H

#include "harp/plan.h"

/* Operands of a reduction: number own is at value, the others lie in a row at got, length bytes
 * each, and may be overwritten. */
typedef struct gyre__operands {
    int count, own;
    gyre__ref_t value, got;
    uint64_t length;
} gyre__operands_t;

/* Where operand i (not own) is to be received. */
gyre__ref_t gyre__operand(const gyre__operands_t *x, int i);

/* to = ((x0 op x1) op x2) ...; to may be value. A lone operand is copied. */
int32_t gyre__combine(gyre__schedule_t *s, int32_t after, const gyre__operands_t *x,
                      gyre__ref_t to);

/* acc = tmp op value where the peer is below this member, value op tmp where it is above. */
int32_t gyre__reduce_with(gyre__schedule_t *s, int32_t after, gyre__ref_t value, gyre__ref_t tmp,
                          bool below, gyre__ref_t to, uint64_t length);

/* Byte range of the share of member i: its block of a reduce_scatter form, else a part of the
 * vector as large as the others'. */
typedef struct gyre__share {
    uint64_t offset, length;
} gyre__share_t;

gyre__share_t gyre__share(const gyre__plan_t *plan, int i);

/* Bytes of whole vector. */
uint64_t gyre__vector(const gyre__plan_t *plan);

/* Where a reduce_scatter form makes its result, and in the end has it in the output: in place that
 * is the start of the input, not to be written before all of this is over. */
gyre__ref_t gyre__result(const gyre__plan_t *plan, gyre__schedule_t *s);
void gyre__result_done(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                       gyre__ref_t result);

/* Each member sends the others their shares and reduces its own strictly from the left. The step
 * returned comes after all that this does. */
int32_t gyre__owner_reduce(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t result);

/* Shares go around and collect operands; each member ends with its own. Needs a commutative
 * operation. The step returned comes after all that this does. */
int32_t gyre__ring_reduce(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t result);

/* Shares, each at its owner's output after step ready, go around to all. */
void gyre__ring_gather(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t ready);

#endif
