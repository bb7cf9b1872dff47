/* SPDX-License-Identifier: Apache-2.0 */
/* What rules and places make of calls that nobody makes, for those who print or ask. */
#ifndef GYRE_HARP_COLL_VIEW_H
#define GYRE_HARP_COLL_VIEW_H

#include "harp/select.h"
#include "harp/team.h"

typedef struct gyre__coll_view {
    const gyre__rules_t *rules[GYRE__TEAM_RULES];
    gyre__places_t places;
    int members;
} gyre__coll_view_t;

/* Of a communicator. Inside the context. */
gyre_status_t gyre__coll_view_of(gyre_comm_t *comm, gyre__coll_view_t *view);

/* A call that stands for its like: reductions are sums of float32, blocks are equal. */
gyre__plan_t gyre__coll_view_call(const gyre__coll_view_t *view, gyre__coll_t coll, uint64_t bytes);

#endif
