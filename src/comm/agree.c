/* SPDX-License-Identifier: Apache-2.0 */
/* What the wire itself needs of all members at once: to make communicators, and to leave. */
#include "base/error.h"
#include "comm/comm.h"
#include "comm/message.h"

#include <stdlib.h>
#include <string.h>

/* Bruck, Ho, Kipnis, Upfal, Weathersby, "Efficient algorithms for all-to-all communications in
 * multiport message-passing systems", 1997: ceil(log2 size) exchanges for any size. */
gyre_status_t gyre__comm_allgather(gyre_comm_t *comm, const void *block, size_t size, void *out)
{
    size_t n = (size_t)comm->size, me = (size_t)comm->rank;
    char *turned = malloc(n * size);
    gyre_status_t status =
        turned ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu blocks", n);
    if (turned)
        memcpy(turned, block, size);
    for (size_t have = 1; have < n && status == GYRE_OK; have *= 2) {
        size_t more = have < n - have ? have : n - have;
        status = gyre__message_exchange(comm, turned, more * size, (int)((me + n - have) % n),
                                        turned + have * size, more * size,
                                        (int)((me + have) % n), GYRE__TAG_ALLGATHER);
    }
    for (size_t i = 0; i < n && status == GYRE_OK; i++)
        memcpy((char *)out + (me + i) % n * size, turned + i * size, size);
    free(turned);
    return status;
}

/* A byte to one member and one from another, whatever becomes of either. */
static gyre_status_t pass(gyre_comm_t *comm, bool failed, int dest, int source)
{
    gyre_request_t req;
    char byte = failed;
    gyre__request_init(&req, comm->ctx, comm, GYRE__REQUEST_SEND);
    gyre_status_t sent =
        gyre__message_send(&req, &byte, 1, gyre__comm_world(comm, dest), GYRE__TAG_BARRIER);
    if (sent == GYRE_OK)
        sent = gyre__request_wait(&req);
    gyre__request_init(&req, comm->ctx, comm, GYRE__REQUEST_RECV);
    gyre_status_t received =
        gyre__message_recv(&req, &byte, 1, gyre__comm_world(comm, source), GYRE__TAG_BARRIER);
    if (received == GYRE_OK)
        received = gyre__request_wait(&req);
    if (received == GYRE_OK && byte)
        received = gyre__error(GYRE_ERR_PEER_FAILED, "a member has failed elsewhere");
    return sent == GYRE_OK ? received : sent;
}

/* Hensgen, Finkel, Manber, "Two algorithms for barrier synchronization", 1988. A member that meets a
 * failed one goes on with its other steps, for the others wait for it there, and tells them: so
 * who gets GYRE_OK knows that all have come. */
gyre_status_t gyre__comm_barrier(gyre_comm_t *comm)
{
    gyre_status_t first = GYRE_OK;
    for (int step = 1; step < comm->size; step *= 2) {
        gyre_status_t status = pass(comm, first != GYRE_OK, (comm->rank + step) % comm->size,
                                    (comm->rank - step + comm->size) % comm->size);
        first = first == GYRE_OK ? status : first;
    }
    return first;
}
