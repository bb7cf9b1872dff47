/* SPDX-License-Identifier: Apache-2.0 */
/* What generators for several nodes share: one member speaks for each node, and those that do run
 * collectives of their own among them, over messages. */
#ifndef GYRE_HARP_NODES_H
#define GYRE_HARP_NODES_H

#include "harp/graft.h"

enum { GYRE__LANES = 4 };

typedef struct gyre__nodes {
    const gyre__plan_t *plan;
    gyre__schedule_t *s;
    gyre__places_t places; /* of the speakers: each is alone on its node */
    gyre__graft_t part;
    int *members; /* owned; NULL: part knows them otherwise */
    uint32_t parts;
    struct {
        gyre__ref_t scratch;
        uint64_t room;
        int32_t over;
    } lanes[GYRE__LANES];
} gyre__nodes_t;

/* Local index of the member that leads its node: root on its own, else the lowest. */
int gyre__nodes_leader(const gyre__plan_t *plan);

/* For a leader: all of them speak. */
void gyre__nodes_of_leaders(gyre__nodes_t *nodes, const gyre__plan_t *plan, gyre__schedule_t *s);

/* For any member, where all nodes have the same number: those of its local index speak. */
void gyre__nodes_of_peers(gyre__nodes_t *nodes, const gyre__plan_t *plan, gyre__schedule_t *s);

void gyre__nodes_cleanup(gyre__nodes_t *nodes);

/* A collective of the speakers, as part.plan describes it, whose input and output begin at in and
 * out and may be used from ready on. All of them run the same ones, in the same order, of which
 * GYRE__LANES at most are under way at once. Returns a step that comes after all of it. */
int32_t gyre__nodes_run(gyre__nodes_t *nodes, gyre__generate_fn generate, gyre__ref_t in,
                        gyre__ref_t out, int32_t ready);

/* The same of a vector of those bytes. */
int32_t gyre__nodes_run_vector(gyre__nodes_t *nodes, gyre__generate_fn generate, gyre__ref_t in,
                               gyre__ref_t out, uint64_t bytes, int32_t ready);

/* The members of one node, who run collectives through their slots alone, without messages, as if
 * there were no others. */
typedef struct gyre__locals {
    gyre__schedule_t *s;
    gyre__places_t places;
    gyre__graft_t part; /* its plan's ranks are local indices */
} gyre__locals_t;

void gyre__locals_init(gyre__locals_t *locals, const gyre__plan_t *plan, gyre__schedule_t *s);

/* Such a collective, after step ready. All members of the node run the same ones. */
int32_t gyre__locals_run(gyre__locals_t *locals, gyre__generate_fn generate, gyre__ref_t in,
                         gyre__ref_t out, int32_t ready);

#endif
