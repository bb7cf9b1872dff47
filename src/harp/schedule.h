/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules: what one member does in a collective, as a graph of steps.
 *
 * A generator is a pure function: from the plan (rank, size, sizes of the data, where the members
 * are) it adds steps in an order in which every step comes after those it depends on. The
 * executor runs a step once those are done; the simulator and the checker run the schedules of
 * all members without a wire. Memory is named by references, so that a schedule serves any
 * buffers. A copy onto itself costs nothing: in place needs no generator of its own. */
#ifndef GYRE_HARP_SCHEDULE_H
#define GYRE_HARP_SCHEDULE_H

#include <gyre/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum gyre__space {
    GYRE__IN,       /* the caller's input */
    GYRE__OUT,      /* the caller's output */
    GYRE__TMP,      /* scratch memory of the schedule: gyre__schedule_scratch */
    GYRE__SLOT,     /* node: what member published as a unit, from its first byte on */
    GYRE__PEER_IN,  /* node: the input of member, after its offer */
    GYRE__PEER_OUT, /* node: the output of member, after its offer */
} gyre__space_t;

typedef struct gyre__ref {
    gyre__space_t space;
    uint32_t member; /* SLOT and PEER_*: local index, see gyre__places */
    uint32_t unit;   /* SLOT */
    uint64_t offset; /* bytes */
} gyre__ref_t;

static inline gyre__ref_t gyre__in(uint64_t offset)
{
    return (gyre__ref_t){.space = GYRE__IN, .offset = offset};
}

static inline gyre__ref_t gyre__out(uint64_t offset)
{
    return (gyre__ref_t){.space = GYRE__OUT, .offset = offset};
}

static inline gyre__ref_t gyre__tmp(uint64_t offset)
{
    return (gyre__ref_t){.space = GYRE__TMP, .offset = offset};
}

static inline gyre__ref_t gyre__slot(uint32_t member, uint32_t unit, uint64_t offset)
{
    return (gyre__ref_t){GYRE__SLOT, member, unit, offset};
}

static inline gyre__ref_t gyre__at(gyre__ref_t ref, uint64_t bytes)
{
    ref.offset += bytes;
    return ref;
}

typedef enum gyre__step_kind {
    GYRE__STEP_JOIN,   /* nothing: waits for its predecessors */
    GYRE__STEP_SEND,   /* length bytes of a to peer, with tag; done when a may be changed */
    GYRE__STEP_RECV,   /* length bytes from peer, with tag, into out */
    GYRE__STEP_COPY,   /* out = a, length bytes */
    GYRE__STEP_REDUCE, /* out = a op b, length bytes; out may be a or b */

    /* Within a node, through its segment. A schedule numbers the units that it publishes from 0;
     * all members of the node count the same number of units for a collective. A member has
     * GYRE__SLOTS slots for its units, taken in turn. */
    GYRE__STEP_RESERVE, /* waits until the readers of the slot's last unit have released it: SLOT
                           of my unit, of length bytes, may then be written */
    GYRE__STEP_PUBLISH, /* the same wait, then copies length bytes of a into the slot (from itself:
                           it has been written after RESERVE) as my unit, and tells its readers */
    GYRE__STEP_AWAIT,   /* waits for the unit of member peer */
    GYRE__STEP_RELEASE, /* I have done with all units below this one, of all members */
    GYRE__STEP_OFFER,   /* publishes, as my unit, where my input and output are */
    GYRE__STEP_ACCEPT,  /* waits for the offers (same unit) of all members of the node; where not
                           all can be reached as wanted, the schedule's alternative takes over */
} gyre__step_kind_t;

#define GYRE__NOW        (-1)  /* depends on nothing */
#define GYRE__ALL        (-1)  /* readers: every member of the node */
#define GYRE__SLOTS      256   /* units in flight per member, at most */
#define GYRE__SLOTS_SURE 16    /* however long they are: no schedule may need more */
#define GYRE__SLOT_SIZE  32768 /* bytes of a unit, at most */

typedef struct gyre__step {
    gyre__step_kind_t kind;
    int32_t after[2]; /* earlier steps, or GYRE__NOW */
    int32_t peer;     /* SEND, RECV: rank in the communicator; AWAIT: local index; PUBLISH:
                         the local index of the only reader, or GYRE__ALL */
    uint32_t tag;     /* SEND, RECV: equal at both ends; with peer it names the message */
    uint32_t unit;
    uint64_t length; /* bytes */
    gyre__ref_t a, b, out;
} gyre__step_t;

/* How peers' buffers must be reachable for ACCEPT to go on. */
typedef enum gyre__reach {
    GYRE__REACH_COPY,   /* COPY from PEER_*: mapped, or read through the kernel (CMA) */
    GYRE__REACH_MAPPED, /* any step on PEER_*: in memory that the node shares */
    GYRE__REACH_INPUTS, /* any step on PEER_IN: so, and no member's output overlaps its input */
    GYRE__REACHES
} gyre__reach_t;

typedef struct gyre__schedule {
    gyre__step_t *steps;
    uint32_t count, room;
    uint32_t limit;   /* steps at most, more are an error; 0: as many as can be numbered */
    uint64_t scratch; /* bytes of TMP */
    uint32_t units;   /* that all members of the node count for this schedule */
    bool swaps;       /* members wait for each other's units before they give many more: no ring
                         needs to be long */
    gyre__reach_t reach;
    uint32_t coll;                    /* whose offers they are: a gyre__coll_t */
    struct gyre__schedule *otherwise; /* owned; taken when ACCEPT finds buffers out of reach; may
                                         have an alternative, too */
    gyre_status_t status;             /* first error while building; later steps are ignored */
} gyre__schedule_t;

void gyre__schedule_init(gyre__schedule_t *s);
void gyre__schedule_cleanup(gyre__schedule_t *s);

/* Takes room in TMP; 64-byte aligned. */
gyre__ref_t gyre__schedule_scratch(gyre__schedule_t *s, uint64_t bytes);

/* Adds a step as it is; returns its index. */
int32_t gyre__step(gyre__schedule_t *s, gyre__step_t step);

/* Each adds a step after one earlier (or GYRE__NOW) and returns its index. Zero lengths add
 * nothing and return after, but for messages, which are sent empty. */
int32_t gyre__join(gyre__schedule_t *s, int32_t a, int32_t b);
int32_t gyre__send(gyre__schedule_t *s, int32_t after, gyre__ref_t from, uint64_t length, int peer,
                   uint32_t tag);
int32_t gyre__recv(gyre__schedule_t *s, int32_t after, gyre__ref_t to, uint64_t length, int peer,
                   uint32_t tag);
int32_t gyre__copy(gyre__schedule_t *s, int32_t after, gyre__ref_t from, gyre__ref_t to,
                   uint64_t length);
/* to = left op right. */
int32_t gyre__reduce(gyre__schedule_t *s, int32_t after, gyre__ref_t left, gyre__ref_t right,
                     gyre__ref_t to, uint64_t length);
int32_t gyre__reserve(gyre__schedule_t *s, int32_t after, uint32_t unit, uint64_t length);
int32_t gyre__publish(gyre__schedule_t *s, int32_t after, uint32_t unit, gyre__ref_t from,
                      uint64_t length, int reader);
int32_t gyre__await(gyre__schedule_t *s, int32_t after, uint32_t unit, uint32_t member);
int32_t gyre__release(gyre__schedule_t *s, int32_t after, uint32_t below);
int32_t gyre__offer(gyre__schedule_t *s, int32_t after, uint32_t unit);
int32_t gyre__accept(gyre__schedule_t *s, int32_t after, uint32_t unit, gyre__reach_t reach);

#endif
