/* SPDX-License-Identifier: Apache-2.0 */
/* Going on without members that have died. See gyre_survive(3).
 *
 * A communicator with a dead member stays usable between the living, but collectives on it end
 * with GYRE_ERR_PEER_FAILED. The way on: revoke it, so that all living members give it up; shrink
 * it, which yields a communicator of the living; agree on where to go on. */
#ifndef GYRE_SURVIVE_H
#define GYRE_SURVIVE_H

#include <gyre/comm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Not collective. Every operation on comm, pending or later, at every member, ends with
 * GYRE_ERR_REVOKED, save those of this header. Cannot be undone; again does nothing. */
GYRE_EXPORT gyre_status_t gyre_comm_revoke(gyre_comm_t *comm);

/* Collective over the living members, also of a revoked communicator. A new communicator of the
 * same members in the same order, without those that all agree are dead. Blocks. */
GYRE_EXPORT gyre_status_t gyre_comm_shrink(gyre_comm_t *comm, gyre_comm_t **smaller);

/* Collective over the living members, also of a revoked communicator. *flags becomes the bitwise
 * and of all members' values, the same at all that return, and so does the status: GYRE_OK, or
 * GYRE_ERR_PEER_FAILED when a member is dead that some member has not acknowledged. *flags is set
 * in both cases. Blocks. */
GYRE_EXPORT gyre_status_t gyre_comm_agree(gyre_comm_t *comm, uint64_t *flags);

/* Local. Acknowledges the failed members known now. */
GYRE_EXPORT gyre_status_t gyre_comm_failure_ack(gyre_comm_t *comm);

/* Local. Ranks of the failed members known now, ascending: all of them are counted, the first max
 * stored. ranks may be NULL when max is 0. */
GYRE_EXPORT gyre_status_t gyre_comm_failed(gyre_comm_t *comm, int *ranks, int max, int *count);

#ifdef __cplusplus
}
#endif
#endif
