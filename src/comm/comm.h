/* SPDX-License-Identifier: Apache-2.0 */
/* Communicators. A member is known by its rank here and its rank in the world; matching uses the
 * latter, so that an arriving message needs no translation before it is matched. */
#ifndef GYRE_COMM_COMM_H
#define GYRE_COMM_COMM_H

#include "comm/match.h"
#include "comm/request.h"

/* Gyre's own messages on a communicator. */
enum { GYRE__TAG_ALLGATHER = -2, GYRE__TAG_BARRIER = -3, GYRE__TAG_SUBSET = -4 };

/* Tags below this are the collectives' and what is built like them: a member that learns of
 * trouble gives them up. */
enum { GYRE__TAG_COLLECTIVES = -(1 << 15) };

struct gyre_comm {
    gyre__link_t link; /* the pool's while free */
    uint32_t live;     /* LIVE, else it has been destroyed */
    uint32_t epoch;
    gyre_context_t *ctx;
    uint64_t id;
    int rank, size;
    uint32_t *world;   /* world rank of each member; NULL: the same */
    uint64_t *members; /* world rank << 32 | rank, sorted; NULL likewise */
    gyre__match_t match;
    int failed; /* members known to have failed */
    int acked;  /* of them, those that the caller has acknowledged */
    bool revoked;
    bool slots; /* known to all members: each node with several of them has slots for them */
    char *gone; /* by rank, once needed: members that have destroyed a revoked communicator */
    struct gyre__agreement *agreement; /* NULL until the first */
    int *sources, *dests; /* gyre_comm_neighbors */
    int source_count, dest_count;
    bool has_neighbors;

    bool shares_slots; /* has a piece of the node's heap, with other members here */

    /* What the collectives keep with it, from their first use on. */
    struct gyre__team *team;
    void (*team_free)(struct gyre__team *team);
};

#define GYRE__COMM_LIVE 0x636f6d6du

/* A new communicator over the world ranks (taken over; NULL: all of the world), registered under
 * its id. Messages that came for it before are delivered. */
gyre_status_t gyre__comm_new(gyre_context_t *ctx, uint64_t id, int rank, int size,
                             uint32_t *world, gyre_comm_t **comm);
void gyre__comm_free(gyre_comm_t *comm);

/* Ends what collectives keep with it; those that run are canceled. */
void gyre__comm_drop_team(gyre_comm_t *comm);

/* The id of a communicator that this worker names: unique in the job without any agreement. */
uint64_t gyre__comm_next_id(gyre_context_t *ctx);

/* Refuses the messages that no receive has taken; those of the collectives alone. */
void gyre__comm_drop_arrived(gyre_comm_t *comm);
void gyre__comm_drop_collectives(gyre_comm_t *comm);

/* The handle is one, lives, and is of this epoch. */
gyre_status_t gyre__comm_check(const gyre_comm_t *comm);
/* That, and rank is a member's. */
gyre_status_t gyre__comm_check_rank(const gyre_comm_t *comm, int rank);

static inline uint32_t gyre__comm_world(const gyre_comm_t *comm, int rank)
{
    return comm->world ? comm->world[rank] : (uint32_t)rank;
}

/* Rank here of a world rank; -1: no member. */
int gyre__comm_member(const gyre_comm_t *comm, uint32_t world);

/* Whether there are members of several nodes: these have to agree on slots, which is then `slots`,
 * for what is on other nodes nobody can see. */
bool gyre__comm_spans_nodes(const gyre_comm_t *comm);
/* False: the caller knows that its node has none for it. */
bool gyre__comm_may_have_slots(const gyre_comm_t *comm);

/* Inside the context. Every member's block of size bytes, in rank order, into out. */
gyre_status_t gyre__comm_allgather(gyre_comm_t *comm, const void *block, size_t size, void *out);
gyre_status_t gyre__comm_barrier(gyre_comm_t *comm);

#endif
