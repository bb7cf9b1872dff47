/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls for going on without the dead. */
#include <gyre/survive.h>

#include "base/error.h"
#include "comm/agreement.h"
#include "comm/failure.h"
#include "comm/revoke.h"
#include "comm/wait.h"

#include <stdlib.h>

gyre_status_t gyre_comm_revoke(gyre_comm_t *comm)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    gyre__revoke(comm);
    gyre__progress(comm->ctx); /* sends the news */
    gyre__leave(comm->ctx);
    return GYRE_OK;
}

/* World ranks of those that the verdict leaves; *rank: the caller's among them. */
static gyre_status_t list_living(const gyre_comm_t *comm, const gyre__verdict_t *verdict,
                                 uint32_t **world, int *rank)
{
    int next = 0, size = 0;
    *rank = -1;
    *world = malloc((size_t)comm->size * sizeof(**world));
    if (!*world)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d members", comm->size);
    for (int i = 0; i < comm->size; i++) {
        if (next < verdict->count && verdict->dead[next] == i) {
            next++;
            continue;
        }
        *rank = i == comm->rank ? size : *rank;
        (*world)[size++] = gyre__comm_world(comm, i);
    }
    if (*rank >= 0)
        return GYRE_OK;
    free(*world);
    return gyre__error(GYRE_ERR_PEER_FAILED, "the others hold this worker for dead");
}

/* Once more among the members of comm, for any of the smaller one may die meanwhile. One that could
 * not make it (NULL) takes part, for the others wait for it. */
static gyre_status_t agree_on_slots(gyre_comm_t *comm, gyre_comm_t *smaller)
{
    const gyre__verdict_t *verdict;
    bool mine = smaller && gyre__comm_may_have_slots(smaller);
    gyre_status_t status = gyre__agree(comm, GYRE__PURPOSE_SHRINK, mine, &verdict);
    if (status == GYRE_OK && smaller)
        smaller->slots = verdict->flags;
    return status;
}

static gyre_status_t shrink(gyre_comm_t *comm, gyre_comm_t **smaller)
{
    const gyre__verdict_t *verdict;
    gyre_comm_t *made = NULL;
    uint32_t *world;
    int rank;
    gyre_status_t status = gyre__agree(comm, GYRE__PURPOSE_SHRINK, 0, &verdict);
    if (status == GYRE_OK)
        status = list_living(comm, verdict, &world, &rank);
    if (status != GYRE_OK)
        return status;
    status =
        gyre__comm_new(comm->ctx, verdict->id, rank, comm->size - verdict->count, world, &made);
    gyre_status_t agreed = gyre__comm_spans_nodes(comm) ? agree_on_slots(comm, made) : GYRE_OK;
    status = status == GYRE_OK ? agreed : status;
    if (status == GYRE_OK)
        *smaller = made;
    else if (made)
        gyre__comm_free(made);
    return status;
}

gyre_status_t gyre_comm_shrink(gyre_comm_t *comm, gyre_comm_t **smaller)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    if (!smaller)
        return gyre__error(GYRE_ERR_ARG, "no place for the communicator: NULL");
    *smaller = NULL;
    gyre__enter(comm->ctx);
    status = gyre__wait_allowed(comm->ctx);
    if (status == GYRE_OK)
        status = shrink(comm, smaller);
    gyre__leave(comm->ctx);
    return status;
}

static gyre_status_t agree(gyre_comm_t *comm, uint64_t *flags)
{
    const gyre__verdict_t *verdict;
    gyre_status_t status = gyre__agree(comm, GYRE__PURPOSE_AGREE, *flags, &verdict);
    if (status != GYRE_OK)
        return status;
    *flags = verdict->flags;
    if (verdict->acked >= (uint32_t)verdict->count)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_PEER_FAILED,
                       "%d of %d members are dead, and some member has acknowledged but %u",
                       verdict->count, comm->size, verdict->acked);
}

gyre_status_t gyre_comm_agree(gyre_comm_t *comm, uint64_t *flags)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    if (!flags)
        return gyre__error(GYRE_ERR_ARG, "no flags: NULL");
    gyre__enter(comm->ctx);
    status = gyre__wait_allowed(comm->ctx);
    if (status == GYRE_OK)
        status = agree(comm, flags);
    gyre__leave(comm->ctx);
    return status;
}

gyre_status_t gyre_comm_failure_ack(gyre_comm_t *comm)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    comm->acked = comm->failed;
    gyre__leave(comm->ctx);
    return GYRE_OK;
}

gyre_status_t gyre_comm_failed(gyre_comm_t *comm, int *ranks, int max, int *count)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    if (!count || max < 0 || (max > 0 && !ranks))
        return gyre__error(GYRE_ERR_ARG, "room for %d ranks at %p, count at %p", max, (void *)ranks,
                           (void *)count);
    gyre__enter(comm->ctx);
    *count = comm->failed;
    for (int i = 0, found = 0; i < comm->size && found < *count && found < max; i++)
        if (gyre__comm_member_failed(comm, i))
            ranks[found++] = i;
    gyre__leave(comm->ctx);
    return GYRE_OK;
}
