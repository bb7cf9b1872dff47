/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation, a reliable broadcast by flooding: whoever hears of it for the first time tells its
 * neighbours among the members (overlay.c). Members that do not pass it on, for they are dead or
 * have destroyed the communicator, are stepped over; one that has not made it yet keeps the
 * message until it does. */
#include "comm/revoke.h"

#include "base/error.h"
#include "comm/control.h"
#include "comm/failure.h"
#include "comm/overlay.h"
#include "comm/wait.h"

#include <stdlib.h>

gyre_status_t gyre__revoked(void)
{
    return gyre__error(GYRE_ERR_REVOKED, "the communicator has been revoked: gyre_comm_shrink "
                                         "makes one of its living members");
}

static bool skip(const void *arg, int rank)
{
    const gyre_comm_t *comm = arg;
    return (comm->gone && comm->gone[rank]) || gyre__comm_member_failed(comm, rank);
}

static void tell(void *arg, int rank)
{
    gyre_comm_t *comm = arg;
    gyre__control_send(comm->ctx, gyre__comm_world(comm, rank), GYRE__CONTROL_REVOKED, comm->id,
                       NULL, 0);
}

static void flood(gyre_comm_t *comm, int through)
{
    gyre__overlay_t overlay = {comm->size, skip, comm};
    gyre__overlay_flood(&overlay, comm->rank, through, tell, comm);
}

void gyre__revoke(gyre_comm_t *comm)
{
    if (comm->revoked)
        return;
    comm->revoked = true;
    gyre__match_end_all(&comm->match, GYRE_ERR_REVOKED);
    gyre__comm_drop_arrived(comm);
    gyre__list_each(at, &comm->ctx->watchers) {
        gyre__watcher_t *watcher = gyre__container(at, gyre__watcher_t, link);
        watcher->revoked(watcher, comm);
    }
    flood(comm, -1);
    gyre__wait_notify(comm->ctx);
}

void gyre__revoke_around(gyre_comm_t *comm, int rank)
{
    if (comm->revoked)
        flood(comm, rank);
}

void gyre__revoke_unknown(gyre_comm_t *comm, uint32_t worker)
{
    int rank = gyre__comm_member(comm, worker);
    if (!comm->gone)
        comm->gone = calloc((size_t)comm->size, 1);
    if (rank < 0 || !comm->gone || comm->gone[rank])
        return;
    comm->gone[rank] = 1;
    gyre__revoke_around(comm, rank);
}
