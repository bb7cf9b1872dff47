/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an execution, shared by execute.c, which decides when steps run, and step.c,
 * which runs them. */
#ifndef GYRE_HARP_EXECUTION_H
#define GYRE_HARP_EXECUTION_H

#include "harp/execute.h"

struct gyre__execution {
    gyre__poller_t poller;
    gyre__link_t running;              /* in the team's */
    gyre__link_t turn;                 /* in the team's turns, if its program counts units */
    struct gyre__execution *next_idle; /* of the program's */
    gyre__team_t *team;
    gyre__program_t *whole;   /* as given */
    gyre__program_t *program; /* that, or an alternative */
    const gyre__work_t *work;
    gyre__work_t kept; /* that, once others may run meanwhile */
    char *tmp;
    uint64_t tmp_size;
    uint64_t first_unit; /* of this execution; the program's units count from base_unit */
    uint64_t base_unit;
    uint32_t tag;
    uint64_t since; /* it moved last; looked at only where GYRE_COLL_TIMEOUT is set */
    bool asked;     /* those it waits for whether they live */
    gyre_status_t status;
    bool done, stopping;
    gyre_request_t *request;

    uint32_t left;      /* steps to do; of a serial program: from count - left on */
    uint32_t in_flight; /* messages */
    uint32_t ready_count, polled_count, finished_count;
    uint8_t *pending;                    /* by step: predecessors to come */
    uint32_t *ready, *polled, *finished; /* stacks of steps */
    gyre_request_t *messages;            /* by number of message */
    uint64_t gone_since;                 /* see gyre__execution_gone; 0: nothing is gone */
    struct gyre__reached *peers;         /* by local index, after ACCEPT */
};

/* Where a node peer's buffers are. */
typedef struct gyre__reached {
    char *in, *out;                   /* here; NULL: only to be read through the kernel */
    uint64_t in_address, out_address; /* there */
} gyre__reached_t;

typedef enum gyre__progressed {
    GYRE__STEP_DONE,
    GYRE__STEP_LATER,  /* try again */
    GYRE__STEP_ASYNC,  /* its message's end will tell */
    GYRE__STEP_TURNED, /* the alternative has taken over */
    GYRE__STEP_FAILED  /* execution->status says why */
} gyre__progressed_t;

gyre__progressed_t gyre__step_try(gyre__execution_t *x, uint32_t index);

/* Of a local program: does the steps from first on in their order, until so many tries of one were
 * in vain. Returns the first that is not done. */
uint32_t gyre__steps_run(gyre__execution_t *x, uint32_t first, int polls);

/* Makes the execution start over with a program: the whole, or its alternative. */
void gyre__execution_enter(gyre__execution_t *x, gyre__program_t *program, uint64_t base_unit);

/* Gives up the members that it waits for, once it has not moved for GYRE_COLL_TIMEOUT. */
void gyre__execution_look_at_clock(gyre__execution_t *x, bool moved);

/* Publishes where this member's buffers are. */
gyre__progressed_t gyre__offer_make(gyre__execution_t *x, const gyre__step_t *step);
/* Waits for all offers, and finds the buffers or turns to the alternative. */
gyre__progressed_t gyre__offer_accept(gyre__execution_t *x, const gyre__step_t *step);

/* What a member offered is not there any more: waits a while for the news that explains it. */
gyre__progressed_t gyre__execution_gone(gyre__execution_t *x, uint32_t member);

/* Publishes bytes as this member's unit; false: its slot is taken yet. */
bool gyre__step_publish(gyre__execution_t *x, uint64_t unit, const void *data, uint64_t length,
                        int32_t reader);
/* The first byte of a unit, wherever its publisher had to put it. */
char *gyre__step_unit(const gyre__team_t *team, uint32_t member, uint64_t unit);

/* Of a message step. */
void gyre__execution_message_done(gyre_request_t *req);

#endif
