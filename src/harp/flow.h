/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of a vector that follow each other up and down a tree with at most two children: a
 * member reduces one piece while it receives the next and sends the one before. */
#ifndef GYRE_HARP_FLOW_H
#define GYRE_HARP_FLOW_H

#include "harp/pattern/double_tree.h"
#include "harp/plan.h"

enum { GYRE__FLOW_DEPTH = 4 }; /* pieces received ahead from each child */

typedef struct gyre__flow {
    const gyre__plan_t *plan;
    gyre__schedule_t *s;
    gyre__branch_t at;       /* ranks; the parent gets the sum, if only by way of its result */
    uint64_t offset, length; /* the part of the vector that goes this way */
    uint64_t piece;          /* bytes of all pieces but the last */
    uint32_t pieces, tag;    /* tag: below GYRE__FLOW_TAGS, another for each flow of a schedule */
    gyre__ref_t got[2];      /* from the left, from the right */
    int32_t vacant[GYRE__FLOW_DEPTH];
} gyre__flow_t;

enum { GYRE__FLOW_TAGS = 4 };

/* A flow of those bytes; reduces: whether it goes up. */
gyre__flow_t gyre__flow(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__branch_t at,
                        uint64_t offset, uint64_t length, uint32_t tag, bool reduces);

/* Reduces piece i of the children's and this member's and sends it to the parent; where there is
 * none, to its place in the vector at sum. The step returned comes after all that this does. */
int32_t gyre__flow_up(gyre__flow_t *flow, uint32_t i, gyre__ref_t sum);

/* Piece i of the parent's output to this member's after step ready, and to the children's. */
void gyre__flow_down(gyre__flow_t *flow, uint32_t i, int32_t ready);

/* Piece i from that peer, who has it as a child has its parent, after step ready. */
int32_t gyre__flow_result(gyre__flow_t *flow, uint32_t i, int peer, int32_t ready);

#endif
