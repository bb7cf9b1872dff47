/* SPDX-License-Identifier: Apache-2.0 */
/* Fences under way. One is known by its epoch and list of ranks: an agent cannot enter the same
 * one again before it is over. */
#ifndef PMIX_HUB_FENCE_H
#define PMIX_HUB_FENCE_H

#include "frame.h"
#include "plan.h"

typedef struct fence {
    struct fence *next;
    int epoch, count;
    int32_t *ranks; /* count of them; count 0: all of the epoch */
    bool *member;   /* by node */
    uint64_t *tag;  /* by node: what to answer with */
    int missing;    /* nodes */
    int status;     /* first that is not success */
    char *data;
    size_t length;
} fence_t;

typedef struct fences {
    fence_t *first;
} fences_t;

/* A node's contribution. Returns the fence when it was the last one. */
fence_t *fences_add(fences_t *fences, const plan_t *plan, const frame_t *frame, const char *bytes,
                    int node);
void fences_drop(fences_t *fences, fence_t *fence);
void fences_clear(fences_t *fences);

#endif
