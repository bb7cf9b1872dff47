/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules made of parts: a collective among some of the members, on some of the memory, which
 * another collective's generator makes, takes its place among the steps of a schedule. */
#ifndef GYRE_HARP_GRAFT_H
#define GYRE_HARP_GRAFT_H

#include "harp/plan.h"

typedef struct gyre__graft {
    gyre__generate_fn generate;
    gyre__plan_t plan;   /* what the generator is told */
    const int *members;  /* the rank here of each of the part's members; NULL: they are */
    int first, stride;   /* first, first + stride and so on */
    gyre__ref_t in, out; /* where the part's input and output begin here; may be the same */
    uint32_t tag, tags;  /* its tag t is tag + t * tags here */
    gyre__ref_t scratch; /* of an earlier part that is over when this one begins */
    uint64_t room;       /* bytes there */
} gyre__graft_t;

/* Adds the part's steps. Those that wait for nothing there wait for ready, by which its input is
 * there and its output may be written; receives into scratch memory only for vacant, by which
 * that may be used. Units of the part follow those of s so far and are released at its end.
 * Returns a step after which all of the part is over; graft's scratch may then be used again. */
int32_t gyre__graft(gyre__schedule_t *s, gyre__graft_t *graft, int32_t vacant, int32_t ready);

#endif
