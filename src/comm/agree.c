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

/* Hensgen, Finkel, Manber, "Two algorithms for barrier synchronization", 1988. A member that meets a
 * failed one goes on with its other steps, for the others wait for it there. */
gyre_status_t gyre__comm_barrier(gyre_comm_t *comm)
{
    gyre_status_t first = GYRE_OK;
    for (int step = 1; step < comm->size; step *= 2) {
        gyre_status_t status = gyre__message_exchange(
            comm, NULL, 0, (comm->rank + step) % comm->size, NULL, 0,
            (comm->rank - step + comm->size) % comm->size, GYRE__TAG_BARRIER);
        first = first == GYRE_OK ? status : first;
    }
    return first;
}
