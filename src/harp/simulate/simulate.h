/* SPDX-License-Identifier: Apache-2.0 */
/* Time, messages and bytes of an algorithm on a machine that need not exist: its own schedules are
 * run as events in the LogGP model. A member's processor spends the overhead on both ends of a
 * message and the copies and reductions, one after the other in the order in which they could
 * begin; its ports take messages one after the other.
 *
 * Where every member does the same, one of them is simulated, with its own sends in the place of
 * its peers' (lockstep). Else all are, each from its first message on and until its last step, so
 * that of a tree only its front is in memory.
 *
 * A. Alexandrov, M. Ionescu, K. Schauser, C. Scheiman: LogGP: incorporating long messages into the
 * LogP model. SPAA 1995. */
#ifndef GYRE_HARP_SIMULATE_SIMULATE_H
#define GYRE_HARP_SIMULATE_SIMULATE_H

#include "harp/plan.h"

/* Seconds, and seconds per byte. */
typedef struct gyre__loggp {
    double latency, overhead, gap, per_byte;
} gyre__loggp_t;

typedef struct gyre__machine {
    int size;     /* members */
    int per_node; /* members of a node, consecutive ranks; the last may have fewer */
    gyre__loggp_t network, node;
    double copy, reduce; /* seconds per byte */
} gyre__machine_t;

/* More than this is not simulated: 50 bytes a step may be in memory at once. */
#define GYRE__SIM_STEPS        (UINT64_C(1) << 25) /* of all members */
#define GYRE__SIM_MEMBER_STEPS (UINT32_C(1) << 23) /* of one */

typedef struct gyre__cost {
    bool simulated;
    bool lockstep;     /* one member stands for all */
    uint64_t steps;    /* of all that were looked at; not simulated: so many or more */
    uint32_t rounds;   /* messages, or units in a node, on the longest way */
    uint64_t messages; /* most sent by one member */
    uint64_t bytes;    /* most sent by one member */
    double all_messages, all_bytes;
    double seconds;
} gyre__cost_t;

/* Why the algorithm cannot serve that machine; NULL: it can. */
const char *gyre__simulate_unfit(const gyre__algorithm_t *algorithm,
                                 const gyre__machine_t *machine);

/* bytes: as gyre__plan's; v forms have equal blocks, neighbour forms the neighbours at distances 1
 * and floor(sqrt(size)) both ways, the root is 0. */
gyre_status_t gyre__simulate(const gyre__machine_t *machine, gyre__coll_t coll,
                             const gyre__algorithm_t *algorithm, uint64_t bytes,
                             gyre__cost_t *cost);

#endif
