/* SPDX-License-Identifier: Apache-2.0 */
/* A member while it is simulated: its schedule in short form, with the successors of every step. */
#ifndef GYRE_HARP_SIMULATE_MEMBER_H
#define GYRE_HARP_SIMULATE_MEMBER_H

#include "harp/schedule.h"

/* An edge is 2 * step + which of its predecessors; successors are a list of edges. */
#define GYRE__NO_EDGE (-1)

typedef struct gyre__sim_step {
    double ready; /* the latest of what it waits for */
    uint64_t length;
    int32_t peer;
    uint32_t tag; /* or unit */
    int32_t successors;
    int32_t next[2];
    uint32_t rounds;
    int32_t pending; /* steps, messages or units to come */
    uint8_t kind;
    bool far; /* lockstep: the message that this send stands for comes through the network */
} gyre__sim_step_t;

typedef struct gyre__sim_slot {
    uint32_t below; /* unit published there last, plus one; 0: none */
    int32_t reader;
} gyre__sim_slot_t;

typedef struct gyre__sim_member {
    int rank;
    uint32_t count, left;
    uint32_t released;
    gyre__sim_slot_t *slots;    /* behind the steps: as many as can be used */
    bool patient;               /* until a message comes there is nothing to do */
    double free_at;             /* of the processor */
    double last_end;            /* of the steps so far */
    double out_at[2], in_at[2]; /* of the ports to the node and to the network */
    gyre__sim_step_t steps[];
} gyre__sim_member_t;

/* NULL: no memory. */
gyre__sim_member_t *gyre__sim_member_new(const gyre__schedule_t *s, int rank);

/* Names messages by their number, for lockstep. per_node tells which cross the network. */
void gyre__sim_member_mirror(gyre__sim_member_t *member, int per_node);

#endif
