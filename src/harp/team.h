/* SPDX-License-Identifier: Apache-2.0 */
/* What a communicator keeps for its collectives from the first one on: where the members are, the
 * node's slots, the order in which operations take their turns there, and programs used before.
 *
 * Units are counted over all collectives of the communicator: every member of a node counts the
 * same ones, so the number of a unit tells its slot and its stamp. */
#ifndef GYRE_HARP_TEAM_H
#define GYRE_HARP_TEAM_H

#include "comm/comm.h"
#include "comm/failure.h"
#include "harp/carry.h"
#include "harp/plan.h"
#include "harp/tuning.h"

#define GYRE__TINY   8   /* bytes of a unit that travel with its stamp, four units in a line */
#define GYRE__INLINE 240 /* bytes that lie right behind it; longer ones lie in the ring */

/* What tells that a unit is there: a tiny one in one place, any other in another. The stamp, the
 * number of the unit plus one, is written last. */
typedef struct gyre__tiny {
    uint64_t stamp;
    char data[GYRE__TINY];
} gyre__tiny_t;

typedef struct gyre__line {
    uint64_t stamp;
    uint32_t length;
    uint32_t offset; /* in the publisher's ring, of a longer one */
    char data[GYRE__INLINE];
} gyre__line_t;

/* A member's page in the node's piece of the segment. */
typedef struct gyre__page {
    gyre__tiny_t tiny[GYRE__SLOTS];
    gyre__line_t lines[GYRE__SLOTS];
    uint64_t released __attribute__((aligned(64))); /* done with all units below, of all members */
    int32_t broken; /* why this member has given up, whose buffers may be in use again: a status */
    uint32_t starved __attribute__((aligned(64))); /* of the first member's page: somebody waits
                                                      for a release */
} gyre__page_t;

#define GYRE__NOWHERE SIZE_MAX

#define GYRE__TEAM_RULES (1 + GYRE__TUNINGS) /* the communicator's own and the process's */

struct gyre__program;

/* What I published last in a slot. */
typedef struct gyre__mine {
    uint64_t unit;  /* plus one; 0: nothing */
    int32_t reader; /* a local index or GYRE__ALL */
    size_t start;   /* of its bytes in my ring; GYRE__NOWHERE: they are not there */
    size_t end;
} gyre__mine_t;

/* Calls of a collective that offer nothing: still to come, and after the next offer in vain. */
typedef struct gyre__rest {
    uint8_t left, next;
} gyre__rest_t;

typedef struct gyre__team {
    gyre_comm_t *comm;
    gyre__watcher_t watcher; /* of failures and revocation */
    gyre__places_t places;
    int *numbers; /* what places point to */

    gyre__page_t *pages; /* by local index, GYRE__HEAP_PAGE apart; NULL: no slots */
    char *rings;
    size_t ring;        /* bytes of each */
    uint32_t *sleepers; /* local rank in the job, by local index */
    uint64_t *released; /* last seen: of all by index 0, of each member by its local index plus 1 */
    gyre__mine_t mine[GYRE__SLOTS];
    size_t next, limit; /* my ring is free from one to the other, whatever lies behind */
    size_t touched;     /* of its bytes have pages */
    uint64_t taken;     /* bytes of it so far, of all rounds */
    gyre__carrier_t carrier;
    gyre__rest_t rests[GYRE__COLLS][GYRE__REACHES]; /* see offer.c */
    uint64_t units;                                 /* given out so far */
    gyre__link_t turns;                             /* executions that count units, in order */

    gyre__rules_t own; /* of gyre_coll_tune */
    const gyre__rules_t *rules[GYRE__TEAM_RULES];

    uint32_t tags;        /* collectives so far */
    gyre__link_t running; /* executions */
    struct gyre__cache *cache;
    gyre_status_t broken; /* a collective failed here: the members may be out of step */
} gyre__team_t;

static inline gyre__page_t *gyre__team_page(const gyre__team_t *team, uint32_t member)
{
    return (gyre__page_t *)((char *)team->pages + (size_t)member * GYRE__HEAP_PAGE);
}

static inline gyre__line_t *gyre__team_line(const gyre__team_t *team, uint32_t member,
                                            uint64_t unit)
{
    return &gyre__team_page(team, member)->lines[unit % GYRE__SLOTS];
}

static inline gyre__tiny_t *gyre__team_tiny(const gyre__team_t *team, uint32_t member,
                                            uint64_t unit)
{
    return &gyre__team_page(team, member)->tiny[unit % GYRE__SLOTS];
}

static inline bool gyre__team_published(const gyre__team_t *team, uint32_t member, uint64_t unit)
{
    const uint64_t *tiny = &gyre__team_tiny(team, member, unit)->stamp;
    const uint64_t *line = &gyre__team_line(team, member, unit)->stamp;
    return __atomic_load_n(tiny, __ATOMIC_ACQUIRE) == unit + 1 ||
           __atomic_load_n(line, __ATOMIC_ACQUIRE) == unit + 1;
}

static inline char *gyre__team_bytes(const gyre__team_t *team, uint32_t member, uint32_t offset)
{
    return team->rings + member * team->ring + offset;
}

/* The communicator's team, made at first need. Inside the context. */
gyre_status_t gyre__team_of(gyre_comm_t *comm, gyre__team_t **team);

/* The same, with another look at what they have released. */
bool gyre__team_look(gyre__team_t *team, uint64_t unit);

/* Whether the readers of my unit that lies where this one will have released it. */
static inline bool gyre__team_vacant(gyre__team_t *team, uint64_t unit)
{
    const gyre__mine_t *last = &team->mine[unit % GYRE__SLOTS];
    return __builtin_expect(last->unit <= team->released[last->reader + 1], 1) ||
           gyre__team_look(team, unit);
}

/* Takes length bytes of my ring for that unit, which is vacant; swaps is its schedule's. False: not
 * enough is released. */
bool gyre__team_take(gyre__team_t *team, uint64_t unit, uint32_t length, bool swaps,
                     uint32_t *offset);

/* Tells sleeping members (a local index or GYRE__ALL) that something has been written. */
void gyre__team_signal(const gyre__team_t *team, int32_t reader);

/* Tells those who sleep until something is released. */
void gyre__team_feed(gyre__team_t *team);

/* This member has done with all units below, and those who wait for that learn it. */
static inline void gyre__team_release(gyre__team_t *team, uint64_t below)
{
    gyre__page_t *mine = gyre__team_page(team, (uint32_t)team->places.local_rank);
    __atomic_store_n(&mine->released, below, __ATOMIC_RELEASE);
    if (__builtin_expect(__atomic_load_n(&team->pages->starved, __ATOMIC_RELAXED), 0))
        gyre__team_feed(team);
}

#endif
