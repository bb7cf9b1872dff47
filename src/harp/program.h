/* SPDX-License-Identifier: Apache-2.0 */
/* A program: a schedule made ready to run, with the successors of every step. */
#ifndef GYRE_HARP_PROGRAM_H
#define GYRE_HARP_PROGRAM_H

#include "harp/schedule.h"

typedef struct gyre__program {
    gyre__schedule_t schedule;
    uint32_t *next_start; /* successors of step i: next[next_start[i] .. next_start[i + 1] - 1] */
    uint32_t *next;
    uint32_t *message; /* by step: number among the messages */
    uint32_t messages;
    uint32_t units; /* with those of the alternative; if any, runs take turns, also those of a
                       member that has no step with them */
    bool serial;    /* every step follows the one before: no bookkeeping needed */
    bool local;     /* and all that it needs are the slots */
    struct gyre__program *otherwise;
    uint32_t runs;                /* executions under way */
    bool once;                    /* nobody keeps it: goes with its run */
    struct gyre__execution *idle; /* kept for the next run */
    const char *name;             /* of the algorithm; an alternative has none */
} gyre__program_t;

/* Takes the schedule over, also on failure. */
gyre_status_t gyre__program_new(gyre__schedule_t *schedule, gyre__program_t **program);

/* No execution may run it. NULL is allowed. */
void gyre__program_free(gyre__program_t *program);

#endif
