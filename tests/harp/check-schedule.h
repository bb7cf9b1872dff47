/* SPDX-License-Identifier: Apache-2.0 */
/* The checker: runs the schedules of all members of a world against each other, on symbols in
 * place of data, in random order, and finds whatever a schedule may not do:
 *  - steps or messages that never end (a send ends only when its receive is there), messages of
 *    another length than their receive, two messages of one name that may be under way at once;
 *  - memory read before it holds anything, written where it is input or does not exist, touched
 *    by two steps that nothing orders and of which one writes; elements cut apart;
 *  - units read before they are awaited or after they are released, published twice or too big;
 *  - results that are not what the collective's rule (check-rules.c) asks for: every member's
 *    element once, in rank order unless the operation is commutative, strictly from the left
 *    where the algorithm promises so; allreduce's not the same at all members.
 * A member is taken to release all units when its schedule ends, and its buffers are its own
 * again then. */
#ifndef GYRE_TESTS_CHECK_SCHEDULE_H
#define GYRE_TESTS_CHECK_SCHEDULE_H

#include "harp/check-world.h"

typedef struct check_counts {
    uint32_t sends, receives, reduces; /* the most of any member */
    uint64_t sent, reduced;            /* bytes, the most of any member */
    uint64_t sent_by_all;
    uint32_t messages; /* of all members */
    uint32_t rounds;   /* messages on the longest way through the schedules of all */
} check_counts_t;

/* Whether the algorithm may be asked for this world at all. */
bool check_applies(const gyre__algorithm_t *algorithm, const world_t *world);

/* NULL, or what is wrong, in static storage. counts may be NULL. */
const char *check_algorithm(const gyre__algorithm_t *algorithm, const world_t *world,
                            random_plan_t *random, check_counts_t *counts);

#endif
