/* SPDX-License-Identifier: Apache-2.0 */
/* gyre_coll_algorithm and gyre_coll_choice: what there is to choose from, and what would be chosen.
 * gyre__select itself is asked. */
#include "base/error.h"
#include "comm/comm.h"
#include "harp/conf.h"
#include "harp/coll_view.h"

#include <gyre/coll.h>
#include <string.h>

gyre__plan_t gyre__coll_view_call(const gyre__coll_view_t *view, gyre__coll_t coll, uint64_t bytes)
{
    bool reduces = coll == GYRE__REDUCE || coll == GYRE__ALLREDUCE || coll == GYRE__SCAN ||
                   coll == GYRE__EXSCAN || coll == GYRE__REDUCE_SCATTER ||
                   coll == GYRE__REDUCE_SCATTER_BLOCK;
    return (gyre__plan_t){.coll = coll,
                          .size = view->members,
                          .bytes = bytes,
                          .element = reduces ? sizeof(float) : 1,
                          .commutative = true,
                          .ordered = reduces && gyre__harp_conf.reproducible,
                          .places = &view->places};
}

gyre_status_t gyre__coll_view_of(gyre_comm_t *comm, gyre__coll_view_t *view)
{
    gyre__team_t *team;
    gyre_status_t status = gyre__team_of(comm, &team);
    if (status != GYRE_OK)
        return status;
    memcpy(view->rules, team->rules, sizeof(view->rules));
    view->places = team->places;
    view->members = comm->size;
    return GYRE_OK;
}

static void fill(const gyre__algorithm_t *algorithm, gyre__coll_t coll, int radix, uint64_t segment,
                 gyre_coll_algorithm_t *out)
{
    *out = (gyre_coll_algorithm_t){.name = algorithm->name,
                                   .brief = algorithm->brief,
                                   .radix = radix,
                                   .segment = (size_t)segment,
                                   .sized = gyre__coll_sized(coll)};
}

gyre_status_t gyre_coll_algorithm(const char *collective, int index, gyre_coll_algorithm_t *out)
{
    gyre__coll_t coll;
    if (!collective || !out)
        return gyre__error(GYRE_ERR_ARG, "collective or algorithm: NULL");
    gyre_status_t status = gyre__coll_find(collective, &coll);
    if (status != GYRE_OK)
        return status;
    const gyre__collective_t *found = gyre__collectives[coll];
    if (index < 0 || index >= found->count)
        return gyre__error(GYRE_ERR_NOT_FOUND, "algorithm %d of %s, which has %d", index,
                           collective, found->count);
    const gyre__algorithm_t *algorithm = &found->algorithms[index];
    fill(algorithm, coll, algorithm->radix, algorithm->segment, out);
    return GYRE_OK;
}

static gyre_status_t choose(gyre_comm_t *comm, gyre__coll_t coll, size_t bytes,
                            gyre_coll_algorithm_t *out)
{
    gyre__coll_view_t view;
    gyre_status_t status = gyre__coll_view_of(comm, &view);
    if (status != GYRE_OK)
        return status;
    gyre__plan_t plan = gyre__coll_view_call(&view, coll, bytes);
    gyre__choice_t choice = gyre__select(&plan, view.rules, GYRE__TEAM_RULES);
    if (!choice.algorithm)
        return gyre__error(GYRE_ERR_NOT_FOUND, "no algorithm of %s can serve this communicator",
                           gyre__collectives[coll]->name);
    fill(choice.algorithm, coll, plan.radix, plan.segment, out);
    return GYRE_OK;
}

gyre_status_t gyre_coll_choice(gyre_comm_t *comm, const char *collective, size_t bytes,
                               gyre_coll_algorithm_t *out)
{
    gyre__coll_t coll;
    gyre_status_t status = gyre__comm_check(comm);
    if (status == GYRE_OK && (!collective || !out))
        status = gyre__error(GYRE_ERR_ARG, "collective or algorithm: NULL");
    if (status == GYRE_OK)
        status = gyre__coll_find(collective, &coll);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = choose(comm, coll, bytes, out);
    gyre__leave(comm->ctx);
    return status;
}
